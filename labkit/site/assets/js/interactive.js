/* What the playground and the calculator share: elements, controls, numbers as text, settings in the address. */
(function () {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const language = document.documentElement.lang.startsWith("es") ? "es" : "en";

  function fill(node, attributes, children) {
    Object.entries(attributes || {}).forEach(([name, value]) => {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
    });
    node.append(...children.filter((child) => child !== null));
    return node;
  }

  const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  /** Set attributes of an element that is drawn again and again. */
  function set(node, attributes) {
    Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  }

  /** 0.0058 -> "0.58 %": about three digits, none that says nothing; the space does not break. */
  function percent(x) {
    const value = 100 * x;
    if (!Number.isFinite(value)) return "∞";
    if (value >= 99.95) return `${Math.round(value)}\u00a0%`;
    if (value >= 10) return `${value.toFixed(1)}\u00a0%`;
    if (value >= 0.1 || value === 0) return `${value.toFixed(value === 0 ? 0 : 2)}\u00a0%`;
    return `${Number(value.toPrecision(2))}\u00a0%`;
  }

  /** 16060522496 -> "16,060,522,496", in both languages, as in the course's tables. */
  function thousands(n) {
    return String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  }

  /** Up to `digits` digits that count, without an exponent where one can do without. */
  function digits(x, count = 4) {
    const text = x.toPrecision(count);
    return text.includes("e") && x >= 1e-6 && x < 1e15 ? String(Number(text)) : text;
  }

  /** One of a few: a row of buttons that are radio buttons, so that the arrow keys work. */
  function choice(legend, name, options, onpick) {
    const inputs = options.map(([value, text]) => {
      const input = el("input", { type: "radio", name, value, onchange: () => onpick(value) });
      return [input, el("label", null, input, el("span", null, text))];
    });
    const box = el("fieldset", { class: "ql-choice" }, el("legend", null, legend));
    box.append(el("div", { class: "ql-segments" }, ...inputs.map((each) => each[1])));
    return { box, show: (value) => inputs.forEach(([input]) => (input.checked = input.value === String(value))) };
  }

  /** A labelled field; `control` is an input or a select. */
  function field(label, control, hint) {
    return el("label", { class: "ql-field" }, el("span", null, label), control, hint ? el("small", null, hint) : null);
  }

  function select(options, onpick) {
    const node = el("select", { onchange: () => onpick(node.value) });
    node.append(...options.map(([value, text]) => el("option", { value }, text)));
    return node;
  }

  /** The setting in the address, {} where there is none: #bits=4&times=100. */
  function readHash() {
    const text = location.hash.slice(1);
    return text.includes("=") ? Object.fromEntries(new URLSearchParams(text)) : {};
  }

  let waiting = 0;
  /** Keep the setting in the address; browsers refuse more than a few such changes a second, so wait for a pause. */
  function writeHash(values) {
    clearTimeout(waiting);
    waiting = setTimeout(() => history.replaceState(null, "", `#${new URLSearchParams(values)}`), 250);
  }

  /** Do `work` before the next frame, once, however often it is asked for. */
  function eachFrame(work) {
    let asked = false;
    return () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        work();
      });
    };
  }

  /** Text that a screen reader speaks when it has stood still: a slider would otherwise never let it finish. */
  function speaker(node) {
    let timer = 0;
    return (text) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (node.textContent !== text) node.textContent = text;
      }, 600);
    };
  }

  /** Tell `work` the width of `host`, now and whenever it changes. */
  function onWidth(host, work) {
    let last = 0;
    const look = () => {
      const width = Math.floor(host.clientWidth);
      if (width && width !== last) work((last = width));
    };
    new ResizeObserver(look).observe(host);
    look();
  }

  /** Have `text` in the clipboard, and say so on the button; where that is refused, show it to be copied by hand. */
  async function copy(text, button, done, box) {
    try {
      await navigator.clipboard.writeText(text);
      const before = button.textContent;
      button.textContent = done;
      setTimeout(() => (button.textContent = before), 2000);
    } catch {
      getSelection().selectAllChildren(box);
    }
  }

  /** Each <span class="ql-set" data-state="bits=4&times=100"> becomes a button that sets this up. */
  function setters(words, apply) {
    document.querySelectorAll(".ql-set").forEach((place) => {
      const set = () => apply(Object.fromEntries(new URLSearchParams(place.dataset.state)));
      place.append(el("button", { type: "button", class: "ql-button", onclick: set }, words));
    });
  }

  const labs = (globalThis.quantizationLabs = globalThis.quantizationLabs || {});
  labs.page = {
    language, el, svg, set, percent, thousands, digits, choice, field, select,
    readHash, writeHash, eachFrame, speaker, onWidth, copy, setters,
  };
})();
