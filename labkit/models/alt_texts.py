"""The words for each figure, for those who cannot see it: what is drawn, then what it shows."""

ALT = {
    "error-and-bits": {
        "en": "Two charts against bits a code, 2 to 8, one line for each granularity of the scales. Left: the "
        "relative error of the weights halves with each bit, and is smaller the finer the scales. Right: the "
        "perplexity lies on that of bf16 from 8 bits down to 4, and rises steeply below, first for one scale "
        "a matrix.",
        "es": "Dos gráficas según los bits por código, de 2 a 8, con una línea por granularidad de las escalas. "
        "Izquierda: el error relativo de los pesos se reduce a la mitad con cada bit y es menor cuanto más "
        "finas son las escalas. Derecha: la perplejidad coincide con la de bf16 desde 8 bits hasta 4 y por "
        "debajo sube en picado, primero con una escala por matriz.",
    },
    "loud-row": {
        "en": "Left: the relative error of each row of a matrix in which one row is 1000 times louder. With one "
        "scale a matrix every quiet row has an error of 100 %, with one scale a row about one percent. Right: "
        "as the loud row grows, the quiet rows' error climbs to 100 % while the error of the whole matrix "
        "stays small and even falls.",
        "es": "Izquierda: el error relativo de cada fila de una matriz en la que una fila es 1000 veces más fuerte. "
        "Con una escala por matriz, todas las filas débiles tienen un error del 100 %; con una por fila, "
        "alrededor del uno por ciento. Derecha: según crece la fila fuerte, el error de las débiles sube "
        "hasta el 100 % mientras que el de la matriz entera sigue siendo pequeño e incluso baja.",
    },
    "outlier-channels": {
        "en": "Activations of the second block by channel and token, before and after smoothing. Before, three "
        "channels stand out as stripes some eighty times louder than the rest. After, all channels are of one "
        "order.",
        "es": "Activaciones del segundo bloque por canal y token, antes y después del suavizado. Antes, tres "
        "canales destacan como franjas unas ochenta veces más fuertes que el resto. Después, todos son del "
        "mismo orden.",
    },
    "how-loud": {
        "en": "Perplexity against the loudness of three channels. W8A8 with one scale a tensor rises first, with "
        "one scale a token later, and both end beyond a blind guess. With int8 weights alone, and with W8A8 "
        "after smoothing, the perplexity stays flat throughout.",
        "es": "Perplejidad según lo fuertes que son tres canales. W8A8 con una escala por tensor es el primero en "
        "subir, con una escala por token sube más tarde, y ambos acaban peor que adivinar a ciegas. Con solo "
        "los pesos en int8, y con W8A8 tras el suavizado, la perplejidad se mantiene plana.",
    },
    "pareto": {
        "en": "Left: bytes of the whole model against the divergence from bf16, one point a scheme; it grows from "
        "step to step as the model shrinks to a quarter. Right: the schemes of 3 and 4 bits near by, against "
        "bits a weight; GPTQ lies below rounding to nearest (RTN) and below AWQ, by about half.",
        "es": "Izquierda: bytes del modelo entero frente a la divergencia respecto a bf16, un punto por esquema; "
        "crece paso a paso mientras el modelo se queda en un cuarto. Derecha: los esquemas de 3 y 4 bits de "
        "cerca, según los bits por peso; GPTQ queda por debajo del redondeo al más cercano (RTN) y de AWQ, "
        "más o menos a la mitad.",
    },
    "cache-and-context": {
        "en": "Divergence from a 16-bit KV cache against the context, 32 to 256 tokens, one colour a width. At 8 "
        "bits it is near nothing, at 4 and 3 bits small, at 2 bits large; there a scale a key channel lies "
        "clearly below a scale a token.",
        "es": "Divergencia respecto a una caché KV de 16 bits frente al contexto, de 32 a 256 tokens, un color por "
        "anchura. A 8 bits es casi nula, a 4 y 3 bits pequeña, a 2 bits grande; ahí una escala por canal de "
        "las claves queda claramente por debajo de una por token.",
    },
}
