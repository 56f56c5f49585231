/* The playground's words, English and Spanish side by side. */
(function () {
  "use strict";

  const labs = (globalThis.quantizationLabs = globalThis.quantizationLabs || {});
  labs.playgroundWords = {
    en: {
      title: "Scale and grid playground",
      loud: "What is loud",
      weight: "one weight",
      wholeRow: "its whole row",
      oneOf: "one weight of",
      allOf: "all of",
      row: "In row",
      times: "How many times louder",
      grow: "▶ Make it louder",
      stop: "■ Stop",
      reset: "Start over",
      another: "Another matrix",
      scales: "Scales",
      tensor: "per tensor",
      channel: "per channel",
      group8: "groups of 8",
      group4: "groups of 4",
      bits: "Bits",
      rounding: "Rounding",
      nearest: "nearest",
      zero: "slip: towards zero",
      down: "slip: down",
      meterGlobal: "Whole matrix, relative error",
      meterQuiet: "Quiet rows, median error",
      meterZeros: "Quiet weights with code 0",
      meterBits: "Bits a weight, scales counted",
      bytes: (n) => `${n} bytes for 96 weights`,
      scaleCount: (n, bits) => (n === 1 ? `1 scale of ${bits} bits` : `${n} scales of ${bits} bits`),
      of: (a, b) => `${a} of ${b}`,
      strips: "Each row's weights, and where the grid puts them",
      stripsHelp:
        "Above, the weights as they are; below, the grid with what is left of them. A hollow dot has the code 0. " +
        "The shaded part is logarithmic. Drag the outlier, or focus it and press the arrow keys.",
      stripsWhole: (row, times) => ` Row ${row} is drawn ${times} times smaller, to have it fit.`,
      handle: "The outlier: left and right change its size, up and down its row",
      handleText: (row, times) => `row ${row}, ${times} times louder`,
      rowName: (n) => `Row ${n}`,
      steps: (n) => `${n} scales`,
      beside: (error) => `beside it: ${error}`,
      curve: "The same numbers, for every size of the outlier",
      curveAlt: (global, quiet, own) =>
        `Relative errors against the size of the outlier, from 1 to 1000 times. The whole matrix goes from ` +
        `${global[0]} through at most ${global[1]} to ${global[2]}; the median quiet row from ${quiet[0]} to ${quiet[2]}` +
        (own ? `; the weights beside the outlier from ${own[0]} to ${own[2]}.` : "."),
      lineGlobal: "whole matrix",
      lineQuiet: "median quiet row",
      lineOwn: "weights beside the outlier",
      axisTimes: "times louder",
      table: "The same as a table",
      head: ["Row", "Scale", "Row's error", "Without the outlier", "Code 0"],
      codes: "Codes",
      set: "Set this up",
      setting: (s) => `${s.scales}, ${s.bits} bits, ${s.what} row ${s.row} made ${s.times} times louder`,
      slip: (name) => `, rounded ${name === "zero" ? "towards zero" : "down"}`,
      untouched: (s) => `${s.scales}, ${s.bits} bits, nothing made louder`,
      finding: (s) =>
        `${s.setup}: the whole matrix is off by ${s.global}, the median quiet row by ${s.quiet}, and ${s.zeros} of ` +
        `${s.counted} quiet weights have the code 0.`,
      agree: " So far the two numbers agree.",
      blind: " The global error does not see it: the loud weight is nearly all of the norm.",
      rowPays: (s) =>
        ` Only row ${s.row} pays: the ${s.others} weights beside the outlier have lost ${s.own}, while the row's own ` +
        `error says ${s.ownRow}. It is as blind as the global one.`,
      groupPays: (s) =>
        ` Only the outlier's own group of ${s.size} pays. Of all the weights beside it in row ${s.row} that is ${s.own}.`,
      nobody: " Each row has scales of its own, so no row pays for another.",
      slipSays: " Compare with nearest: this is the price of a cast without rounding.",
    },
    es: {
      title: "Juega con la escala y la rejilla",
      loud: "Qué es fuerte",
      weight: "un peso",
      wholeRow: "toda su fila",
      oneOf: "un peso de",
      allOf: "toda",
      row: "En la fila",
      times: "Cuántas veces más fuerte",
      grow: "▶ Hazlo más fuerte",
      stop: "■ Para",
      reset: "Volver a empezar",
      another: "Otra matriz",
      scales: "Escalas",
      tensor: "por tensor",
      channel: "por canal",
      group8: "grupos de 8",
      group4: "grupos de 4",
      bits: "Bits",
      rounding: "Redondeo",
      nearest: "al más cercano",
      zero: "desliz: hacia cero",
      down: "desliz: hacia abajo",
      meterGlobal: "Matriz entera, error relativo",
      meterQuiet: "Filas débiles, error mediano",
      meterZeros: "Pesos débiles con código 0",
      meterBits: "Bits por peso, con las escalas",
      bytes: (n) => `${n} bytes para 96 pesos`,
      scaleCount: (n, bits) => (n === 1 ? `1 escala de ${bits} bits` : `${n} escalas de ${bits} bits`),
      of: (a, b) => `${a} de ${b}`,
      strips: "Los pesos de cada fila y adónde los lleva la rejilla",
      stripsHelp:
        "Arriba, los pesos como son; abajo, la rejilla con lo que queda de ellos. Un punto hueco tiene el código 0. " +
        "La parte sombreada es logarítmica. Arrastra el peso fuerte, o pon el foco en él y usa las flechas.",
      stripsWhole: (row, times) => ` La fila ${row} está dibujada ${times} veces más pequeña, para que quepa.`,
      handle: "El peso fuerte: izquierda y derecha cambian su tamaño, arriba y abajo su fila",
      handleText: (row, times) => `fila ${row}, ${times} veces más fuerte`,
      rowName: (n) => `Fila ${n}`,
      steps: (n) => `${n} escalas`,
      beside: (error) => `a su lado: ${error}`,
      curve: "Los mismos números, para cada tamaño del peso fuerte",
      curveAlt: (global, quiet, own) =>
        `Errores relativos frente al tamaño del peso fuerte, de 1 a 1000 veces. La matriz entera va de ${global[0]}, ` +
        `pasando por ${global[1]} como mucho, a ${global[2]}; la fila débil mediana, de ${quiet[0]} a ${quiet[2]}` +
        (own ? `; los pesos junto al fuerte, de ${own[0]} a ${own[2]}.` : "."),
      lineGlobal: "matriz entera",
      lineQuiet: "fila débil mediana",
      lineOwn: "pesos junto al fuerte",
      axisTimes: "veces más fuerte",
      table: "Lo mismo en una tabla",
      head: ["Fila", "Escala", "Error de la fila", "Sin el peso fuerte", "Código 0"],
      codes: "Códigos",
      set: "Ponlo así",
      setting: (s) => `${s.scales}, ${s.bits} bits, ${s.what} la fila ${s.row}, ${s.times} veces más fuerte`,
      slip: (name) => `, redondeo hacia ${name === "zero" ? "cero" : "abajo"}`,
      untouched: (s) => `${s.scales}, ${s.bits} bits, sin nada más fuerte`,
      finding: (s) =>
        `${s.setup}: la matriz entera se desvía un ${s.global}; la fila débil mediana, un ${s.quiet}; y ${s.zeros} de ` +
        `${s.counted} pesos débiles tienen el código 0.`,
      agree: " Por ahora los dos números coinciden.",
      blind: " El error global no lo ve: casi toda la norma es del peso fuerte.",
      rowPays: (s) =>
        ` Solo paga la fila ${s.row}: los ${s.others} pesos que acompañan al fuerte han perdido un ${s.own}, mientras ` +
        `que el error de la propia fila dice ${s.ownRow}. Es tan ciego como el global.`,
      groupPays: (s) =>
        ` Solo paga el grupo de ${s.size} del peso fuerte. De todos los pesos que lo acompañan en la fila ${s.row} es un ${s.own}.`,
      nobody: " Cada fila tiene sus propias escalas, así que ninguna paga por otra.",
      slipSays: " Compara con «al más cercano»: esto cuesta convertir sin redondear.",
    },
  };
})();
