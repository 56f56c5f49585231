/* The calculator's words, English and Spanish side by side. */
(function () {
  "use strict";

  const labs = (globalThis.quantizationLabs = globalThis.quantizationLabs || {});
  labs.calculatorWords = {
    en: {
      title: "Memory calculator",
      model: "Model",
      own: "own numbers",
      scheme: "Weights",
      kv: "KV cache",
      context: "Context, tokens a sequence",
      sequences: "Sequences at once",
      budget: "Memory budget",
      unit: "Unit",
      gb: "GB (10⁹ bytes)",
      gib: "GiB (2³⁰ bytes)",
      numbers: "The model's numbers",
      numbersNote: "Change one, and the model is your own.",
      fields: {
        hidden_size: "Hidden size", intermediate_size: "Intermediate size", num_hidden_layers: "Layers",
        num_attention_heads: "Heads", num_key_value_heads: "KV heads", head_dim: "Head dim", vocab_size: "Vocabulary",
      },
      empty: { num_key_value_heads: "empty: as many as heads", head_dim: "empty: hidden / heads" },
      flags: {
        tie_word_embeddings: "head tied to the embedding", qwen2: "biases on q, k, v, as in Qwen2",
        attention_bias: "biases on q, k, v, o", mlp_bias: "biases on gate, up, down",
      },
      paste: "Paste a config.json",
      pasteLabel: "The file's text",
      pasteUse: "Use it",
      pasteDone: (n) => `Taken: a model of ${n} parameters.`,
      weights: "Weights",
      perToken: "Cache per token",
      tokens: "Tokens that fit",
      most: (context) => `Sequences of ${context} that fit`,
      blocks: (n) => `${n} blocks of 16`,
      bytes: "bytes",
      chart: "What the budget holds",
      parts: {
        codes: "Matrices", scales: "Their scales", embedding: "Embedding", lm_head: "Head",
        rest: "Norms, biases", cache: "Cache of this load", free: "Left over", missing: "Missing",
      },
      head: ["Part", "Bytes", "Of the budget"],
      schemes: "The same load in every format",
      schemesHead: ["Weights", "Size", "Tokens", "Sequences"],
      no: "–",
      fits: (s) =>
        `${s.model} in ${s.scheme} takes ${s.weights} of ${s.budget} (${s.share}). The rest holds ${s.tokens} tokens of ` +
        `${s.kv} cache, or ${s.most} sequences of ${s.context}. Yours (${s.sequences}) fit, with ${s.left} left over.`,
      crowded: (s) =>
        `${s.model} in ${s.scheme} takes ${s.weights} of ${s.budget} (${s.share}). The rest holds ${s.tokens} tokens of ` +
        `${s.kv} cache, or ${s.most} sequences of ${s.context}. Yours (${s.sequences}) do not fit: ${s.left} are missing.`,
      heavy: (s) =>
        `${s.model} in ${s.scheme} takes ${s.weights}. Not even the weights fit: they are ${s.over} more than the budget of ${s.budget}.`,
      chartAlt: (s) => `${s} The table below has every part in bytes.`,
      budgetMark: "budget",
      roof: "The least a decode step can take",
      card: "Card",
      bandwidth: "Bandwidth, GB/s",
      peak: "Peak, 10¹² operations/s",
      source: (text) => `From: ${text}`,
      ownCard: "Your own figures.",
      step: (s) =>
        `One step for ${s.sequences} sequences of ${s.context} tokens reads ${s.read} in ${s.reading} and computes ` +
        `${s.operations} operations in ${s.computing}. The longer one decides: ${s.seconds}, by ${s.bound}. That is at ` +
        `most ${s.speed} tokens a second, all sequences together.`,
      byReading: "reading",
      byComputing: "computing",
      stepKv: " The cache is counted in bf16 here, as lab 02's decode_step_seconds does, whatever is chosen above.",
      stepTooLarge: " But this load does not fit into the budget above.",
      python: "The same in Python",
      pythonNote: "In lab 02's folder, with your own functions. Each comment is what this page says.",
      copy: "Copy as Python",
      copied: "Copied",
      set: "Set this up",
      share: "The address of this page holds the setting: copy it to share it.",
      errors: {
        missing: (v) => `The config has no ${v.name}. Lab 02's functions need it.`,
        whole: (v) => `${v.name} is ${v.value}: write a whole number from 1 to 10,000,000.`,
        heads: (v) => `A hidden size of ${v.hidden} gives ${v.count} heads no width. Fewer heads, or a head dim of its own.`,
        large: () => "These numbers make a model beyond what can be counted exactly. Is there a zero too many?",
        width: (v) =>
          `int4-g128 needs widths that 128 divides, and this model has a matrix of ${v.width} inputs: ` +
          `${v.width} = ${Math.floor(v.width / 128)} · 128 + ${v.width % 128}. Another format fits; so would smaller groups.`,
        json: (v) => `This is not JSON: ${v.says}`,
        object: () => "A config.json is an object: it begins with { and ends with }.",
        experts: (v) => `This config has ${v.name}: a mixture of experts, which lab 02's cost model does not count.`,
        latent: (v) => `This config has ${v.name}: latent attention, whose cache lab 02's cost model does not count.`,
        setting: (v) => `${v.name}: write a ${v.whole ? "whole " : ""}number from ${v.low} to ${v.high}.`,
      },
    },
    es: {
      title: "Calculadora de memoria",
      model: "Modelo",
      own: "números propios",
      scheme: "Pesos",
      kv: "Caché KV",
      context: "Contexto, tokens por secuencia",
      sequences: "Secuencias a la vez",
      budget: "Presupuesto de memoria",
      unit: "Unidad",
      gb: "GB (10⁹ bytes)",
      gib: "GiB (2³⁰ bytes)",
      numbers: "Los números del modelo",
      numbersNote: "Cambia uno y el modelo pasa a ser tuyo.",
      fields: {
        hidden_size: "Hidden", intermediate_size: "Tamaño intermedio", num_hidden_layers: "Capas",
        num_attention_heads: "Cabezas", num_key_value_heads: "Cabezas KV", head_dim: "Head dim", vocab_size: "Vocabulario",
      },
      empty: { num_key_value_heads: "vacío: tantas como cabezas", head_dim: "vacío: hidden / cabezas" },
      flags: {
        tie_word_embeddings: "cabeza atada al embedding", qwen2: "sesgos en q, k, v, como Qwen2",
        attention_bias: "sesgos en q, k, v, o", mlp_bias: "sesgos en gate, up, down",
      },
      paste: "Pega un config.json",
      pasteLabel: "El texto del archivo",
      pasteUse: "Úsalo",
      pasteDone: (n) => `Listo: un modelo de ${n} parámetros.`,
      weights: "Pesos",
      perToken: "Caché por token",
      tokens: "Tokens que caben",
      most: (context) => `Secuencias de ${context} que caben`,
      blocks: (n) => `${n} bloques de 16`,
      bytes: "bytes",
      chart: "Qué hay en el presupuesto",
      parts: {
        codes: "Matrices", scales: "Sus escalas", embedding: "Embedding", lm_head: "Cabeza",
        rest: "Normas, sesgos", cache: "Caché de esta carga", free: "Sobra", missing: "Falta",
      },
      head: ["Parte", "Bytes", "Del presupuesto"],
      schemes: "La misma carga en cada formato",
      schemesHead: ["Pesos", "Tamaño", "Tokens", "Secuencias"],
      no: "–",
      fits: (s) =>
        `${s.model} en ${s.scheme} ocupa ${s.weights} de ${s.budget} (${s.share}). En el resto caben ${s.tokens} tokens de ` +
        `caché ${s.kv}, o ${s.most} secuencias de ${s.context}. Las tuyas (${s.sequences}) caben y sobran ${s.left}.`,
      crowded: (s) =>
        `${s.model} en ${s.scheme} ocupa ${s.weights} de ${s.budget} (${s.share}). En el resto caben ${s.tokens} tokens de ` +
        `caché ${s.kv}, o ${s.most} secuencias de ${s.context}. Las tuyas (${s.sequences}) no caben: faltan ${s.left}.`,
      heavy: (s) =>
        `${s.model} en ${s.scheme} ocupa ${s.weights}. No caben ni los pesos: pasan en ${s.over} del presupuesto de ${s.budget}.`,
      chartAlt: (s) => `${s} La tabla de abajo da cada parte en bytes.`,
      budgetMark: "presupuesto",
      roof: "Lo mínimo que puede durar un paso de decode",
      card: "Tarjeta",
      bandwidth: "Ancho de banda, GB/s",
      peak: "Pico, 10¹² operaciones/s",
      source: (text) => `Fuente: ${text}`,
      ownCard: "Tus propias cifras.",
      step: (s) =>
        `Un paso de ${s.sequences} secuencias de ${s.context} tokens lee ${s.read} en ${s.reading} y calcula ` +
        `${s.operations} operaciones en ${s.computing}. Decide lo que más tarda: ${s.seconds}, ${s.bound}. Eso da como ` +
        `mucho ${s.speed} tokens por segundo entre todas las secuencias.`,
      byReading: "la lectura",
      byComputing: "el cálculo",
      stepKv: " Aquí la caché se cuenta en bf16, como hace decode_step_seconds en el lab 02, elijas lo que elijas arriba.",
      stepTooLarge: " Pero esta carga no cabe en el presupuesto de arriba.",
      python: "Lo mismo en Python",
      pythonNote: "En la carpeta del lab 02, con tus propias funciones. Cada comentario es lo que dice esta página.",
      copy: "Copiar como Python",
      copied: "Copiado",
      set: "Ponlo así",
      share: "La dirección de esta página lleva lo que elegiste: cópiala para compartirlo.",
      errors: {
        missing: (v) => `A la configuración le falta ${v.name}. Las funciones del lab 02 lo necesitan.`,
        whole: (v) => `${v.name} es ${v.value}: escribe un número entero del 1 al 10,000,000.`,
        heads: (v) => `Con un hidden de ${v.hidden}, ${v.count} cabezas se quedan sin ancho. Pon menos, o un head dim propio.`,
        large: () => "Con estos números el modelo es mayor de lo que se puede contar exactamente. ¿Sobra algún cero?",
        width: (v) =>
          `int4-g128 necesita anchos que 128 divida, y este modelo tiene una matriz de ${v.width} entradas: ` +
          `${v.width} = ${Math.floor(v.width / 128)} · 128 + ${v.width % 128}. Sirve otro formato, o grupos más pequeños.`,
        json: (v) => `Esto no es JSON: ${v.says}`,
        object: () => "Un config.json es un objeto: empieza por { y acaba en }.",
        experts: (v) => `Esta configuración tiene ${v.name}: una mezcla de expertos, que el modelo de coste del lab 02 no cuenta.`,
        latent: (v) => `Esta configuración tiene ${v.name}: atención latente, cuya caché no cuenta el modelo de coste del lab 02.`,
        setting: (v) => `${v.name}: escribe un número${v.whole ? " entero" : ""} del ${v.low} al ${v.high}.`,
      },
    },
  };
})();
