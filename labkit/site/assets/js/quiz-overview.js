// The overview of the quizzes: how far one has come, what to repeat, a mixed round, and starting anew.
"use strict";

(() => {
  const { confirmed, make, meter, pageData, store, words } = LabQuiz;
  const say = words({
    title: { en: "Your progress", es: "Tu progreso" },
    none: { en: "None answered yet", es: "Ninguna respondida todavía" },
    progress: { en: "Questions answered", es: "Preguntas respondidas" },
    count: {
      en: "{done} of {of} answered, {right} right at the first try",
      es: "{done} de {of} respondidas, {right} {correcta|correctas:right} al primer intento",
    },
    repeat_count: { en: "{count} to repeat", es: "{count} para repetir" },
    kept: {
      en: "Kept in this browser only; nothing is sent anywhere.",
      es: "Se guarda solo en este navegador; no se envía a ningún sitio.",
    },
    not_kept: { en: "This browser keeps nothing here.", es: "Este navegador no guarda nada de esta página." },
    ten: { en: "Ten questions", es: "Diez preguntas" },
    ten_about: {
      en: "A mixed round, one question at a time: what you missed and what you have not seen come first.",
      es: "Una ronda mixta, pregunta a pregunta: primero lo que fallaste y lo que no has visto.",
    },
    repeat: { en: "What to repeat", es: "Qué repetir" },
    repeat_all: { en: "Repeat these", es: "Repetir estas" },
    reset: { en: "Forget my progress", es: "Olvidar mi progreso" },
    sure: {
      en: "Forget what you answered? This cannot be undone.",
      es: "¿Olvidar lo que respondiste? No se puede deshacer.",
    },
    yes: { en: "Forget it", es: "Olvidarlo" },
    no: { en: "Keep it", es: "Conservarlo" },
    forgotten: { en: "Forgotten. You start anew.", es: "Olvidado. Empiezas de nuevo." },
    over: {
      en: "The round is over: {right} of {of} right at the first try.",
      es: "La ronda ha terminado: {right} de {of} {correcta|correctas:right} al primer intento.",
    },
  });
  const A_ROUND = 10;
  const WEIGHTS = { missed: 6, unseen: 4, known: 1 };
  const { concepts } = pageData();
  const kept = store("quiz");
  const rows = [...document.querySelectorAll("[data-concept]")].map((link) => {
    const concept = link.dataset.concept;
    const own = make("span", { class: "quiz-own" });
    link.closest("li").append(own);
    const href = link.getAttribute("href").split("#")[0];
    return { own, href, items: concepts[concept].map(([id, title]) => ({ id, title, concept, href })) };
  });
  const items = rows.flatMap((row) => row.items);
  const isMissed = (item) => kept.get(item.id).missed === true;
  const isSeen = (item) => kept.get(item.id).first !== undefined;

  const bar = meter(say("progress"));
  const status = make("p", { role: "status", class: "quiz-note" });
  const repeat = make("div", { class: "quiz-repeat" });
  const button = (label, click, look = "md-button") => make("button", { type: "button", class: look, click }, label);
  const reset = button(say("reset"), () => confirmed(say("sure"), say("yes"), say("no"), forget));
  const ten = button(say("ten"), () => start(drawn()), "md-button md-button--primary");
  const panel = make(
    "section",
    { class: "quiz-panel", "aria-label": say("title") },
    make("h2", {}, say("title")),
    status,
    bar.element,
    make("p", {}, say("ten_about")),
    make("p", { class: "quiz-actions" }, ten, reset),
    make("p", {}, make("small", {}, say(kept.kept ? "kept" : "not_kept"))),
    repeat,
  );

  function counted(of) {
    const done = of.filter(isSeen).length;
    const right = of.filter((item) => kept.get(item.id).first).length;
    const missed = of.filter(isMissed).length;
    const text = say(done ? "count" : "none", { done, of: of.length, right });
    return { done, text: missed ? `${text}; ${say("repeat_count", { count: missed })}` : text };
  }

  function show() {
    const all = counted(items);
    bar.update(all.done, items.length, `${all.text}.`);
    for (const row of rows) {
      const { done, text } = counted(row.items);
      row.own.textContent = done ? text : "";
      row.own.classList.toggle("quiz-whole", done === row.items.length);
    }
    const missed = items.filter(isMissed);
    repeat.replaceChildren();
    if (missed.length) {
      const links = missed.map(({ id, title, href }) => make("li", {}, make("a", { href: `${href}#${id}` }, title)));
      const again = button(say("repeat_all"), () => start(missed.slice(0, A_ROUND)));
      repeat.append(make("h3", {}, say("repeat")), make("ul", {}, ...links), make("p", {}, again));
    }
    reset.hidden = !all.done;
  }

  // Ten of them, without order; each is the likelier the more there is to learn from it.
  function drawn() {
    const weight = (item) => WEIGHTS[isMissed(item) ? "missed" : isSeen(item) ? "known" : "unseen"];
    const keyed = items.map((item) => [Math.random() ** (1 / weight(item)), item]);
    return keyed.sort(([a], [b]) => b - a).slice(0, A_ROUND).map(([, item]) => item);
  }

  function start(round) {
    const steps = round.map(({ concept, id }) => `${concept}.${id}`).join(",");
    location.href = `${round[0].href}?round=${steps}&at=0#${round[0].id}`;
  }

  function forget() {
    kept.clear();
    show();
    status.textContent = say("forgotten");
    ten.focus();
  }

  document.querySelector(".quiz-concepts").before(panel);
  show();
  const got = new URLSearchParams(location.search).get("got");
  if (got && /^[01]+$/.test(got)) {
    status.textContent = say("over", { right: got.replaceAll("0", "").length, of: got.length });
    history.replaceState(null, "", location.pathname);
  }
})();
