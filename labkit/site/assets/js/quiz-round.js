// A mixed round: ten questions of any concept, one at a time. The address carries the round, so nothing need be kept:
// ?round=grid.q-26-06,awq.q-26-30&at=1&got=1 is the second of two, the first one right at the first try.
"use strict";

(() => {
  const { make, words } = LabQuiz;
  const say = words({
    place: { en: "Mixed round: question {number} of {of}", es: "Ronda mixta: pregunta {number} de {of}" },
    leave: { en: "Leave the round", es: "Dejar la ronda" },
    next: { en: "Next question", es: "Siguiente pregunta" },
    end: { en: "See how it went", es: "Ver cómo te ha ido" },
  });

  // The address of a concept's page, from that of another one: its name is the last part but for the file's.
  const pathOf = (path, from, to) => path.replace(new RegExp(`/${from}(?=(?:/|/index)?(?:\\.html)?$)`), `/${to}`);

  // The round that `concept`'s page is part of, or null.
  LabQuiz.round = (concept) => {
    const query = new URLSearchParams(location.search);
    const steps = (query.get("round") || "").split(",").map((step) => step.split("."));
    const at = Number(query.get("at") || 0);
    if (!steps[at] || steps[at][0] !== concept) return null;
    const id = steps[at][1];
    const overview = document.querySelector(".quiz-all").getAttribute("href");
    let got = (query.get("got") || "").slice(0, at);

    function answered(of, right) {
      if (of === id) got = got.slice(0, at) + (right ? "1" : "0");
    }

    function settled(item) {
      item.actions.querySelector(".quiz-onward")?.remove();
      const last = at + 1 === steps.length;
      const href = last ? `${overview}?got=${got}` : onward();
      const kind = { class: "md-button md-button--primary quiz-onward", href };
      item.actions.querySelector("[type=submit]").classList.remove("md-button--primary");
      item.actions.append(make("a", kind, say(last ? "end" : "next")));
    }

    function onward() {
      const [next, nextId] = steps[at + 1];
      const path = pathOf(location.pathname, concept, next);
      return `${path}?round=${query.get("round")}&at=${at + 1}&got=${got}#${nextId}`;
    }

    // Everything but the question of this step goes out of sight.
    function begin(items, bar) {
      const asked = items.find((item) => item.id === id);
      if (!asked) return;
      document.body.classList.add("quiz-in-round");
      items.forEach((item) => (item.element.hidden = item !== asked));
      const place = make("strong", {}, say("place", { number: at + 1, of: steps.length }));
      bar.replaceWith(make("p", { class: "quiz-note" }, place, " · ", make("a", { href: overview }, say("leave"))));
    }

    return { answered, settled, begin };
  };
})();
