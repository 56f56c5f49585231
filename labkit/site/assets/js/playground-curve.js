/* The playground's second drawing: what each number says, for every size of the outlier. */
(function () {
  "use strict";

  const labs = globalThis.quantizationLabs;
  const { study } = labs.numerics;
  const { el, svg, set, percent } = labs.page;
  const TIMES = Array.from({ length: 61 }, (_, i) => 10 ** (i / 20));
  const LINES = ["global", "quiet", "own"];

  /** Three numbers for each size of the outlier; own is null where the whole row is loud. */
  function sweep(base, setting) {
    const all = TIMES.map((times) => study(base, { ...setting, times }));
    return {
      global: all.map((one) => one.error),
      quiet: all.map((one) => one.quietRow),
      own: setting.whole ? null : all.map((one) => one.quiet[setting.row]),
    };
  }

  labs.playgroundCurve = function (host, words) {
    const paths = Object.fromEntries(LINES.map((name) => [name, svg("path", { class: `ql-curve ql-curve-${name}` })]));
    const dots = Object.fromEntries(LINES.map((name) => [name, svg("circle", { class: `ql-dot-${name}`, r: 4 })]));
    const axis = svg("g", { class: "ql-axis" });
    const now = svg("line", { class: "ql-now" });
    const drawn = [...Object.values(paths), ...Object.values(dots)];
    const root = svg("svg", { class: "ql-curves", role: "img" }, axis, now, ...drawn);
    const names = { global: words.lineGlobal, quiet: words.lineQuiet, own: words.lineOwn };
    const keys = Object.fromEntries(
      LINES.map((name) => {
        const line = svg("path", { class: `ql-curve ql-curve-${name}`, d: "M1 6H27" });
        const sample = svg("svg", { width: 28, height: 12, "aria-hidden": "true" }, line);
        return [name, el("span", { class: "ql-key" }, sample, names[name])];
      }),
    );
    host.append(el("div", { class: "ql-keys" }, ...Object.values(keys)), root);
    const [height, left, top, bottom] = [190, 46, 8, 34];
    const [low, high] = [-3.5, 0.15]; // of log10 of the error: 0.03 % to 140 %
    let width = 0;
    let last = null;
    let cached = { key: "", lines: null };
    const x = (times) => left + (Math.log10(times) / 3) * (width - left - 12);
    const y = (error) => {
      const at = (high - Math.max(low, Math.min(high, Math.log10(error || 1e-9)))) / (high - low);
      return top + at * (height - top - bottom);
    };

    function drawAxis() {
      axis.replaceChildren();
      [0.001, 0.01, 0.1, 1].forEach((error) => {
        axis.append(svg("path", { class: "ql-rule", d: `M${left} ${y(error)}H${width - 12}` }));
        const text = `${100 * error} %`;
        axis.append(svg("text", { x: left - 6, y: y(error) + 4, "text-anchor": "end" }, text));
      });
      [1, 10, 100, 1000].forEach((times) => {
        const anchor = times === 1000 ? "end" : "middle";
        const at = times === 1000 ? x(times) + 8 : x(times);
        axis.append(svg("text", { x: at, y: height - bottom + 16, "text-anchor": anchor }, `${times}×`));
      });
      const middle = (left + width - 12) / 2;
      axis.append(svg("text", { x: middle, y: height - 4, "text-anchor": "middle" }, words.axisTimes));
    }

    function draw(base, shown, setting) {
      last = [base, shown, setting];
      if (!width) return;
      const { times, ...others } = setting;
      const key = JSON.stringify([others, base]);
      if (cached.key !== key) {
        cached = { key, lines: sweep(base, setting) };
        LINES.forEach((name) => {
          const line = cached.lines[name];
          [paths[name], dots[name]].forEach((node) => node.setAttribute("visibility", line ? "visible" : "hidden"));
          keys[name].hidden = !line;
          const corner = (error, i) => `${x(TIMES[i]).toFixed(1)} ${y(error).toFixed(1)}`;
          if (line) set(paths[name], { d: `M${line.map(corner).join("L")}` });
        });
        const told = (line) => line && [line[0], Math.max(...line), line[line.length - 1]].map(percent);
        root.setAttribute("aria-label", words.curveAlt(...LINES.map((name) => told(cached.lines[name]))));
      }
      set(now, { x1: x(times), x2: x(times), y1: top, y2: height - bottom });
      const here = { global: shown.error, quiet: shown.quietRow, own: shown.quiet[setting.row] };
      LINES.forEach((name) => set(dots[name], { cx: x(times), cy: y(here[name]) }));
    }

    labs.page.onWidth(host, (measured) => {
      width = measured;
      set(root, { width, height, viewBox: `0 0 ${width} ${height}` });
      cached.key = "";
      drawAxis();
      if (last) draw(...last);
    });
    return { draw };
  };
})();
