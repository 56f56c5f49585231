// A page of one concept's questions: what was answered is counted, kept, and put back after a reload.
"use strict";

(() => {
  const { make, meter, pageData, store, words } = LabQuiz;
  const say = words({
    none: { en: "None answered yet", es: "Ninguna respondida todavía" },
    progress: { en: "Questions of this page answered", es: "Preguntas respondidas de esta página" },
    count: {
      en: "{done} of {of} answered, {right} right at the first try",
      es: "{done} de {of} respondidas, {right} {correcta|correctas:right} al primer intento",
    },
    not_kept: {
      en: "This browser keeps nothing for this page: your progress ends when you leave it.",
      es: "Este navegador no guarda nada para esta página: tu progreso acaba cuando sales de ella.",
    },
    first: { en: "✓ right at the first try", es: "✓ correcta al primer intento" },
    missed: { en: "↻ to repeat", es: "↻ para repetir" },
    repeated: { en: "✓ right when repeated", es: "✓ correcta al repetirla" },
  });
  const data = pageData();
  const kept = store("quiz");
  const round = LabQuiz.round(data.concept);
  const bar = meter(say("progress"));
  const before = kept.all(); // as this visit found it
  const items = [...document.querySelectorAll(".quiz-item")].map(upgrade);

  function upgrade(element) {
    const item = LabQuiz.item(element, data.items[element.querySelector("h2").id], (event, detail) => {
      if (event === "answered") keep(detail);
      if (event === "settled") round?.settled(item);
      show();
    });
    item.badge = make("span", { class: "quiz-badge" });
    element.querySelector(".quiz-about").append(item.badge);
    const record = kept.get(item.id);
    if (record.answer !== undefined && !record.missed && !round) item.restore(record.answer);
    return item;
  }

  // `first`: the first try ever was right. `missed`: this visit's first try was wrong; it is asked again.
  // Only a right answer is kept, to be put back.
  function keep({ id, right, answer }) {
    kept.set(id, { first: before[id]?.first ?? right, missed: !right, answer: right ? answer : undefined });
    round?.answered(id, right);
  }

  function show() {
    const records = items.map((item) => kept.get(item.id));
    const done = records.filter((record) => record.first !== undefined).length;
    const right = records.filter((record) => record.first).length;
    bar.update(done, items.length, say(done ? "count" : "none", { done, of: items.length, right }) + ".");
    items.forEach(({ badge }, place) => {
      const { first, missed } = records[place];
      badge.textContent = first === undefined ? "" : ` · ${say(missed ? "missed" : first ? "first" : "repeated")}`;
      badge.dataset.missed = Boolean(missed);
    });
  }

  document.querySelector(".quiz-mix").after(bar.element);
  if (!kept.kept) bar.element.after(make("p", { class: "quiz-note" }, say("not_kept")));
  show();
  round?.begin(items, bar.element);
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
})();
