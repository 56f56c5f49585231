/* Lab 02's cost model, to the byte: parameters, bytes, tokens of cache, seconds a step.
 *
 * Every count here is a whole number below 2**53, so float64 holds it exactly. No page is touched here.
 */
(function () {
  "use strict";

  const SCHEMES = ["bf16", "int8", "fp8", "int4-g128"];
  const KV_WIDTHS = { bf16: 2, fp16: 2, fp8: 1, int8: 1 };
  const BLOCK = 16; // tokens
  const NEEDED = ["hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size"];
  const OPTIONAL = ["num_key_value_heads", "head_dim"];
  const LARGEST = 1e7; // of any field, so that no product here leaves the whole numbers that float64 holds

  /** What is wrong with a config: `key` names the sentence, `values` what stands in it. */
  class CostError extends Error {
    constructor(key, values) {
      super(`${key} ${JSON.stringify(values)}`);
      Object.assign(this, { key, values });
    }
  }

  /** A field; null counts as absent, and without a default absent is an error. */
  function field(config, name, absent) {
    const value = config[name] === null || config[name] === undefined ? absent : config[name];
    if (value === undefined) throw new CostError("missing", { name });
    return value;
  }

  /** Refuse what lab 02's functions would not understand, by name. */
  function checked(config) {
    NEEDED.forEach((name) => field(config, name));
    [...NEEDED, ...OPTIONAL].forEach((name) => {
      const value = field(config, name, 1);
      if (!Number.isInteger(value) || value < 1 || value > LARGEST) throw new CostError("whole", { name, value });
    });
    const { hidden_size: hidden, num_attention_heads: count } = config;
    if (heads(config).dim < 1) throw new CostError("heads", { hidden, count });
    if (weightBytes(config, "bf16") > Number.MAX_SAFE_INTEGER) throw new CostError("large", {});
    return config;
  }

  function heads(config) {
    const all = field(config, "num_attention_heads");
    const dim = field(config, "head_dim", Math.floor(field(config, "hidden_size") / all));
    return { all, kv: field(config, "num_key_value_heads", all), dim };
  }

  const table = (config) => field(config, "vocab_size") * field(config, "hidden_size");

  /** {out, width, bias} of the seven matrices of one layer. */
  function matrices(config) {
    const [hidden, inner] = [field(config, "hidden_size"), field(config, "intermediate_size")];
    const { all, kv, dim } = heads(config);
    const oBias = Boolean(field(config, "attention_bias", false));
    const mlpBias = Boolean(field(config, "mlp_bias", false));
    const qkvBias = oBias || field(config, "model_type", "") === "qwen2"; // which has them without saying so
    const matrix = (out, width, bias) => ({ out, width, bias });
    return [
      matrix(all * dim, hidden, qkvBias), matrix(kv * dim, hidden, qkvBias), matrix(kv * dim, hidden, qkvBias),
      matrix(hidden, all * dim, oBias),
      matrix(inner, hidden, mlpBias), matrix(inner, hidden, mlpBias), matrix(hidden, inner, mlpBias),
    ];
  }

  /** `count` of each matrix, summed over all layers. */
  function total(config, count) {
    return field(config, "num_hidden_layers") * matrices(config).reduce((sum, each) => sum + count(each), 0);
  }

  const biases = (config) => total(config, ({ out, bias }) => (bias ? out : 0));

  /** Lab 02's count_parameters. */
  function countParameters(config) {
    return {
      linear: total(config, ({ out, width }) => out * width) + biases(config),
      embedding: table(config),
      lm_head: field(config, "tie_word_embeddings", false) ? 0 : table(config),
      norm: (2 * field(config, "num_hidden_layers") + 1) * field(config, "hidden_size"),
    };
  }

  function codeBytes({ out, width }, scheme) {
    if (scheme === "bf16") return 2 * out * width;
    if (scheme !== "int4-g128") return out * width;
    if (width % 128) throw new CostError("width", { width });
    return (out * width) / 2;
  }

  function scaleBytes({ out, width }, scheme) {
    if (scheme === "bf16") return 0;
    return scheme === "int4-g128" ? (2 * out * width) / 128 : 4 * out;
  }

  /** Lab 02's weight_bytes, part by part. */
  function weightParts(config, scheme) {
    const counts = countParameters(config);
    return {
      codes: total(config, (each) => codeBytes(each, scheme)),
      scales: total(config, (each) => scaleBytes(each, scheme)),
      embedding: 2 * counts.embedding,
      lm_head: 2 * counts.lm_head,
      rest: 2 * (counts.norm + biases(config)),
    };
  }

  function weightBytes(config, scheme) {
    return Object.values(weightParts(config, scheme)).reduce((a, b) => a + b, 0);
  }

  /** Lab 02's kv_bytes_per_token. */
  function kvBytesPerToken(config, kvDtype = "bf16") {
    const { kv, dim } = heads(config);
    return 2 * field(config, "num_hidden_layers") * kv * dim * KV_WIDTHS[kvDtype];
  }

  /** Lab 02's kv_capacity_tokens: whole blocks only. */
  function kvCapacityTokens(budget, config, scheme, kvDtype = "bf16", block = BLOCK) {
    const free = budget - weightBytes(config, scheme);
    const size = block * kvBytesPerToken(config, kvDtype);
    return free < size ? 0 : ((free - (free % size)) / size) * block;
  }

  /** Lab 02's decode_step_seconds, with both sides of the roofline. */
  function decodeStep(config, scheme, batch, context, hardware) {
    const { codes, scales } = weightParts(config, scheme);
    const weights = total(config, ({ out, width }) => out * width);
    const head = table(config); // a tied head is read and computed all the same
    const fixed = codes + scales + 2 * (head + countParameters(config).norm);
    const read = fixed + batch * context * kvBytesPerToken(config);
    const operations = 2 * batch * (weights + head);
    const [reading, computing] = [read / hardware.bandwidth, operations / hardware.peak];
    return { read, operations, reading, computing, seconds: Math.max(reading, computing) };
  }

  /**
   * What fits: a load of `sequences`, each with `context` tokens, in a budget of bytes.
   * A block belongs to one sequence, so each takes a whole number of them. cache: bytes of the load's blocks.
   */
  function fit(config, { scheme, kvDtype, budget, context, sequences }) {
    const parts = weightParts(config, scheme);
    const weights = weightBytes(config, scheme);
    const token = kvBytesPerToken(config, kvDtype);
    const tokens = kvCapacityTokens(budget, config, scheme, kvDtype);
    const blocks = Math.ceil(context / BLOCK);
    const cache = sequences * blocks * BLOCK * token;
    return {
      parts, weights, token, tokens, cache,
      most: Math.floor(tokens / BLOCK / blocks),
      left: budget - weights - cache, // negative: so many bytes are missing
    };
  }

  /** A pasted config.json: its text_config where the sizes stand there; refused where lab 02 does not count it. */
  function fromJson(text) {
    let config;
    try {
      config = JSON.parse(text);
    } catch (error) {
      throw new CostError("json", { says: error.message });
    }
    if (config === null || typeof config !== "object" || Array.isArray(config)) throw new CostError("object", {});
    const nested = config.hidden_size === undefined && config.text_config;
    const tied = config.tie_word_embeddings; // stands outside
    const inner = nested && typeof nested === "object" ? { tie_word_embeddings: tied, ...nested } : config;
    const experts = ["num_local_experts", "num_experts", "n_routed_experts"].find((name) => inner[name] > 1);
    if (experts) throw new CostError("experts", { name: experts });
    if (inner.kv_lora_rank) throw new CostError("latent", { name: "kv_lora_rank" });
    return checked(inner);
  }

  const labs = (globalThis.quantizationLabs = globalThis.quantizationLabs || {});
  labs.costs = {
    SCHEMES, KV_DTYPES: Object.keys(KV_WIDTHS), BLOCK, CostError, checked, countParameters, weightParts, weightBytes,
    kvBytesPerToken, kvCapacityTokens, decodeStep, fit, fromJson,
  };
})();
