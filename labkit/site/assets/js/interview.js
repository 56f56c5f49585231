// Interview questions: a clock that only counts, what a strong answer names as boxes one ticks oneself, a rating.
"use strict";

(() => {
  const { confirmed, make, meter, pageData, store, words } = LabQuiz;
  const say = words({
    think: { en: "Start the clock", es: "Poner en marcha el reloj" },
    stop: { en: "Stop the clock", es: "Parar el reloj" },
    clock: { en: "Thinking time", es: "Tiempo para pensar" },
    tick: { en: "Tick what you named:", es: "Marca lo que nombraste:" },
    named: { en: "You named {count} of {of}.", es: "Nombraste {count} de {of}." },
    rate: { en: "How was it?", es: "¿Qué tal te ha ido?" },
    rate_1: { en: "could not", es: "no supe" },
    rate_2: { en: "partly", es: "en parte" },
    rate_3: { en: "well", es: "bien" },
    rate_4: { en: "easily", es: "sin esfuerzo" },
    none: { en: "None rehearsed yet", es: "Ninguna ensayada todavía" },
    progress: { en: "Questions rehearsed", es: "Preguntas ensayadas" },
    count: {
      en: "{done} of {of} rehearsed, {well} of them well or easily",
      es: "{done} de {of} ensayadas, {well} de ellas bien o sin esfuerzo",
    },
    title: { en: "Your rehearsals", es: "Tus ensayos" },
    kept: {
      en: "Kept in this browser only; nothing is sent anywhere.",
      es: "Se guarda solo en este navegador; no se envía a ningún sitio.",
    },
    not_kept: {
      en: "This browser keeps nothing for this page: what you tick ends when you leave it.",
      es: "Este navegador no guarda nada para esta página: lo que marcas acaba cuando sales de ella.",
    },
    reset: { en: "Forget my rehearsals", es: "Olvidar mis ensayos" },
    sure: {
      en: "Forget what you ticked and rated? This cannot be undone.",
      es: "¿Olvidar lo que marcaste y valoraste? No se puede deshacer.",
    },
    yes: { en: "Forget it", es: "Olvidarlo" },
    no: { en: "Keep it", es: "Conservarlo" },
    forgotten: { en: "Forgotten. You start anew.", es: "Olvidado. Empiezas de nuevo." },
  });
  const kept = store("interview");
  const bar = meter(say("progress"));

  function counted(ids) {
    const rated = ids.map((id) => kept.get(id).rating).filter(Boolean);
    const fills = { done: rated.length, of: ids.length, well: rated.filter((rating) => rating > 2).length };
    return { done: rated.length, text: say(rated.length ? "count" : "none", fills) };
  }

  function clock() {
    const time = make("span", { class: "interview-time", role: "timer", "aria-label": say("clock") }, "0:00");
    let started = 0;
    let ticking = null;
    const button = make("button", { type: "button", class: "md-button", click: toggle }, say("think"));

    function toggle() {
      if (ticking) ticking = clearInterval(ticking);
      else {
        started = Date.now();
        ticking = setInterval(show, 250);
        show();
      }
      button.textContent = say(ticking ? "stop" : "think");
    }

    function show() {
      const seconds = Math.floor((Date.now() - started) / 1000);
      time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }

    return make("p", { class: "quiz-actions interview-clock" }, button, time);
  }

  // The list of what a strong answer names becomes boxes; what is ticked is kept.
  function boxes(id, details) {
    const list = details.querySelector("ul");
    const count = make("p", { role: "status", class: "interview-count" });
    const inputs = [...list.children].map((entry, place) => {
      const input = make("input", { type: "checkbox", change });
      input.checked = (kept.get(id).named || []).includes(place);
      entry.replaceChildren(make("label", { class: "quiz-option" }, input, make("span", {}, ...entry.childNodes)));
      return input;
    });

    function change() {
      const named = inputs.flatMap((input, place) => (input.checked ? [place] : []));
      kept.set(id, { named });
      count.textContent = say("named", { count: named.length, of: inputs.length });
    }

    list.classList.add("interview-boxes");
    list.before(make("p", {}, say("tick")));
    list.after(count);
  }

  function rating(id, title) {
    const labels = [1, 2, 3, 4].map((value) => {
      const input = make("input", { type: "radio", name: `${id}-rating`, value, change });
      input.checked = kept.get(id).rating === value;
      return make("label", { class: "quiz-option" }, input, make("span", {}, say(`rate_${value}`)));
    });

    function change(event) {
      kept.set(id, { rating: Number(event.target.value) });
      show();
    }

    const legend = make("legend", {}, make("span", { class: "quiz-hidden" }, `${title}. `), say("rate"));
    return make("fieldset", { class: "quiz-options interview-rating" }, legend, ...labels);
  }

  const items = [...document.querySelectorAll(".interview-item")].map((element) => {
    const heading = element.querySelector("h2");
    const names = element.querySelector(".interview-names");
    const model = element.querySelector(".interview-model");
    const rate = rating(heading.id, heading.firstChild.textContent);
    if (names) {
      // Rapid-fire questions need no clock: they are over in a breath.
      element.querySelector(".interview-question").after(clock());
      boxes(heading.id, names);
    }
    // One rates after having read, or to change what one said before.
    rate.hidden = !kept.get(heading.id).rating;
    model.addEventListener("toggle", () => model.open && (rate.hidden = false));
    element.append(rate);
    return heading.id;
  });

  const { levels } = pageData();
  const rows = [...document.querySelectorAll("[data-level]")].map((link) => {
    const own = make("span", { class: "quiz-own" });
    link.closest("li").append(own);
    return { own, ids: levels[link.dataset.level] };
  });
  const ids = levels ? Object.values(levels).flat() : items;
  const actions = make("p", { class: "quiz-actions" });
  const status = make("p", { role: "status", class: "quiz-note" });
  const reset = make(
    "button",
    { type: "button", class: "md-button", click: () => confirmed(say("sure"), say("yes"), say("no"), forget) },
    say("reset"),
  );

  function show() {
    const all = counted(ids);
    bar.update(all.done, ids.length, `${all.text}.`);
    actions.hidden = !Object.keys(kept.all()).length;
    for (const row of rows) {
      const { done, text } = counted(row.ids);
      row.own.textContent = done ? text : "";
      row.own.classList.toggle("quiz-whole", done === row.ids.length);
    }
  }

  function forget() {
    kept.clear();
    show();
    status.textContent = say("forgotten");
    rows[0].own.closest("li").querySelector("a").focus();
  }

  if (levels) {
    const note = make("p", {}, make("small", {}, say(kept.kept ? "kept" : "not_kept")));
    actions.append(reset);
    const title = make("h2", {}, say("title"));
    const panel = make("section", { class: "quiz-panel", "aria-label": say("title") }, title, status);
    panel.append(bar.element, note, actions);
    document.querySelector(".quiz-concepts").before(panel);
  } else {
    document.querySelector(".quiz-mix").after(bar.element);
    if (!kept.kept) bar.element.after(make("p", { class: "quiz-note" }, say("not_kept")));
  }
  show();
})();
