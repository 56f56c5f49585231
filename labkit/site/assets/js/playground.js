/* The scale-and-grid playground: controls, numbers, sentence and table around the two drawings. */
(function () {
  "use strict";

  const labs = globalThis.quantizationLabs;
  const { numerics, page } = labs;
  const { el, percent, digits, thousands } = page;
  const host = document.getElementById("playground");
  if (!host) return;
  const words = labs.playgroundWords[page.language];
  const START = { row: 2, times: 1, whole: false, bits: 8, granularity: "tensor", rounding: "nearest", seed: 1 };
  const GRANULARITIES = ["tensor", "channel", 8, 4];
  let state = { ...START };
  let base = numerics.matrix(state.seed);
  let growing = 0;

  const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
  const round3 = (x) => Number(clamp(x, 1, 1000).toPrecision(3));

  /** The address's setting, each part only if it is one of ours. */
  function fromHash(text) {
    const found = { ...START };
    const whole = (value, low, high) => /^\d+$/.test(value) && Number(value) >= low && Number(value) <= high;
    if (whole(text.row, 1, base.length)) found.row = Number(text.row) - 1;
    if (Number.isFinite(parseFloat(text.times))) found.times = round3(parseFloat(text.times));
    if (whole(text.bits, 2, 8)) found.bits = Number(text.bits);
    if (whole(text.seed, 1, 999)) found.seed = Number(text.seed);
    found.whole = text.loud === "row";
    found.granularity = GRANULARITIES.find((each) => String(each) === text.scales) || START.granularity;
    found.rounding = ["zero", "down"].includes(text.round) ? text.round : "nearest";
    return found;
  }

  const toHash = () => ({
    scales: state.granularity, bits: state.bits, times: state.times, row: state.row + 1,
    loud: state.whole ? "row" : "weight", round: state.rounding, seed: state.seed,
  });

  function change(values) {
    stop();
    update(values);
  }

  function update(values) {
    state = { ...state, ...values };
    if (values.seed) base = numerics.matrix(state.seed);
    draw();
    page.writeHash(toHash());
  }

  // The controls.
  const slider = el("input", {
    type: "range", min: 0, max: 300, step: 1, "aria-label": words.times,
    oninput: () => change({ times: round3(10 ** (slider.value / 100)) }),
  });
  const number = el("input", {
    type: "number", min: 1, max: 1000, step: "any", inputmode: "decimal",
    onchange: () => change({ times: round3(parseFloat(number.value) || 1) }),
  });
  const row = page.select(base.map((_, i) => [i, `${i + 1}`]), (value) => change({ row: Number(value) }));
  const loud = page.choice(words.loud, "loud", [["weight", words.weight], ["row", words.wholeRow]], (value) =>
    change({ whole: value === "row" }),
  );
  const names = { tensor: words.tensor, channel: words.channel, 8: words.group8, 4: words.group4 };
  const named = GRANULARITIES.map((each) => [each, names[each]]);
  const scales = page.choice(words.scales, "scales", named, (granularity) => change({ granularity }));
  const bits = page.choice(words.bits, "bits", [2, 3, 4, 5, 6, 7, 8].map((b) => [b, `${b}`]), (value) =>
    change({ bits: value }),
  );
  const rounding = page.select(["nearest", "zero", "down"].map((each) => [each, words[each]]), (value) =>
    change({ rounding: value }),
  );
  const startOrStop = () => (growing ? stop() : start());
  const grow = el("button", { type: "button", class: "ql-button ql-main", onclick: startOrStop });
  const reset = el("button", { type: "button", class: "ql-button", onclick: () => change(START) }, words.reset);
  const another = el(
    "button",
    { type: "button", class: "ql-button", onclick: () => change({ seed: (state.seed % 999) + 1 }) },
    words.another,
  );

  /** Grow the outlier to 1000 times in five seconds; where motion is unwelcome, in four leaps. */
  function start() {
    const leaps = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const began = performance.now();
    growing = 1;
    const step = (now) => {
      const done = clamp((now - began) / 5000, 0, 1);
      update({ times: round3(10 ** (3 * (leaps ? Math.floor(done * 3) / 3 : done))) });
      growing = done < 1 ? requestAnimationFrame(step) : 0;
      showGrow();
    };
    growing = requestAnimationFrame(step);
    showGrow();
  }

  function stop() {
    cancelAnimationFrame(growing);
    growing = 0;
    showGrow();
  }

  function showGrow() {
    const text = growing ? words.stop : words.grow;
    if (grow.textContent !== text) grow.textContent = text;
  }

  // What is shown.
  const meter = (name) => {
    const [value, note] = [el("output", { class: "ql-value" }), el("small", null)];
    return { box: el("div", { class: "ql-meter" }, el("span", null, name), value, note), value, note };
  };
  const meters = [words.meterGlobal, words.meterQuiet, words.meterZeros, words.meterBits].map(meter);
  meters.forEach((each) => each.value.setAttribute("aria-live", "off")); // the sentence speaks for all of them
  // `spoken` says the same, once it has settled.
  const finding = el("p", { class: "ql-finding", "aria-hidden": "true" });
  const spoken = el("p", { class: "ql-spoken", role: "status" });
  const speak = page.speaker(spoken);
  const help = el("p", { class: "ql-help" });
  const [stripsHost, curveHost] = [el("div", { class: "ql-chart" }), el("div", { class: "ql-chart" })];
  const rows = el("tbody", null);
  const table = el(
    "div",
    { class: "ql-scroll", tabindex: 0, role: "region", "aria-label": words.table },
    el("table", { class: "ql-table" },
      el("thead", null, el("tr", null, ...words.head.map((text) => el("th", { scope: "col" }, text)))), rows),
  );
  const size = el("div", { class: "ql-size" }, page.field(words.times, number), slider, grow);
  host.append(
    el("form", { class: "ql-controls", "aria-label": words.title, onsubmit: (event) => event.preventDefault() },
      scales.box, bits.box, loud.box,
      el("div", { class: "ql-line-up" }, page.field(words.row, row), page.field(words.rounding, rounding)),
      el("div", { class: "ql-buttons" }, reset, another)),
    el("div", { class: "ql-meters" }, ...meters.map((each) => each.box)),
    finding, spoken,
    el("div", { class: "ql-controls" }, size),
    el("p", { class: "ql-title" }, words.strips), help, stripsHost,
    el("p", { class: "ql-title" }, words.curve), curveHost,
    el("details", { class: "ql-details" }, el("summary", null, words.table), table),
  );
  const moved = ({ row, times, value }) => {
    const loudest = base[row][numerics.loudest(base[row])];
    change({ row, times: round3(times === undefined ? value / loudest : times) });
  };
  const strips = labs.playgroundStrips(stripsHost, base.length, base[0].length, words, moved);
  const curve = labs.playgroundCurve(curveHost, words);

  function sentence(study, zeros, counted) {
    const what = state.whole ? words.allOf : words.oneOf;
    const shared = { scales: names[state.granularity], bits: state.bits, what, row: state.row + 1, times: state.times };
    const setup = (state.times === 1 ? words.untouched(shared) : words.setting(shared)) +
      (state.rounding === "nearest" ? "" : words.slip(state.rounding));
    const said = { setup: setup[0].toUpperCase() + setup.slice(1), global: percent(study.error), zeros, counted };
    const text = words.finding({ ...said, quiet: percent(study.quietRow) });
    return text + verdict(study) + (state.rounding === "nearest" ? "" : words.slipSays);
  }

  /** What the numbers mean, where that is plain. */
  function verdict(study) {
    if (state.granularity === "tensor") {
      if (study.quietRow > 5 * study.error) return words.blind;
      return state.times === 1 && study.quietRow < 2 * study.error ? words.agree : "";
    }
    if (state.whole) return state.times > 1 ? words.nobody : "";
    if (study.quiet[state.row] < 5 * study.rowErrors[state.row]) return "";
    const pays = { row: state.row + 1, size: state.granularity, own: percent(study.quiet[state.row]) };
    if (state.granularity !== "channel") return words.groupPays(pays);
    return words.rowPays({ ...pays, others: base[0].length - 1, ownRow: percent(study.rowErrors[state.row]) });
  }

  function fillTable(study) {
    rows.replaceChildren();
    study.codes.forEach((codes, i) => {
      const cells = [
        study.scales[i].map((s) => digits(s)).join(", "), percent(study.rowErrors[i]), percent(study.quiet[i]),
        words.of(study.zeros[i], study.counted[i]),
      ];
      const said = `${words.codes}: ${codes.join(" ").replace(/-/g, "−")}`;
      rows.append(
        el("tr", null, el("th", { scope: "row" }, `${i + 1}`), ...cells.map((text) => el("td", null, text))),
        el("tr", null, el("td", { colspan: 5, class: "ql-codes" }, said)),
      );
    });
  }

  const draw = page.eachFrame(() => {
    const study = numerics.study(base, state);
    const sum = (values) => values.reduce((a, b) => a + b, 0);
    const quietOnly = (values) => (state.whole ? values.filter((_, i) => i !== state.row) : values);
    const [zeros, counted] = [sum(quietOnly(study.zeros)), sum(quietOnly(study.counted))];
    loud.show(state.whole ? "row" : "weight");
    scales.show(state.granularity);
    bits.show(state.bits);
    row.value = state.row;
    rounding.value = state.rounding;
    slider.value = Math.round(100 * Math.log10(state.times));
    slider.setAttribute("aria-valuetext", `${state.times}×`);
    if (document.activeElement !== number || growing) number.value = state.times;
    const values = [percent(study.error), percent(study.quietRow), percent(zeros / counted)];
    values.push(digits(study.storage.bitsPerWeight, 3));
    meters.forEach((each, i) => (each.value.textContent = values[i]));
    meters[2].note.textContent = words.of(zeros, counted);
    const { bytes, scales: count, scaleBits } = study.storage;
    meters[3].note.textContent = `${words.bytes(thousands(bytes))}, ${words.scaleCount(count, scaleBits)}`;
    help.textContent = words.stripsHelp + (state.whole ? words.stripsWhole(state.row + 1, state.times) : "");
    finding.textContent = sentence(study, zeros, counted);
    speak(finding.textContent);
    strips.draw(study, state);
    curve.draw(base, study, state);
    fillTable(study);
  });

  page.setters(words.set, (values) => {
    change(fromHash(values));
    host.scrollIntoView({ block: "start" });
  });
  const setFromAddress = () => {
    if (location.hash.includes("=")) change(fromHash(page.readHash()));
  };
  addEventListener("hashchange", setFromAddress);
  showGrow();
  draw();
  setFromAddress();
})();
