/* The arithmetic of labs 01 and 03, to the last bit: codes, scales, errors, bytes.
 *
 * A number in JavaScript is a float64. Where the labs compute in float32, Math.fround rounds each step, which is what
 * float32 arithmetic gives for a single product or quotient. No page is touched here, so that tests can call it.
 */
(function () {
  "use strict";

  const f32 = Math.fround;
  const BITS = new DataView(new ArrayBuffer(8));

  /** Round to the nearest whole number, ties to even, as numpy's rint. */
  function rint(x) {
    const tie = Math.abs(x % 1) === 0.5;
    return tie ? 2 * Math.round(x / 2) : Math.round(x);
  }

  const ROUNDINGS = { nearest: rint, zero: Math.trunc, down: Math.floor };

  /** The nearest float16, ties to even; beyond 65504 by half a step or more it is infinite. */
  function float16(x) {
    if (x === 0 || !Number.isFinite(x)) return x;
    if (Math.abs(x) >= 65520) return x < 0 ? -Infinity : Infinity;
    BITS.setFloat64(0, x);
    const exponent = ((BITS.getUint16(0) >> 4) & 0x7ff) - 1023;
    const step = 2 ** (Math.max(exponent, -14) - 10); // below 2**-14 all float16 are multiples of 2**-24
    return rint(x / step) * step;
  }

  function largest(values) {
    return values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  }

  /** How many neighbouring columns of a row share a scale. */
  function groupSize(columns, granularity) {
    return typeof granularity === "number" ? granularity : columns;
  }

  /** absmax / qmax as it is stored: float32 in lab 01, float16 in lab 03. */
  function storedScale(absmax, qmax, granularity) {
    if (typeof granularity !== "number") return f32(absmax / qmax) || 1; // all zero: 1 divides safely
    const scale = float16(Math.max(absmax / qmax, 2 ** -24));
    if (!Number.isFinite(scale)) throw new RangeError("w holds values whose scale is beyond float16");
    return scale;
  }

  /**
   * Quantize a matrix (rows of numbers, read as float32).
   * granularity: "tensor" and "channel" are lab 01's quantize_per_tensor and quantize_per_channel; a number is lab 03's
   * quantize_groupwise with that group size. rounding: "nearest", or a slip: "zero" (a bare cast) or "down" (floor).
   * Gives codes and approx (both like w) and scales, one list a row; "tensor" repeats its only scale in each row.
   */
  function quantize(w, { bits = 8, granularity = "tensor", rounding = "nearest" } = {}) {
    const qmax = 2 ** (bits - 1) - 1;
    const size = groupSize(w[0].length, granularity);
    if (w[0].length % size) throw new RangeError(`group_size must divide the ${w[0].length} columns, got ${size}`);
    const rows = w.map((row) => row.map(f32));
    const whole = granularity === "tensor" ? storedScale(largest(rows.flat()), qmax, granularity) : null;
    const scales = rows.map((row) =>
      Array.from({ length: row.length / size }, (_, group) =>
        whole === null ? storedScale(largest(row.slice(group * size, (group + 1) * size)), qmax, granularity) : whole,
      ),
    );
    const scaleOf = (i, j) => scales[i][Math.floor(j / size)];
    const code = (x, scale) => Math.min(qmax, Math.max(-qmax, ROUNDINGS[rounding](f32(x / scale)))) || 0; // never -0
    const codes = rows.map((row, i) => row.map((x, j) => code(x, scaleOf(i, j))));
    const approx = codes.map((row, i) => row.map((q, j) => f32(q * scaleOf(i, j))));
    return { codes, scales, approx, qmax };
  }

  function ratio(error, size) {
    if (error === 0) return 0;
    return size === 0 ? Infinity : error / size;
  }

  /** ||r - a|| / ||r|| over the pairs that `keep` keeps. */
  function pairsError(reference, approximation, keep = () => true) {
    let error = 0;
    let size = 0;
    reference.forEach((r, j) => {
      if (!keep(j)) return;
      error += (r - approximation[j]) ** 2;
      size += r ** 2;
    });
    return ratio(Math.sqrt(error), Math.sqrt(size));
  }

  /** Lab 01's relative_error: one number for the matrix. */
  function relativeError(reference, approximation) {
    return pairsError(reference.flat(), approximation.flat());
  }

  /** Lab 01's row_relative_error: one number a row, in float32. */
  function rowRelativeError(reference, approximation) {
    return reference.map((row, i) => f32(pairsError(row, approximation[i])));
  }

  /** What the weights take when codes lie without gaps: bits a weight and bytes, scales counted. */
  function storage(rows, columns, { bits, granularity }) {
    const scaleBits = typeof granularity === "number" ? 16 : 32;
    const scales = granularity === "tensor" ? 1 : (rows * columns) / groupSize(columns, granularity);
    const total = rows * columns * bits + scales * scaleBits;
    return { scales, scaleBits, bytes: total / 8, bitsPerWeight: total / (rows * columns) };
  }

  /** A repeatable stream of 32-bit numbers (mulberry32): integers only, so every browser draws the same. */
  function stream(seed) {
    let state = seed | 0;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return (t ^ (t >>> 14)) >>> 0;
    };
  }

  /**
   * A small bell-shaped matrix: sums of twelve uniform numbers less six, to two decimals, at most 2.95.
   * The loudest weight of each row is positive, so that every row's outlier grows to the right.
   */
  function matrix(seed, rows = 6, columns = 16) {
    const next = stream(seed);
    const draw = () => {
      let sum = 0;
      for (let k = 0; k < 12; k += 1) sum += next() / 2 ** 32;
      return Math.max(-2.95, Math.min(2.95, Math.floor((sum - 6) * 100 + 0.5) / 100));
    };
    return Array.from({ length: rows }, () => {
      const row = Array.from({ length: columns }, draw);
      return row[loudest(row)] < 0 ? row.map((x) => -x || 0) : row;
    });
  }

  /** The column of a row's largest magnitude; the first of equals. */
  function loudest(row) {
    return row.reduce((best, x, j) => (Math.abs(x) > Math.abs(row[best]) ? j : best), 0);
  }

  /** The matrix with one weight (the loudest of `row`) or a whole row made `times` times louder, in float32. */
  function louder(w, { row, times, whole = false }) {
    const column = loudest(w[row]);
    return w.map((values, i) => values.map((x, j) => f32(i === row && (whole || j === column) ? f32(x) * times : x)));
  }

  function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * Everything the playground shows for one setting {row, times, whole, bits, granularity, rounding}.
   * quiet: per row, the error of its weights without the outlier; zeros: how many of those have the code 0,
   * of the `counted` ones that are not 0 themselves.
   * The quiet rows are all but the loud one; quietRow is the median of their errors.
   */
  function study(base, setting) {
    const w = louder(base, setting);
    const result = quantize(w, setting);
    const outlier = loudest(base[setting.row]);
    const isQuiet = (i) => (j) => setting.whole || i !== setting.row || j !== outlier;
    const rowErrors = rowRelativeError(w, result.approx);
    const kept = w.map((row, i) => row.map((_, j) => j).filter((j) => isQuiet(i)(j) && row[j] !== 0));
    return Object.assign(result, {
      w,
      outlier,
      rowErrors,
      quiet: w.map((row, i) => pairsError(row, result.approx[i], isQuiet(i))),
      zeros: kept.map((columns, i) => columns.filter((j) => result.codes[i][j] === 0).length),
      counted: kept.map((columns) => columns.length),
      error: relativeError(w, result.approx),
      quietRow: median(rowErrors.filter((_, i) => i !== setting.row)),
      storage: storage(w.length, w[0].length, setting),
    });
  }

  const labs = (globalThis.quantizationLabs = globalThis.quantizationLabs || {});
  labs.numerics = {
    rint, float16, quantize, relativeError, rowRelativeError, storage, matrix, loudest, louder, median, study,
  };
})();
