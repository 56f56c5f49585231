/* The memory calculator: what fits into a budget, by lab 02's cost model. */
(function () {
  "use strict";

  const labs = globalThis.quantizationLabs;
  const { costs, page, calculatorForm: form } = labs;
  const { el, percent, digits, thousands } = page;
  const host = document.getElementById("calculator");
  const data = document.getElementById("published-models");
  if (!host || !data) return;
  const words = labs.calculatorWords[page.language];
  const published = JSON.parse(data.textContent);
  const START = {
    model: "Llama-3.1-8B", scheme: "bf16", kvDtype: "bf16", context: 8192, sequences: 4, budget: 24, unit: "GB",
    card: "L4", bandwidth: 0, peak: 0,
  };
  let state = form.fromHash(page.readHash(), START, published, costs);

  function update(values) {
    state = { ...state, ...values };
    if (published.cards[state.card]) {
      const { bandwidth, peak } = published.cards[state.card];
      Object.assign(state, { bandwidth: bandwidth / 1e9, peak: peak / 1e12 });
    }
    draw();
  }

  function change(values) {
    update(values);
    page.writeHash(form.toHash(state));
  }

  // Spaces before a unit do not break.
  const sized = (bytes) => `${digits(bytes / form.UNITS[state.unit])}\u00a0${state.unit}`;
  const lasting = (s) => (s >= 1 ? `${digits(s, 3)}\u00a0s` : `${digits(1000 * s, 3)}\u00a0ms`);

  // What is shown.
  const fields = form.build(words, published, costs, change);
  const meter = (name) => {
    const [label, note] = [el("span", null, name), el("small", null)];
    const value = el("output", { class: "ql-value", "aria-live": "off" }); // the sentence speaks for all of them
    return { box: el("div", { class: "ql-meter" }, label, value, note), label, value, note };
  };
  const meters = [words.weights, words.perToken, words.tokens, ""].map(meter);
  // `spoken` says the same, once it has settled.
  const finding = el("p", { class: "ql-finding", "aria-hidden": "true" });
  const spoken = el("p", { class: "ql-spoken", role: "status" });
  const speak = page.speaker(spoken);
  const problem = el("p", { class: "ql-problem", role: "alert" });
  const chartHost = el("div", { class: "ql-chart" });
  const parts = labs.calculatorTable(words.head, words.chart);
  const schemes = labs.calculatorTable(words.schemesHead, words.schemes);
  const results = el(
    "div",
    { hidden: true }, // until there are any
    el("div", { class: "ql-meters" }, ...meters.map((each) => each.box)),
    finding,
    el("p", { class: "ql-title" }, words.chart), chartHost, parts.box,
  );
  const others = el("div", null, el("p", { class: "ql-title" }, words.schemes), schemes.box);
  const source = el("p", { class: "ql-note" });
  const step = el("p", { class: "ql-step" });
  const pasted = el("textarea", { rows: 6, spellcheck: "false", class: "ql-paste", "aria-label": words.pasteLabel });
  const pasteSays = el("p", { class: "ql-note", role: "status" });
  const use = el("button", { type: "button", class: "ql-button", onclick: takePasted }, words.pasteUse);
  const python = el("samp", null); // the theme puts a button of its own over a <code>
  const copyIt = () => page.copy(python.textContent, copy, words.copied, python);
  const copy = el("button", { type: "button", class: "ql-button", onclick: copyIt }, words.copy);
  const details = (summary, ...inside) =>
    el("details", { class: "ql-details" }, el("summary", null, summary), ...inside);
  host.append(
    fields.form,
    details(words.numbers, fields.ownNumbers),
    details(words.paste, pasted, use, pasteSays),
    problem, results, others, spoken,
    details(words.roof, fields.roof, source, step),
    details(words.python, el("p", { class: "ql-note" }, words.pythonNote), el("pre", { tabindex: 0, class: "ql-python" }, python), copy),
    el("p", { class: "ql-note ql-share" }, words.share),
  );
  const bar = labs.calculatorBar(chartHost, words);

  function takePasted() {
    try {
      const config = costs.fromJson(pasted.value);
      change({ model: form.OWN, config });
      const { linear, embedding, lm_head: head, norm } = costs.countParameters(config);
      pasteSays.textContent = words.pasteDone(thousands(linear + embedding + head + norm));
    } catch (error) {
      if (!(error instanceof costs.CostError)) throw error;
      pasteSays.textContent = words.errors[error.key](error.values);
    }
  }

  /** lab 02's setting; CostError for a number that is none. */
  function setting() {
    const names = { context: words.context, sequences: words.sequences, budget: words.budget };
    Object.keys(names).forEach((name) => {
      if (form.wrong(state, name)) throw outside(name, names[name]);
    });
    const { scheme, kvDtype, context, sequences } = state;
    return { scheme, kvDtype, context, sequences, budget: Math.round(state.budget * form.UNITS[state.unit]) };
  }

  function outside(name, text) {
    const { low, high, whole } = form.LIMITS[name];
    return new costs.CostError("setting", { name: text, low, high: thousands(high), whole });
  }

  function sentence(fit, asked) {
    const said = {
      model: state.model === form.OWN ? words.own[0].toUpperCase() + words.own.slice(1) : state.model,
      scheme: state.scheme, weights: sized(fit.weights),
      budget: `${state.budget}\u00a0${state.unit}`, kv: state.kvDtype,
      share: percent(fit.weights / asked.budget), tokens: thousands(fit.tokens), most: thousands(fit.most),
      context: thousands(asked.context), sequences: thousands(asked.sequences), left: sized(Math.abs(fit.left)),
      over: sized(fit.weights - asked.budget),
    };
    if (fit.weights > asked.budget) return words.heavy(said);
    return fit.left >= 0 ? words.fits(said) : words.crowded(said);
  }

  function showFit(asked) {
    const fit = costs.fit(state.config, asked);
    const said = sentence(fit, asked);
    const values = [sized(fit.weights), thousands(fit.token), thousands(fit.tokens), thousands(fit.most)];
    const blocks = words.blocks(thousands(fit.tokens / costs.BLOCK));
    const notes = [`${thousands(fit.weights)} ${words.bytes}`, words.bytes, blocks, ""];
    meters.forEach((each, i) => {
      each.value.textContent = values[i];
      each.note.textContent = notes[i];
    });
    meters[3].label.textContent = words.most(thousands(asked.context));
    finding.textContent = said;
    speak(said);
    bar.draw(fit, asked.budget, said);
    parts.fill(labs.calculatorParts(fit, asked.budget, words));
    return fit;
  }

  function schemeRow(scheme, asked) {
    const chosen = scheme === state.scheme;
    try {
      const fit = costs.fit(state.config, { ...asked, scheme });
      return { chosen, cells: [scheme, sized(fit.weights), thousands(fit.tokens), thousands(fit.most)] };
    } catch (error) {
      if (!(error instanceof costs.CostError)) throw error;
      return { chosen, cells: [scheme, words.no, words.no, words.no] };
    }
  }

  /** The card's figures in bytes and operations a second; null where one is no number. */
  function hardware() {
    const preset = published.cards[state.card];
    if (preset) return { bandwidth: preset.bandwidth, peak: preset.peak };
    if (form.wrong(state, "bandwidth") || form.wrong(state, "peak")) return null;
    return { bandwidth: state.bandwidth * 1e9, peak: state.peak * 1e12 };
  }

  function showStep(asked, fit) {
    const card = hardware();
    const preset = published.cards[state.card];
    source.textContent = preset ? words.source(preset.source) : words.ownCard;
    if (!card) {
      const name = form.wrong(state, "bandwidth") ? "bandwidth" : "peak";
      step.textContent = words.errors.setting(outside(name, words[name]).values);
      return null;
    }
    const one = costs.decodeStep(state.config, state.scheme, asked.sequences, asked.context, card);
    step.textContent = words.step({
      sequences: thousands(asked.sequences), context: thousands(asked.context), read: sized(one.read),
      reading: lasting(one.reading), operations: `${digits(one.operations / 1e12, 3)}\u00a0·\u00a010¹²`,
      computing: lasting(one.computing), seconds: lasting(one.seconds),
      bound: one.reading >= one.computing ? words.byReading : words.byComputing,
      speed: digits(asked.sequences / one.seconds, 3),
    }) + (state.kvDtype === "bf16" ? "" : words.stepKv) + (fit.left < 0 ? words.stepTooLarge : "");
    return card;
  }

  const draw = page.eachFrame(() => {
    fields.show(state);
    let [says, asked] = ["", null];
    try {
      costs.checked(state.config);
      asked = setting();
      schemes.fill(costs.SCHEMES.map((scheme) => schemeRow(scheme, asked)));
      const fit = showFit(asked);
      python.textContent = labs.calculatorPython(state.config, asked, showStep(asked, fit));
    } catch (error) {
      if (!(error instanceof costs.CostError)) throw error;
      says = words.errors[error.key](error.values);
    }
    if (problem.textContent !== says) problem.textContent = says;
    results.classList.toggle("ql-gone", Boolean(says)); // hidden in place, so that nothing jumps while one types
    if (!says) results.hidden = false;
    others.hidden = asked === null;
    copy.disabled = Boolean(says);
    if (says) [python, step, source].forEach((node) => (node.textContent = ""));
  });

  page.setters(words.set, (values) => {
    change(form.fromHash(values, START, published, costs));
    host.scrollIntoView({ block: "start" });
  });
  addEventListener("hashchange", () => {
    if (location.hash.includes("=")) change(form.fromHash(page.readHash(), START, published, costs));
  });
  update({});
})();
