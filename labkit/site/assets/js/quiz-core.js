// What the quiz and interview pages share: words, elements, and what a reader's browser keeps.
"use strict";

window.LabQuiz = (() => {
  const language = document.documentElement.lang.startsWith("es") ? "es" : "en";

  // A page's own words: {key: {en, es}} -> say(key, {name: value}). "{one|many:n}" takes its form by the number n.
  function words(table) {
    return (key, fills = {}) =>
      table[key][language]
        .replace(/\{([^{}|]*)\|([^{}|]*):(\w+)\}/g, (_, one, many, name) => (fills[name] === 1 ? one : many))
        .replace(/\{(\w+)\}/g, (_, name) => fills[name]);
  }

  // An element: attributes (a function listens; true and false set or leave out), then children: nodes or text.
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name, value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  function pageData() {
    const block = document.querySelector("script.quiz-data");
    return block ? JSON.parse(block.textContent) : {};
  }

  // Records by id under one key of localStorage. Where the browser refuses it, they live as long as the page.
  // Every change reads first, so that two open pages do not undo each other's.
  function store(name) {
    const key = `quantization-labs/${name}`;
    let memory = {};
    let kept = true;

    function all() {
      if (!kept) return memory;
      try {
        const read = JSON.parse(localStorage.getItem(key) || "{}");
        return read && typeof read === "object" && !Array.isArray(read) ? read : {};
      } catch (error) {
        if (error instanceof SyntaxError) return {}; // not ours any more: begin anew
        kept = false;
        return memory;
      }
    }

    function write(records) {
      memory = records;
      if (!kept) return;
      try {
        localStorage.setItem(key, JSON.stringify(records));
      } catch {
        kept = false; // refused, or full
      }
    }

    return {
      all,
      get: (id) => Object(all()[id]),
      set: (id, change) => write({ ...all(), [id]: { ...all()[id], ...change } }),
      clear: () => write({}),
      get kept() {
        all();
        return kept;
      },
    };
  }

  // A bar with its sentence: `update(done, of, text)`.
  function meter(label) {
    const bar = make("progress", { "aria-label": label, max: 1, value: 0 });
    const text = make("span");
    const element = make("div", { class: "quiz-progress" }, bar, text);
    return {
      element,
      update(done, of, says) {
        bar.max = of || 1;
        bar.value = done;
        text.textContent = says;
      },
    };
  }

  // A question before something is lost; Escape and the second button keep it.
  function confirmed(question, yes, no, then) {
    const dialog = make(
      "dialog",
      { class: "quiz-dialog md-typeset", "aria-label": question, close: () => dialog.remove() },
      make("p", {}, question),
      make(
        "p",
        { class: "quiz-actions" },
        make("button", { type: "button", class: "md-button", click: () => (dialog.close(), then()) }, yes),
        make("button", { type: "button", class: "md-button", autofocus: true, click: () => dialog.close() }, no),
      ),
    );
    document.querySelector(".md-content article, .md-content, body").append(dialog);
    dialog.showModal();
  }

  return { language, words, make, pageData, store, meter, confirmed };
})();
