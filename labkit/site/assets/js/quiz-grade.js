// Whether an answer is right: the same rules as labkit/quizzes/grade.py, which a test holds side by side with these.
"use strict";

(() => {
  // Python's \w and \b, which know every alphabet; JavaScript's own know only English letters.
  const W = "\\p{L}\\p{N}_";
  const EDGE = `(?:(?<=[${W}])(?![${W}])|(?<![${W}])(?=[${W}]))`;
  const NEGATIONS =
    `not|never|no|neither|nor|without|cannot|[${W}]+n t|dont|doesnt|isnt|wont|cant|rather than|instead of` +
    "|nunca|jamas|tampoco|ni|sin|en vez de|en lugar de";
  // "not only the bytes" affirms the bytes; "no longer", "no matter" deny something else.
  const NO_NEGATION =
    `(?:not|no) (?:only|just|merely|simply|solo|solamente|unicamente|tanto|matter|doubt|obstante)${EDGE}`;
  const STOPS = `(?!but${EDGE}|sino${EDGE}|pero${EDGE}|only${EDGE})`;
  const NEGATED = new RegExp(`${EDGE}(?!${NO_NEGATION})(?:${NEGATIONS})(?: ${STOPS}[${W}]+){0,3} $`, "u");

  // Lower case, no accents.
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{Mn}/gu, "");
  const squeezed = (text) => text.trim().split(/\s+/).filter(Boolean);

  // Plain words; a clause ends in " , " so that a negation does not reach beyond it.
  function sentencesOf(text) {
    return text.split(/[!?\n]|[.](?=\s|$)/).map((sentence) => {
      const clauses = plain(sentence).replace(/[,;:()—–]|\s-\s/g, " , ");
      return squeezed(clauses.replace(new RegExp(`[^${W},.%/+]`, "gu"), " ")).join(" ") + " ";
    });
  }

  // Each word of a phrase may go on ("byte" is in "bytes"); "a … b" is a, then b in the same sentence.
  function pattern(phrase) {
    const parts = phrase.split(/…|\.\.\./).map((part) => {
      const words = squeezed(plain(part).replace(new RegExp(`[^${W}.%/+]`, "gu"), " "));
      return words.map((word) => `${EDGE}${word.replace(/[.+/]/g, "\\$&")}[${W}/+]*`).join(" (?:, )?");
    });
    return new RegExp(parts.filter(Boolean).join(`${EDGE}[^\\n]*?`), "gu");
  }

  function names(idea, sentences) {
    const excluded = idea.excluded.map(pattern);
    return sentences.some((sentence) => {
      const barred = excluded.flatMap((each) =>
        [...sentence.matchAll(each)].map((match) => [match.index, match.index + match[0].length]),
      );
      return idea.phrases.some((phrase) =>
        [...sentence.matchAll(pattern(phrase))].some(
          ({ index }) =>
            !barred.some(([start, end]) => start <= index && index < end) && !NEGATED.test(sentence.slice(0, index)),
        ),
      );
    });
  }

  function free(item, answer) {
    // A slip of the finger is not an answer.
    if ((answer.match(/[\p{L}\p{Nl}\p{No}_]{2,}/gu) || []).length < 2) return { unreadable: "words" };
    const sentences = sentencesOf(answer);
    const named = item.ideas.map((idea) => names(idea, sentences));
    return { right: named.every(Boolean), named };
  }

  function choices(item, chosen) {
    if (!chosen.length) return { unreadable: item.kind === "single" ? "choice" : "choices" };
    const wrong = chosen.filter((place) => !item.right.includes(place));
    const hits = chosen.length - wrong.length;
    return { right: !wrong.length && hits === item.right.length, chosen, wrong, hits };
  }

  const DIGITS = "\\d+(?:[ \\u00a0\\u202f'_]\\d{3})*(?:[.,]\\d+)*";
  const POWER = "(?:\\*\\*|\\^)\\(?[-+]?\\d+\\)?";
  const WRITTEN = new RegExp(
    `(?<sign>[-+−]?)\\s*(?:(?<top>${DIGITS})\\s*/\\s*(?<bottom>${DIGITS})` +
      `|(?<base>${DIGITS})(?<power>${POWER})` +
      `|(?<number>${DIGITS}|[.,]\\d+)(?:e(?<exponent>[-+]?\\d+)|\\s*[x×*·]\\s*10(?<ten>${POWER}))?)` +
      "(?<percent>\\s*%)?",
    "giu",
  );
  // "int8 gives 20", "a 4-bit code of 7": numbers that belong to names.
  const NAMES = new RegExp(
    `${EDGE}[A-Za-zÀ-ÿ]+\\d[${W}]*${EDGE}|${EDGE}[${W}]*\\d+-?[a-z]*bits?${EDGE}(?=[^\\n]*\\d)`,
    "gu",
  );

  // Every number that an answer may mean, [] if it holds none or several: "4,125" is 4.125 or 4125.
  function readings(answer) {
    const text = answer.trim().replace(NAMES, " ").replace(/[.,;!]+$/, "");
    const found = [...text.matchAll(WRITTEN)];
    if (found.length !== 1) return [];
    const part = found[0].groups;
    const sign = part.sign === "-" || part.sign === "−" ? -1 : 1;
    const values = valuesOf(part).map((value) => sign * value);
    if (!values.every(Number.isFinite)) return [];
    return part.percent ? [...values, ...values.map((value) => value / 100)] : values;
  }

  function valuesOf(part) {
    if (part.bottom) return meanings(part.top).flatMap((top) => meanings(part.bottom).map((bottom) => top / bottom));
    if (part.power) return meanings(part.base).map((base) => base ** exponentOf(part.power));
    const exponent = Number(part.exponent || 0) + (part.ten ? exponentOf(part.ten) : 0);
    return meanings(part.number).map((value) => value * 10 ** exponent);
  }

  const exponentOf = (power) => Number(power.match(/[-+]?\d+/)[0]);

  // Points and commas are decimal signs or separate thousands.
  function meanings(written) {
    const digits = written.replace(/[ \u00a0\u202f'_]/g, "");
    const signs = digits.match(/[.,]/g) || [];
    const kinds = new Set(signs).size;
    const grouped = /^[1-9]\d{0,2}(?:[.,]\d{3})+$/.test(digits) && kinds === 1;
    if (!signs.length) return [Number(digits)];
    if (signs.length === 1) {
      const decimal = Number(digits.replace(",", "."));
      return grouped ? [decimal, Number(digits.replace(signs[0], ""))] : [decimal];
    }
    if (grouped) return [Number(digits.replace(/[.,]/g, ""))];
    const last = signs[signs.length - 1];
    if (kinds === 2 && signs.filter((sign) => sign === last).length === 1) {
      return [Number(digits.replaceAll(signs[0], "").replace(last, "."))]; // 1,234.5 or 1.234,5
    }
    return [];
  }

  // Slips that a number shows by how far it is off, each with the words for it.
  const SLIPS = [
    [-1, "sign"], [2, "twice"], [1 / 2, "half"], [8, "bits"], [1 / 8, "bytes"], [10, "ten"], [1 / 10, "tenth"],
    [100, "percent"], [1 / 100, "fraction"], [1000, "thousand"], [1 / 1000, "thousandth"],
    ...[1, 2, 3].flatMap((n) => [[1.024 ** n, "binary"], [1.024 ** -n, "binary"]]),
    ...[1, 2, 3].flatMap((n) => [[1024 ** n, "prefix"], [1024 ** -n, "prefix"]]),
    ...[6, 9].flatMap((n) => [[10 ** n, "prefix"], [10 ** -n, "prefix"]]),
  ];

  function slipOf(item, value) {
    const ratio = value / item.value;
    const room = Math.max(item.tolerance / Math.abs(item.value), 0.002);
    const known = SLIPS.find(([by]) => Math.abs(ratio / by - 1) <= room && Math.abs(by - 1) > 3 * room);
    if (known) return known[1];
    return ratio < 0 ? "side" : Math.abs(value) > Math.abs(item.value) ? "large" : "small";
  }

  function numeric(item, answer) {
    const candidates = readings(answer);
    if (!candidates.length) return { unreadable: "number" };
    const scale = answer.match(/(?<![A-Za-z])([kKMGTP]i?)(?:B|b|bytes?|bits?)(?![\p{L}\p{N}_])/u);
    if (scale && !Object.values(item.unit).some((unit) => unit.includes(scale[1]))) return { unreadable: "unit" };
    const off = (value) => Math.abs(value - item.value);
    const value = candidates.reduce((best, each) => (off(each) < off(best) ? each : best));
    const right = off(value) <= item.tolerance + 1e-9 * Math.abs(item.value);
    return { right, value, slip: right ? null : slipOf(item, value) };
  }

  // `answer`: the places of the choices taken, from 0, or the text as typed.
  // Gives {right, …} or {unreadable: why}, for an answer that is asked for again and costs nothing.
  LabQuiz.grade = (item, answer) =>
    item.kind === "numeric" ? numeric(item, answer) : item.kind === "free" ? free(item, answer) : choices(item, answer);
})();
