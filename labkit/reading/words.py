"""What `lab plan` writes into a plan, in both languages. The plans' own words stand in their starter files."""

from __future__ import annotations

WORDS = {
    "en": {
        "not computable": "not computable: {why}",
        "not written": "not computable: {function} of lab {lab} is not written yet",
        "not measured": "not measured",
        "no measurement": "not measured: data/measurements/{name}.json is not here",
        "failed": "not measured: {why}",
        "load": "{model}, {tokens} tokens",
        "weights": "BF16 {base} bytes; INT8 saves {int8}; INT4 in groups of 128 saves {int4}",
        "saving": "{saved} bytes ({share})",
        "activations": "0 bytes at rest: the cost model keeps none. In flight the widest layer's input, {width} "
                       "numbers a token, takes {base} bytes in BF16 and {int8} in INT8 with a float32 scale a "
                       "token, until that layer is done",
        "cache": "BF16 {token} bytes a token, {base} in all; FP8 or INT8 saves {saved}, scales not counted",
        "window": "the cache of {model} is a sliding window of {window} tokens, which the cost model does not count",
        "kernel": "not computable: look it up in the engine's documentation and in its start-up log",
        "evaluation": "not computable: it depends on the workload",
        "bytes": "weights {weights} bytes, × {ratio} of BF16",
        "baseline": "weights {weights} bytes, cache {token} bytes a token",
        "cached": "{token} bytes a token, × {ratio} of BF16; weights unchanged",
        "models": "bytes: {model} (computed); quality: clerk-2m; speed: a random Llama, hidden {hidden}, {layers} "
                  "layers. Not one model: the captured run breaks this rule",
        "tokenizer": "clerk-2m's own, for both models",
        "eval set": "{prompts} held-out prompts of each of clerk-2m's tasks",
        "lengths": "prompts: not recorded; new tokens a sequence when speed is timed: {new}",
        "sampling": "greedy, temperature 0",
        "engine": "vLLM {vllm}, eager, torch {torch}",
        "hardware": "{cpu}, {threads} thread, shared with others: read ratios",
        "quality": "exact match {exact}, perplexity {perplexity}",
        "elsewhere": "not measured on {model}; clerk-2m: {cell}",
        "memory": "peak not measured; computed, weights and {tokens} tokens of cache: {bytes} bytes",
        "capacity": "random Llama in {budget} bytes: weights {weights}, room for {tokens} tokens",
        "random": "random Llama, {cell}",
        "tpot": "batch 1: {ms} ms, which is 1 / (tokens/s)",
        "speed": "batch {batch}: {middle}",
        "ratio": "batch {batch}: {middle}, × {ratio} [{least}–{most}]",
        "path": "not recorded by the run; in vLLM's source: `{kernel}`",
        "no path": "not recorded by the run",
        "made": "Computed by `{command}` with the functions of lab 02 ({impl}); weights hold their scales, tables and "
                "norms in 16 bits.",
        "captured": "Captured by `{command}` on {cpu}, {cores} cores, {threads} thread (vLLM {vllm}, torch {torch}, "
                    "Python {python}); {repeats} rounds, median and in brackets the least and the most; INT8 is W8A8, "
                    "the cache FP8. Stored in data/measurements/{name}.json. No GPU was measured.",
    },
    "es": {
        "not computable": "no se puede calcular: {why}",
        "not written": "no se puede calcular: {function} del laboratorio {lab} aún no está escrita",
        "not measured": "sin medir",
        "no measurement": "sin medir: falta data/measurements/{name}.json",
        "failed": "sin medir: {why}",
        "load": "{model}, {tokens} tokens",
        "weights": "BF16 {base} bytes; INT8 ahorra {int8}; INT4 en grupos de 128 ahorra {int4}",
        "saving": "{saved} bytes ({share})",
        "activations": "0 bytes en reposo: el modelo de coste no guarda ninguna. En curso, la entrada de la capa más "
                       "ancha, {width} números por token, ocupa {base} bytes en BF16 y {int8} en INT8 con una escala "
                       "float32 por token, hasta que esa capa termina",
        "cache": "BF16 {token} bytes por token, {base} en total; FP8 o INT8 ahorra {saved}, sin contar las escalas",
        "window": "la caché de {model} es una ventana deslizante de {window} tokens, que el modelo de coste no cuenta",
        "kernel": "no se puede calcular: búscalo en la documentación del motor y en su registro de arranque",
        "evaluation": "no se puede calcular: depende de la carga",
        "bytes": "pesos {weights} bytes, × {ratio} de BF16",
        "baseline": "pesos {weights} bytes, caché {token} bytes por token",
        "cached": "{token} bytes por token, × {ratio} de BF16; los pesos no cambian",
        "models": "bytes: {model} (calculado); calidad: clerk-2m; velocidad: un Llama aleatorio, hidden {hidden}, "
                  "{layers} capas. No es un solo modelo: la medición guardada incumple esta regla",
        "tokenizer": "el de clerk-2m, para los dos modelos",
        "eval set": "{prompts} preguntas no vistas de cada tarea de clerk-2m",
        "lengths": "prompts: sin registrar; tokens nuevos por secuencia al medir la velocidad: {new}",
        "sampling": "voraz (greedy), temperatura 0",
        "engine": "vLLM {vllm}, eager, torch {torch}",
        "hardware": "{cpu}, {threads} hilo, compartida con otros: lee las razones",
        "quality": "respuestas exactas {exact}, perplejidad {perplexity}",
        "elsewhere": "sin medir en {model}; clerk-2m: {cell}",
        "memory": "máximo sin medir; calculado, pesos y {tokens} tokens de caché: {bytes} bytes",
        "capacity": "Llama aleatorio en {budget} bytes: pesos {weights}, sitio para {tokens} tokens",
        "random": "Llama aleatorio, {cell}",
        "tpot": "lote 1: {ms} ms, es decir, 1 / (tokens/s)",
        "speed": "lote {batch}: {middle}",
        "ratio": "lote {batch}: {middle}, × {ratio} [{least}–{most}]",
        "path": "la ejecución no lo registró; en el código de vLLM: `{kernel}`",
        "no path": "la ejecución no lo registró",
        "made": "Calculado con `{command}` y las funciones del laboratorio 02 ({impl}); los pesos incluyen sus "
                "escalas, y las tablas y las normas van en 16 bits.",
        "captured": "Medido con `{command}` en {cpu}, {cores} núcleos, {threads} hilo (vLLM {vllm}, torch {torch}, "
                    "Python {python}); {repeats} rondas, mediana y, entre corchetes, el menor y el mayor; INT8 es "
                    "W8A8, la caché FP8. Guardado en data/measurements/{name}.json. No se midió ninguna GPU.",
    },
}  # fmt: skip
