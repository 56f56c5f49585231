/* The calculator's fields: what a person writes, held as one setting, kept in the address. */
(function () {
  "use strict";

  const labs = globalThis.quantizationLabs;
  const { el, field, select, choice } = labs.page;
  const UNITS = { GB: 1e9, GiB: 2 ** 30 };
  const SHORT = {
    hidden: "hidden_size", inner: "intermediate_size", layers: "num_hidden_layers", heads: "num_attention_heads",
    kvheads: "num_key_value_heads", headdim: "head_dim", vocab: "vocab_size",
  };
  const FLAGS = { tied: "tie_word_embeddings", qkv: "qwen2", bias: "attention_bias", mlpbias: "mlp_bias" };
  const OWN = "own";
  const LIMITS = {
    context: { low: 1, high: 1e7, whole: true }, sequences: { low: 1, high: 1e5, whole: true },
    budget: { low: 0.001, high: 1e6 }, bandwidth: { low: 0.001, high: 1e9 }, peak: { low: 0.001, high: 1e9 },
  };

  const isFlagged = (config, flag) => (flag === "qwen2" ? config.model_type === "qwen2" : Boolean(config[flag]));

  /** The config with one flag set or cleared. */
  function flagged(config, flag, on) {
    if (flag !== "qwen2") return { ...config, [flag]: on };
    return { ...config, model_type: on ? "qwen2" : "llama" };
  }

  /** state -> the address's pairs; a model of one's own is written out. */
  function toHash(state) {
    const pairs = {
      model: state.model, weights: state.scheme, kv: state.kvDtype, context: state.context, sequences: state.sequences,
      budget: state.budget, unit: state.unit, card: state.card,
    };
    if (state.card === OWN) Object.assign(pairs, { bandwidth: state.bandwidth, peak: state.peak });
    if (state.model !== OWN) return pairs;
    Object.entries(SHORT).forEach(([key, name]) => {
      if (state.config[name] !== undefined && state.config[name] !== null) pairs[key] = state.config[name];
    });
    Object.entries(FLAGS).forEach(([key, flag]) => {
      if (isFlagged(state.config, flag)) pairs[key] = 1;
    });
    return pairs;
  }

  /** The address's pairs -> state; whatever is not ours stays as it was. */
  function fromHash(pairs, start, published, costs) {
    const state = { ...start };
    const pick = (key, name, allowed) => {
      if (allowed.includes(pairs[key])) state[name] = pairs[key];
    };
    pick("model", "model", [...Object.keys(published.models), OWN]);
    pick("weights", "scheme", costs.SCHEMES);
    pick("kv", "kvDtype", costs.KV_DTYPES);
    pick("unit", "unit", Object.keys(UNITS));
    pick("card", "card", [...Object.keys(published.cards), OWN]);
    Object.keys(LIMITS).forEach((name) => {
      if (pairs[name] !== undefined) state[name] = Number(pairs[name]);
    });
    if (state.model !== OWN) return { ...state, config: published.models[state.model].config };
    let config = { model_type: "llama" };
    Object.entries(SHORT).forEach(([key, name]) => {
      if (pairs[key] !== undefined) config[name] = Number(pairs[key]);
    });
    Object.entries(FLAGS).forEach(([key, flag]) => {
      if (pairs[key] === "1") config = flagged(config, flag, true);
    });
    return { ...state, config };
  }

  /** Build the fields. change(values) is told of each change. Gives {form, model, show(state)}. */
  function build(words, published, costs, change) {
    const number = (onpick) => {
      const kind = { type: "number", min: 0, step: "any", inputmode: "decimal" };
      const node = el("input", { ...kind, oninput: () => onpick(node) });
      return node;
    };
    const limited = Object.fromEntries(
      Object.keys(LIMITS).map((name) => {
        const more = ["bandwidth", "peak"].includes(name) ? { card: OWN } : {};
        return [name, number((node) => change({ ...more, [name]: node.value === "" ? NaN : Number(node.value) }))];
      }),
    );
    const models = [...Object.keys(published.models), OWN];
    const model = select(models.map((name) => [name, name === OWN ? words.own : name]), (name) =>
      change(name === OWN ? { model: OWN } : { model: name, config: published.models[name].config }),
    );
    const same = (names) => names.map((name) => [name, name]);
    const scheme = choice(words.scheme, "scheme", same(costs.SCHEMES), (value) => change({ scheme: value }));
    const kv = choice(words.kv, "kv", same(costs.KV_DTYPES), (value) => change({ kvDtype: value }));
    const unit = select([["GB", words.gb], ["GiB", words.gib]], (value) => change({ unit: value }));
    let now = null;
    const sizes = Object.values(SHORT).map((name) => {
      const node = number(() => {
        const value = node.value === "" ? undefined : Number(node.value);
        change({ model: OWN, config: { ...now.config, [name]: value } });
      });
      return [name, node];
    });
    const flags = Object.values(FLAGS).map((flag) => {
      const node = el("input", {
        type: "checkbox",
        onchange: () => change({ model: OWN, config: flagged(now.config, flag, node.checked) }),
      });
      return [flag, node];
    });
    const cards = [...Object.keys(published.cards), OWN];
    const named = cards.map((name) => [name, name === OWN ? words.own : name]);
    const card = select(named, (name) => change({ card: name }));
    const form = el(
      "form",
      { class: "ql-controls", "aria-label": words.title, onsubmit: (event) => event.preventDefault() },
      el("div", { class: "ql-columns" }, field(words.model, model),
        el("div", { class: "ql-pair" }, field(words.budget, limited.budget), field(words.unit, unit))),
      el("div", { class: "ql-columns" }, scheme.box, kv.box),
      el("div", { class: "ql-columns" },
        field(words.context, limited.context), field(words.sequences, limited.sequences)),
    );
    const ownNumbers = el(
      "div",
      null,
      el("p", { class: "ql-note" }, words.numbersNote),
      el("div", { class: "ql-columns ql-small-columns" },
        ...sizes.map(([name, node]) => field(words.fields[name], node, words.empty[name]))),
      el("div", { class: "ql-flags" },
        ...flags.map(([flag, node]) => el("label", null, node, ` ${words.flags[flag]}`))),
    );
    const roof = el("div", { class: "ql-columns" }, field(words.card, card), field(words.bandwidth, limited.bandwidth),
      field(words.peak, limited.peak));

    /** Show a number without taking the pen from who is writing it. */
    function write(node, value) {
      const text = value === undefined || value === null || Number.isNaN(value) ? "" : String(value);
      if (document.activeElement !== node || Number(node.value) !== Number(text)) node.value = text;
    }

    function show(state) {
      now = state;
      model.value = state.model;
      scheme.show(state.scheme);
      kv.show(state.kvDtype);
      unit.value = state.unit;
      card.value = state.card;
      Object.entries(limited).forEach(([name, node]) => {
        write(node, state[name]);
        if (wrong(state, name)) node.setAttribute("aria-invalid", "true");
        else node.removeAttribute("aria-invalid");
      });
      sizes.forEach(([name, node]) => write(node, state.config[name]));
      flags.forEach(([flag, node]) => (node.checked = isFlagged(state.config, flag)));
    }
    return { form, ownNumbers, roof, show };
  }

  /** Is this number outside its limits? */
  function wrong(state, name) {
    const { low, high, whole } = LIMITS[name];
    const value = state[name];
    return !(value >= low && value <= high && (!whole || Number.isInteger(value)));
  }

  labs.calculatorForm = { UNITS, OWN, LIMITS, toHash, fromHash, build, wrong };
})();
