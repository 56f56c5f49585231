/* The playground's first drawing: each row's weights above, the grid with what is left of them below. */
(function () {
  "use strict";

  const labs = globalThis.quantizationLabs;
  const { svg, set, percent, digits } = labs.page;
  const EDGE = 3; // up to here the axis is linear; beyond, logarithmic up to 1000 times as far
  const DECADES = 3;

  /** Where things lie, for one width and one number of grids a row. */
  function layout(width, grids, rows) {
    const wide = width >= 540;
    const left = wide ? 84 : 4;
    const right = width - (wide ? 124 : 4);
    const start = left + 16; // room for what the grid moves beyond -3
    const edge = start + (right - start) * 0.76;
    const above = wide ? 14 : 34; // on a phone, the words stand above the strip
    const height = above + 38 + (grids - 1) * 9 + (wide ? 16 : 18);
    const perDecade = (right - 8 - edge) / DECADES;
    const x = (value) => {
      if (value > EDGE) return Math.min(edge + Math.log10(value / EDGE) * perDecade, right);
      if (value < -EDGE) return Math.max(start - Math.log10(-value / EDGE) * perDecade, left + 4);
      return start + ((value + EDGE) / (2 * EDGE)) * (edge - start);
    };
    const value = (at) =>
      at > edge ? EDGE * 10 ** ((at - edge) / perDecade) : ((at - start) / (edge - start)) * 2 * EDGE - EDGE;
    const top = (row) => 24 + row * height;
    return {
      wide, left, right, start, edge, x, value, top, height, width, grids,
      total: top(rows) + 4,
      weight: (row) => top(row) + above,
      grid: (row, group) => top(row) + above + 34 + group * 9,
      rowAt: (y) => Math.max(0, Math.min(rows - 1, Math.floor((y - 24) / height))),
    };
  }

  /** A path of ticks at the grid's points that the strip shows; a band where they are too close to be told apart. */
  function ticks(place, scale, qmax, y) {
    const apart = place.x(scale) - place.x(0);
    const last = Math.min(qmax, Math.floor((EDGE * 2) / scale));
    if (apart < 2) {
      const [from, to] = [place.x(-last * scale), place.x(last * scale)];
      return `M${from.toFixed(1)} ${y - 3}H${to.toFixed(1)}V${y + 3}H${from.toFixed(1)}Z`;
    }
    let path = "";
    for (let k = -last; k <= last; k += 1) path += `M${place.x(k * scale).toFixed(1)} ${y - (k ? 4 : 6)}v${k ? 8 : 12}`;
    if (qmax * scale > EDGE * 2) path += `M${place.x(qmax * scale).toFixed(1)} ${y - 4}v8`; // the farthest point
    return path;
  }

  /**
   * Draw into `host`; gives {draw(study, setting), focus()}.
   * moved({row, times}) is told of drags and keys; `words` are the page's.
   */
  labs.playgroundStrips = function (host, rows, columns, words, moved) {
    const shapes = Array.from({ length: rows }, (_, i) => ({
      line: svg("path", { class: "ql-line" }),
      ticks: svg("path", { class: "ql-ticks" }),
      links: svg("path", { class: "ql-links" }),
      lost: svg("path", { class: "ql-links ql-lost" }),
      weights: Array.from({ length: columns }, () => svg("circle", { class: "ql-weight", r: 3 })),
      points: Array.from({ length: columns }, () => svg("circle", { class: "ql-point", r: 3 })),
      name: svg("text", { class: "ql-name" }, words.rowName(i + 1)),
      scale: svg("text", { class: "ql-small" }),
      track: svg("rect", { class: "ql-track", height: 8, rx: 2 }),
      bar: svg("rect", { class: "ql-bar", height: 8, rx: 2 }),
      error: svg("text", { class: "ql-number" }),
      beside: svg("text", { class: "ql-small ql-beside" }),
    }));
    const axis = svg("g", { class: "ql-axis" });
    const far = svg("rect", { class: "ql-far" });
    const body = svg("g", { "aria-hidden": "true" }, far, axis);
    shapes.forEach((s) => body.append(s.line, s.ticks, s.links, s.lost, ...s.weights, ...s.points));
    shapes.forEach((s) => body.append(s.name, s.scale, s.track, s.bar, s.error, s.beside));
    const handle = svg(
      "g",
      {
        class: "ql-handle", tabindex: 0, role: "slider", "aria-label": words.handle,
        "aria-valuemin": 1, "aria-valuemax": 1000,
      },
      svg("circle", { class: "ql-target", r: 16 }),
      svg("circle", { class: "ql-ring", r: 9 }),
      svg("circle", { class: "ql-core", r: 4 }),
    );
    const root = svg("svg", { class: "ql-strips", role: "group", "aria-label": words.strips }, body, handle);
    host.append(root);
    let place = null;
    let last = null; // what was drawn last: [study, setting]

    function drawAxis() {
      axis.replaceChildren();
      const mark = (value, text) =>
        axis.append(svg("text", { x: place.x(value), y: 14, "text-anchor": "middle" }, text));
      [-3, 0, 3].forEach((v) => mark(v, v < 0 ? `−${-v}` : `${v}`));
      (place.wide ? [30, 300, 3000] : [30, 3000]).forEach((v) => mark(v, v === 3000 && !place.wide ? "3k" : `${v}`));
      set(far, { x: place.edge, y: 20, width: place.right - place.edge, height: place.total - 24 });
    }

    function drawRow(shape, i, study, setting) {
      const shrink = setting.whole && i === setting.row ? setting.times : 1;
      const size = columns / place.grids;
      let [lines, grid, links, lost] = ["", "", "", ""];
      study.scales[i].forEach((scale, group) => {
        const y = place.grid(i, group);
        lines += `M${place.left} ${y}H${place.right}`;
        grid += ticks(place, scale / shrink, study.qmax, y);
      });
      study.w[i].forEach((w, j) => {
        const [x, y] = [place.x(w / shrink), place.weight(i)];
        const [to, below] = [place.x(study.approx[i][j] / shrink), place.grid(i, Math.floor(j / size))];
        const zero = study.codes[i][j] === 0 && w !== 0;
        const link = `M${x.toFixed(1)} ${y}L${to.toFixed(1)} ${below}`;
        if (zero) lost += link;
        else links += link;
        set(shape.weights[j], { cx: x.toFixed(1), cy: y });
        set(shape.points[j], { cx: to.toFixed(1), cy: below, class: zero ? "ql-point ql-zero" : "ql-point" });
      });
      set(shape.line, { d: lines });
      set(shape.ticks, { d: grid });
      set(shape.links, { d: links });
      set(shape.lost, { d: lost });
      drawWords(shape, i, study, setting);
    }

    function drawWords(shape, i, study, setting) {
      const error = study.rowErrors[i];
      const y = place.wide ? place.weight(i) : place.top(i) + 8;
      const room = place.wide ? 100 : 70;
      const from = place.wide ? place.right + 14 : place.width - room - 4;
      const several = study.scales[i].length > 1;
      shape.scale.textContent = several ? words.steps(study.scales[i].length) : `s = ${digits(study.scales[i][0])}`;
      shape.error.textContent = percent(error);
      set(shape.name, { x: place.left, y: y + 4 });
      set(shape.scale, { x: place.left + 52, y: place.wide ? y + 22 : y + 4 });
      set(shape.track, { x: from, y: place.wide ? y + 12 : y - 3, width: room });
      set(shape.bar, { x: from, y: place.wide ? y + 12 : y - 3, width: Math.max(1, Math.min(1, error) * room) });
      set(shape.error, {
        x: place.wide ? from : from - 8, y: y + 4, "text-anchor": place.wide ? "start" : "end",
      });
      const damaged = i === setting.row && !setting.whole; // the row's own error does not say so
      shape.beside.textContent = damaged ? words.beside(percent(study.quiet[i])) : "";
      const under = place.wide ? { x: from, y: y + 34 } : { x: from - 8, y: y + 20 };
      set(shape.beside, { ...under, "text-anchor": place.wide ? "start" : "end" });
      if (place.wide) [shape.name, shape.scale].forEach((text) => set(text, { x: 0 }));
    }

    function draw(study, setting) {
      last = [study, setting];
      if (!place) return;
      const grids = study.scales[0].length;
      if (place.grids !== grids) resize(place.width, grids);
      shapes.forEach((shape, i) => drawRow(shape, i, study, setting));
      const loud = study.w[setting.row][study.outlier];
      set(handle, {
        transform: `translate(${place.x(loud).toFixed(1)} ${place.weight(setting.row)})`,
        "aria-valuenow": setting.times,
        "aria-valuetext": words.handleText(setting.row + 1, setting.times),
      });
    }

    function resize(width, grids = last ? last[0].scales[0].length : 1) {
      place = layout(width, grids, rows);
      set(root, { width, height: place.total, viewBox: `0 0 ${width} ${place.total}` });
      drawAxis();
      if (last) draw(...last);
    }

    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      handle.classList.add("ql-dragged");
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const box = root.getBoundingClientRect();
      const row = place.rowAt(event.clientY - box.top);
      moved({ row, value: place.value(event.clientX - box.left) });
    });
    handle.addEventListener("lostpointercapture", () => handle.classList.remove("ql-dragged"));
    handle.addEventListener("keydown", (event) => {
      const { row, times } = last[1];
      const steps = { ArrowRight: 1.1, ArrowLeft: 1 / 1.1, PageUp: 10, PageDown: 0.1, End: 1e9, Home: 1e-9 };
      const rowsBy = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in steps) moved({ row, times: times * steps[event.key] });
      else if (event.key in rowsBy) moved({ row: Math.max(0, Math.min(rows - 1, row + rowsBy[event.key])), times });
      else return;
      event.preventDefault();
    });
    labs.page.onWidth(host, (width) => resize(width));
    return { draw };
  };
})();
