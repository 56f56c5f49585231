/* The calculator's setting as calls of lab 02's functions. */
(function () {
  "use strict";

  const labs = globalThis.quantizationLabs;
  const KEPT = [
    "model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
    "head_dim", "vocab_size", "attention_bias", "mlp_bias", "tie_word_embeddings",
  ];

  const underscored = (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, "_");
  const literal = (value) => (typeof value === "boolean" ? (value ? "True" : "False") : JSON.stringify(value));

  /** A float that Python reads as the same number: 3350000000000 -> 3.35e12. */
  function float(x) {
    const [mantissa, exponent] = x.toExponential().split("e");
    return `${mantissa}e${Number(exponent)}`;
  }

  /** Python source that prints what the page shows; each line's comment is the page's own number. */
  labs.calculatorPython = function (config, setting, hardware) {
    const { costs, page } = labs;
    const { scheme, kvDtype, budget, context, sequences } = setting;
    const fit = costs.fit(config, setting);
    const fields = KEPT.filter((name) => config[name] !== undefined && config[name] !== null);
    const lines = [
      "from starter import decode_step_seconds, kv_bytes_per_token, kv_capacity_tokens, weight_bytes",
      "",
      "config = {",
      ...fields.map((name) => `    "${name}": ${literal(config[name])},`),
      "}",
      `print(weight_bytes(config, "${scheme}"))  # ${fit.weights}`,
      `print(kv_bytes_per_token(config, "${kvDtype}"))  # ${fit.token}`,
      `print(kv_capacity_tokens(${underscored(budget)}, config, "${scheme}", "${kvDtype}"))  # ${fit.tokens}`,
    ];
    if (hardware) {
      const { seconds } = costs.decodeStep(config, scheme, sequences, context, hardware);
      const card = `{"bandwidth": ${float(hardware.bandwidth)}, "peak": ${float(hardware.peak)}}`;
      lines.push(`card = ${card}`);
      const call = `decode_step_seconds(config, "${scheme}", ${sequences}, ${context}, card)`;
      lines.push(`print(${call})  # ${page.digits(seconds)}`);
    }
    return `${lines.join("\n")}\n`;
  };
})();
