/* The calculator's drawing and tables: what the budget holds, part by part. */
(function () {
  "use strict";

  const labs = globalThis.quantizationLabs;
  const { el, svg, set, percent, thousands } = labs.page;
  const PARTS = ["codes", "scales", "embedding", "lm_head", "rest", "cache"];
  const LETTERS = {
    codes: "A", scales: "B", embedding: "C", lm_head: "D", rest: "E", cache: "F", free: "G", missing: "!",
  };

  /** [name, bytes] of what the bar shows; what is missing lies beyond the budget and is no part of its own there. */
  function parts(fit) {
    const sizes = { ...fit.parts, cache: fit.cache };
    const shown = PARTS.map((name) => [name, sizes[name]]);
    return fit.left >= 0 ? [...shown, ["free", fit.left]] : shown;
  }

  labs.calculatorBar = function (host, words) {
    const body = svg("g", { "aria-hidden": "true" });
    const root = svg("svg", { class: "ql-stack", role: "img" }, body);
    host.append(root);
    let width = 0;
    let last = null;

    function draw(fit, budget, said) {
      last = [fit, budget, said];
      if (!width || !fit) return;
      const all = parts(fit);
      const whole = all.reduce((sum, [, bytes]) => sum + bytes, 0);
      const x = (bytes) => 1 + (bytes / whole) * (width - 2);
      body.replaceChildren();
      let from = 0;
      all.forEach(([name, bytes]) => {
        const [left, right] = [x(from), x(from + bytes)];
        from += bytes;
        if (!bytes) return;
        const gap = right - left > 3 ? 1 : 0;
        const shape = { x: left + gap / 2, y: 20, width: Math.max(0.6, right - left - gap), height: 44 };
        body.append(svg("rect", { class: `ql-part ql-part-${name}`, ...shape }));
        if (right - left > 16) {
          const text = { x: (left + right) / 2, y: 47, "text-anchor": "middle", class: `ql-letter ql-letter-${name}` };
          body.append(svg("text", text, LETTERS[name]));
        }
      });
      const edge = x(Math.min(budget, whole));
      const over = { class: "ql-over", x: edge, y: 66, width: width - 1 - edge, height: 5 };
      if (budget < whole) body.append(svg("rect", over));
      body.append(svg("path", { class: "ql-budget", d: `M${edge} 14V74` }));
      const atEnd = edge > width - 60;
      const mark = { x: atEnd ? width : Math.max(40, edge), y: 10, "text-anchor": atEnd ? "end" : "middle" };
      body.append(svg("text", mark, words.budgetMark));
      root.setAttribute("aria-label", words.chartAlt(said));
    }

    labs.page.onWidth(host, (measured) => {
      width = measured;
      set(root, { width, height: 78, viewBox: `0 0 ${width} 78` });
      if (last) draw(...last);
    });
    return { draw };
  };

  /** A table with a head; gives {box, fill(rows)}. The first column is words, the others are numbers. */
  labs.calculatorTable = function (head, label) {
    const body = el("tbody", null);
    const side = (i) => ({ class: i ? "ql-right" : null });
    const cells = head.map((text, i) => el("th", { scope: "col", ...side(i) }, text));
    const table = el("table", { class: "ql-table" }, el("thead", null, el("tr", null, ...cells)), body);
    const box = el("div", { class: "ql-scroll", tabindex: 0, role: "region", "aria-label": label }, table);
    const fill = (rows) =>
      body.replaceChildren(
        ...rows.map(({ cells: row, chosen }) =>
          el("tr", chosen ? { class: "ql-chosen", "aria-current": "true" } : null,
            ...row.map((cell, i) => el("td", side(i), cell))),
        ),
      );
    return { box, fill };
  };

  /** The rows of the table of parts. */
  labs.calculatorParts = function (fit, budget, words) {
    const all = fit.left >= 0 ? parts(fit) : [...parts(fit), ["missing", -fit.left]];
    return all.map(([name, bytes]) => ({
      cells: [
        el("span", null, el("span", { class: `ql-swatch ql-swatch-${name}` }, LETTERS[name]), ` ${words.parts[name]}`),
        thousands(bytes), percent(bytes / budget),
      ],
    }));
  };
})();
