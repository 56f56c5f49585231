// One question of a quiz: its list of choices becomes inputs, its answer waits in <details> until it is earned.
"use strict";

(() => {
  const { make, words } = LabQuiz;
  const say = words({
    check: { en: "Check", es: "Comprobar" },
    unknown: { en: "I don't know", es: "No lo sé" },
    show: { en: "Show the answer", es: "Ver la respuesta" },
    number: { en: "Your answer, in {unit}", es: "Tu respuesta, en {unit}" },
    plain_number: { en: "Your answer", es: "Tu respuesta" },
    text: { en: "Your answer, in your own words", es: "Tu respuesta, con tus palabras" },
    enter: { en: "Enter checks, Shift+Enter starts a line.", es: "Enter comprueba, Mayús+Enter cambia de línea." },
    choice: { en: "Choose one first.", es: "Elige una primero." },
    choices: { en: "Choose at least one first.", es: "Elige al menos una primero." },
    ask_number: {
      en: "Write one number, such as 4.125, 33 554 432, 4e-5 or 1/4. This try does not count.",
      es: "Escribe un número, como 4.125, 33 554 432, 4e-5 o 1/4. Este intento no cuenta.",
    },
    ask_unit: {
      en: "The answer is asked in {unit}. This try does not count.",
      es: "La respuesta se pide en {unit}. Este intento no cuenta.",
    },
    ask_words: { en: "Write a sentence. This try does not count.", es: "Escribe una frase. Este intento no cuenta." },
    first: { en: "Right, at the first try.", es: "Correcto, al primer intento." },
    right: { en: "Right.", es: "Correcto." },
    wrong: { en: "Not yet.", es: "Todavía no." },
    shown: { en: "The answer is open below.", es: "La respuesta está abierta abajo." },
    chose: { en: "Choice {number}.", es: "Opción {number}." },
    partial: {
      en: "You have {hits} of the {of} that are right, and {wrong} that {is|are:wrong} not.",
      es: "Tienes {hits} de las {of} correctas y {wrong} que no lo {es|son:wrong}.",
    },
    missing: {
      en: "What you chose is right, but {left} more {is|are:left} right too.",
      es: "Lo que elegiste es correcto, pero {falta|faltan:left} {left} más.",
    },
    again: { en: "Try again, or look at the answer.", es: "Inténtalo otra vez, o mira la respuesta." },
    wrote: { en: "You wrote {value}.", es: "Escribiste {value}." },
    slip_sign: { en: "The sign is the other way round.", es: "El signo está al revés." },
    slip_twice: { en: "It is twice too large.", es: "Es el doble de lo debido." },
    slip_half: { en: "It is half of what it should be.", es: "Es la mitad de lo debido." },
    slip_bits: { en: "It is 8 times too large: bits for bytes?", es: "Es 8 veces mayor: ¿bits en vez de bytes?" },
    slip_bytes: { en: "It is 8 times too small: bytes for bits?", es: "Es 8 veces menor: ¿bytes en vez de bits?" },
    slip_ten: { en: "It is 10 times too large.", es: "Es 10 veces mayor de lo debido." },
    slip_tenth: { en: "It is 10 times too small.", es: "Es 10 veces menor de lo debido." },
    slip_percent: { en: "It is 100 times too large.", es: "Es 100 veces mayor de lo debido." },
    slip_fraction: { en: "It is 100 times too small.", es: "Es 100 veces menor de lo debido." },
    slip_thousand: { en: "It is 1000 times too large.", es: "Es 1000 veces mayor de lo debido." },
    slip_thousandth: { en: "It is 1000 times too small.", es: "Es 1000 veces menor de lo debido." },
    slip_binary: {
      en: "It is close: look at whether the unit counts in 1000 or in 1024.",
      es: "Está cerca: mira si la unidad cuenta de 1000 en 1000 o de 1024 en 1024.",
    },
    slip_prefix: { en: "It is off by a whole prefix of the unit.", es: "Se desvía un prefijo entero de la unidad." },
    slip_side: { en: "The sign is wrong, and the size too.", es: "Falla el signo, y también el tamaño." },
    slip_large: { en: "It is too large.", es: "Es demasiado grande." },
    slip_small: { en: "It is too small.", es: "Es demasiado pequeño." },
    named: { en: "{hits} of {of} ideas found in your words.", es: "{hits} de {of} ideas en tus palabras." },
    own_words: { en: "I said all of it in other words", es: "Lo dije todo con otras palabras" },
    trusted: { en: "Counted as right.", es: "Cuenta como correcta." },
  });
  const written = (value) => String(Number(value.toPrecision(12)));

  // Upgrades `element`. `heard(event, detail)` is told "answered" (the first try: right or not), and "settled".
  LabQuiz.item = (element, item, heard) => {
    const heading = element.querySelector("h2");
    const id = heading.id;
    const details = element.querySelector(":scope > details");
    const how = element.querySelector(":scope > .quiz-how");
    const whys = item.right ? [...details.querySelector("ol").children] : [];
    const status = make("div", { role: "status", class: "quiz-verdict" });
    const giveUp = make("button", { type: "button", class: "md-button", click: open }, say("unknown"));
    const check = make("button", { type: "submit", class: "md-button md-button--primary" }, say("check"));
    const field = item.right ? options() : line();
    const actions = make("p", { class: "quiz-actions" }, check, giveUp);
    const attributes = { class: "quiz-form", novalidate: true, autocomplete: "off", submit: judge };
    const form = make("form", attributes, field, actions, status);
    const inputs = [...form.querySelectorAll("input, textarea")];
    let tried = false;

    details.before(form);
    details.hidden = true;

    function options() {
      const list = [...element.querySelectorAll(":scope > ol")].pop();
      const type = item.kind === "single" ? "radio" : "checkbox";
      const labels = [...list.children].map((choice, place) =>
        make(
          "label",
          { class: "quiz-option" },
          make("input", { type, name: id, value: place }),
          make("span", { class: "quiz-number" }, `${place + 1}.`),
          make("span", { class: "quiz-text" }, ...choice.childNodes),
          make("span", { class: "quiz-mark", "aria-hidden": "true" }),
        ),
      );
      const title = make("span", { class: "quiz-hidden" }, `${titleOf(heading)}. `);
      list.remove();
      how.remove();
      return make("fieldset", { class: "quiz-options" }, make("legend", {}, title, how.textContent), ...labels);
    }

    function line() {
      how.remove();
      if (item.kind === "numeric") {
        // "(a number)" and "(dimensionless)" are no units.
        const unit = item.unit[LabQuiz.language];
        const label = unit.startsWith("(") ? say("plain_number") : say("number", { unit });
        const input = make("input", { type: "text", inputmode: "text", autocomplete: "off", id: `${id}-answer` });
        return make("p", { class: "quiz-field" }, make("label", { for: input.id }, label), input);
      }
      const hint = make("small", { id: `${id}-hint` }, say("enter"));
      const area = make("textarea", {
        id: `${id}-answer`,
        rows: 3,
        "aria-describedby": hint.id,
        keydown: (event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          form.requestSubmit();
        },
      });
      return make("p", { class: "quiz-field" }, make("label", { for: area.id }, say("text")), area, hint);
    }

    const given = () =>
      item.right ? inputs.filter((input) => input.checked).map((input) => Number(input.value)) : inputs[0].value;

    function judge(event) {
      event.preventDefault();
      const verdict = LabQuiz.grade(item, given());
      if (verdict.unreadable) {
        const unit = item.unit && item.unit[LabQuiz.language];
        const key = item.right ? verdict.unreadable : `ask_${verdict.unreadable}`;
        tell("ask", make("p", {}, say(key, { unit })));
        (inputs.find((input) => input.checked) || inputs[0]).focus();
        return;
      }
      const first = !tried;
      count(verdict.right, given());
      mark(verdict);
      if (verdict.right) {
        tell("right", make("p", {}, make("strong", {}, say(first ? "first" : "right"))));
        reveal();
        heard("settled", { id });
      } else {
        const after = details.hidden ? make("p", {}, say("again")) : trust(verdict);
        tell("wrong", make("p", {}, make("strong", {}, say("wrong")), " ", about(verdict)), ...taken(verdict), after);
        giveUp.textContent = say("show");
      }
    }

    function count(right, answer) {
      if (!tried) heard("answered", { id, right, answer });
      tried = true;
    }

    function about(verdict) {
      const { value, named, slip } = verdict;
      if (item.kind === "numeric") return `${say("wrote", { value: written(value) })} ${say(`slip_${slip}`)}`;
      if (item.kind === "free") return say("named", { hits: named.filter(Boolean).length, of: item.ideas.length });
      if (item.kind === "single") return "";
      const [of, wrong] = [item.right.length, verdict.wrong.length];
      return wrong ? say("partial", { hits: verdict.hits, of, wrong }) : say("missing", { left: of - verdict.hits });
    }

    // What the page says about the wrong choices taken, or which ideas were named.
    function taken(verdict) {
      if (item.kind === "free") {
        const found = item.ideas.filter((_, place) => verdict.named[place]);
        const ideas = found.map((idea) => make("li", {}, `✓ ${idea.name[LabQuiz.language]}`));
        return ideas.length ? [make("ul", { class: "quiz-ideas" }, ...ideas)] : [];
      }
      return (verdict.wrong || []).map((place) => {
        const number = make("span", { class: "quiz-number" }, say("chose", { number: place + 1 }));
        return make("p", { class: "quiz-why" }, number, " ", ...whys[place].cloneNode(true).childNodes);
      });
    }

    // A person judges better than a list of phrases, once the model answer is in sight.
    function trust(verdict) {
      if (!verdict.named) return null;
      const button = make("button", { type: "button", class: "md-button", click: accept }, say("own_words"));
      return make("p", { class: "quiz-actions" }, button);
    }

    function accept() {
      heard("answered", { id, right: true, answer: given() });
      tell("right", make("p", {}, say("trusted")));
      inputs[0].focus();
    }

    function mark(verdict) {
      inputs.forEach((input, place) => {
        const sign = input.closest("label")?.querySelector(".quiz-mark");
        if (!sign) return;
        const right = verdict.right && item.right.includes(place);
        if (verdict.wrong?.includes(place)) sign.textContent = "✗";
        else if (right) sign.textContent = "✓";
        sign.dataset.right = sign.textContent === "✓";
      });
    }

    function tell(kind, ...parts) {
      status.dataset.kind = kind;
      status.replaceChildren(...parts.filter(Boolean));
    }

    function reveal() {
      details.hidden = false;
      details.open = true;
      giveUp.hidden = true;
    }

    function open() {
      const typed = item.kind === "free" && LabQuiz.grade(item, given());
      count(false, given());
      reveal();
      if (item.right) mark({ right: true });
      tell("ask", make("p", {}, say("shown")), ...(typed.named ? [...taken(typed), trust(typed)] : []));
      details.querySelector("summary").focus();
      heard("settled", { id });
    }

    // As it was left: a right answer stands in its inputs, and the answer can be opened.
    function restore(answer) {
      const form = item.right ? Array.isArray(answer) : typeof answer === "string";
      if (!form || !LabQuiz.grade(item, answer).right) return; // the question has changed since
      if (item.right) answer.forEach((place) => (inputs[place].checked = true));
      else inputs[0].value = answer;
      tried = true;
      details.hidden = false;
      giveUp.hidden = true;
    }

    return { id, title: titleOf(heading), element, restore, actions };
  };

  function titleOf(heading) {
    const own = [...heading.childNodes].filter((node) => !node.classList?.contains("headerlink"));
    return own.map((node) => node.textContent).join("").trim();
  }
})();
