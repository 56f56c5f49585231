"""Every word that `lab quiz`, `lab interview`, the pages and the exports say of their own, in both languages."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    # -- the terminal: choosing
    "topics": {"en": "Topics", "es": "Temas"},
    "pick_topic": {
        "en": "A topic's number, `a` for all, or Enter for what is due and what is new",
        "es": "El número de un tema, `a` para todos, o Enter para lo pendiente y lo nuevo",
    },
    "no_such_topic": {
        "en": "There is no such topic. Type 1 to {count}.",
        "es": "No hay tal tema. Escribe de 1 a {count}.",
    },
    "topic_line": {"en": "{title} ({count})", "es": "{title} ({count})"},
    "topic_due": {"en": "{due} due", "es": "{due} para hoy"},
    "topic_new": {"en": "{new} new", "es": "{new} sin ver"},
    "nothing_due": {
        "en": "Nothing is due. The next item comes back on {date}; `lab quiz --all` asks everything.",
        "es": "No hay nada pendiente. Lo siguiente vuelve el {date}; `lab quiz --all` lo pregunta todo.",
    },
    "nothing_seen": {
        "en": "Nothing is due: you have not answered anything yet. Begin with `lab quiz`.",
        "es": "No hay nada pendiente: todavía no has respondido a nada. Empieza con `lab quiz`.",
    },
    "nothing_chosen": {"en": "No item fits that choice.", "es": "Ninguna pregunta encaja con esa elección."},
    "unknown_topic": {
        "en": "There is no topic {name!r}; there are: {known}",
        "es": "No hay ningún tema {name!r}; hay: {known}",
    },
    "unknown_lab": {
        "en": "No item is of lab {name}; there are: {known}",
        "es": "Ninguna pregunta es del lab {name}; hay: {known}",
    },
    # -- the terminal: asking
    "place": {"en": "{number} of {count}", "es": "{number} de {count}"},
    "again": {"en": "once more", "es": "otra vez"},
    "lab": {"en": "lab {number}", "es": "lab {number}"},
    "difficulty_1": {"en": "recall", "es": "recordar"},
    "difficulty_2": {"en": "apply", "es": "aplicar"},
    "difficulty_3": {"en": "reason", "es": "razonar"},
    "how_single": {"en": "One number. `s` skips, `q` stops.", "es": "Un número. `s` salta la pregunta, `q` termina."},
    "how_multiple": {
        "en": "The numbers of all that are right, with spaces between. `s` skips, `q` stops.",
        "es": "Los números de todas las correctas, separados por espacios. `s` salta la pregunta, `q` termina.",
    },
    "how_numeric": {
        "en": "A number, in {unit}. `s` skips, `q` stops.",
        "es": "Un número, en {unit}. `s` salta la pregunta, `q` termina.",
    },
    "how_free": {
        "en": "In your own words, one line. `s` skips, `q` stops.",
        "es": "Con tus palabras, en una línea. `s` salta la pregunta, `q` termina.",
    },
    "ask_choice_range": {"en": "Type a number from 1 to {count}.", "es": "Escribe un número de 1 a {count}."},
    "ask_one_choice": {"en": "Only one is right: type one number.", "es": "Solo una es correcta: escribe un número."},
    "ask_number": {
        "en": "Type one number, such as 4.125, 33 554 432, 1e9 or 1/4. This try does not count.",
        "es": "Escribe un número, como 4.125, 33 554 432, 1e9 o 1/4. Este intento no cuenta.",
    },
    "ask_unit": {
        "en": "The answer is asked in {unit}. This try does not count.",
        "es": "La respuesta se pide en {unit}. Este intento no cuenta.",
    },
    "ask_words": {"en": "Type a sentence, or `s` to skip.", "es": "Escribe una frase, o `s` para saltarla."},
    "answer_first": {
        "en": "The evidence is shown after you answer.",
        "es": "La evidencia se muestra después de responder.",
    },
    # -- the terminal: being told
    "right": {"en": "Right.", "es": "Correcto."},
    "wrong": {"en": "Not yet.", "es": "Todavía no."},
    "skipped": {"en": "Skipped.", "es": "Saltada."},
    "you_chose": {"en": "You chose {number}.", "es": "Elegiste la {number}."},
    "you_left_out": {"en": "You left out {number}.", "es": "Te faltó la {number}."},
    "misunderstanding": {"en": "Misunderstanding", "es": "Malentendido"},
    "right_is": {"en": "Right: {answer}", "es": "Correcto: {answer}"},
    "you_wrote": {"en": "You wrote {value}.", "es": "Escribiste {value}."},
    "named": {"en": "in your answer", "es": "está en tu respuesta"},
    "not_named": {"en": "not found in your answer", "es": "no está en tu respuesta"},
    "model_answer": {"en": "Model answer", "es": "Respuesta modelo"},
    "own_words": {
        "en": "The grader only knows so many words. Did you say all of this in others? Type y or n",
        "es": "El corrector solo conoce algunas palabras. ¿Dijiste todo esto con otras? Escribe s o n",
    },
    "counted": {"en": "Counted as right.", "es": "Cuenta como correcta."},
    "why": {"en": "Why", "es": "Por qué"},
    "due_again": {"en": "Comes back on {date}.", "es": "Vuelve el {date}."},
    "back_soon": {
        "en": "Comes back in this session, and on {date}.",
        "es": "Vuelve en esta sesión, y el {date}.",
    },
    "next": {"en": "Enter: next   ?: evidence   q: stop", "es": "Enter: siguiente   ?: evidencia   q: terminar"},
    "evidence": {"en": "Evidence", "es": "Evidencia"},
    "score": {
        "en": "{right} of {count} right at the first try.",
        "es": "{right} de {count} correctas al primer intento.",
    },
    "score_none": {"en": "No question answered.", "es": "Ninguna pregunta respondida."},
    "missed": {"en": "To look at again", "es": "Para repasar"},
    "left": {
        "en": "Stopped before the end; what you answered is kept.",
        "es": "Terminado antes del final; lo que respondiste queda guardado.",
    },
    "kept_in": {"en": "Your progress is kept in {file}.", "es": "Tu progreso se guarda en {file}."},
    # -- the terminal: list, statistics, reset, trouble
    "seen": {"en": "seen", "es": "vistas"},
    "right_share": {"en": "right", "es": "aciertos"},
    "due": {"en": "due", "es": "pendientes"},
    "items": {"en": "items", "es": "preguntas"},
    "topic": {"en": "topic", "es": "tema"},
    "total": {"en": "in all", "es": "en total"},
    "next_due": {"en": "Next due: {date}.", "es": "Lo siguiente vuelve el {date}."},
    "reset_done": {
        "en": "Started anew; what was there is kept as {file}.",
        "es": "Empezado de nuevo; lo que había queda en {file}.",
    },
    "reset_nothing": {"en": "There was no progress to reset.", "es": "No había progreso que borrar."},
    "state_broken": {
        "en": "The progress file could not be read; it is kept as {file}, and a new one begun.",
        "es": "El archivo de progreso no se pudo leer; queda en {file}, y empieza uno nuevo.",
    },
    "state_newer": {
        "en": "{file} was written by a newer version of this course; nothing is saved in this session.",
        "es": "{file} lo escribió una versión más nueva de este curso; en esta sesión no se guarda nada.",
    },
    "state_unsaved": {
        "en": "The progress could not be saved ({reason}); the session goes on without.",
        "es": "El progreso no se pudo guardar ({reason}); la sesión sigue sin él.",
    },
    "needs": {
        "en": "lab {verb} needs the package {name}, which is not installed here: run `make {extra}`",
        "es": "lab {verb} necesita el paquete {name}, que no está instalado: ejecuta `make {extra}`",
    },
    # -- interviews
    "think": {
        "en": "Answer out loud, or on paper. Enter: reveal   q: stop",
        "es": "Responde en voz alta, o en papel. Enter: ver la respuesta   q: terminar",
    },
    "strong_names": {"en": "A strong answer names", "es": "Una respuesta sólida nombra"},
    "state": {"en": "The state object", "es": "El objeto de estado"},
    "axis": {"en": "The shape or axis", "es": "La forma o el eje"},
    "tradeoff": {"en": "The trade-off", "es": "El compromiso"},
    "did_you": {"en": "Did you name it? y or n", "es": "¿La nombraste? s o n"},
    "weak_answers": {"en": "Weak answers", "es": "Respuestas débiles"},
    "follow_ups": {"en": "Follow-ups", "es": "Repreguntas"},
    "named_of": {"en": "You named {named} of {count}.", "es": "Nombraste {named} de {count}."},
    "rate": {
        "en": "How was it? 1 could not, 2 partly, 3 well, 4 easily; ? for the evidence, q to stop",
        "es": "¿Cómo fue? 1 no supe, 2 en parte, 3 bien, 4 sin esfuerzo; ? para la evidencia, q para terminar",
    },
    "ask_rate": {"en": "Type 1, 2, 3 or 4.", "es": "Escribe 1, 2, 3 o 4."},
    "ask_yes_no": {"en": "Type y or n.", "es": "Escribe s o n."},
    "rehearsed": {"en": "{count} rehearsed, {well} of them well.", "es": "{count} ensayadas, {well} de ellas bien."},
    "junior": {"en": "junior", "es": "junior"},
    "mid": {"en": "mid", "es": "intermedio"},
    "senior": {"en": "senior", "es": "senior"},
    "staff": {"en": "staff", "es": "staff"},
    "rapid": {"en": "rapid-fire", "es": "respuesta rápida"},
    # -- help
    "help_quiz": {
        "en": "Answer questions, be told why, and be asked again when it is time.",
        "es": "Responde preguntas, entérate del porqué y vuelve a ellas cuando toque.",
    },
    "help_interview": {
        "en": "Think of an answer, reveal the model answer, and compare with what a strong answer names.",
        "es": "Piensa una respuesta, mira la respuesta modelo y compara con lo que nombra una respuesta sólida.",
    },
    "help_topic": {"en": "one topic (`--list` shows them)", "es": "un solo tema (`--list` los muestra)"},
    "help_lab": {"en": "one lab, for example 03", "es": "un solo lab, por ejemplo 03"},
    "help_all": {"en": "everything", "es": "todo"},
    "help_due": {"en": "only what is due today", "es": "solo lo que toca hoy"},
    "help_lang": {"en": "language (default: that of the terminal)", "es": "idioma (por defecto, el del terminal)"},
    "help_n": {"en": "at most so many items (default 10)", "es": "como mucho tantas preguntas (por defecto 10)"},
    "help_list": {"en": "list topics and items", "es": "muestra los temas y las preguntas"},
    "help_stats": {"en": "what you have seen, and what is due", "es": "lo que has visto, y lo que toca"},
    "help_reset": {"en": "start anew; a dated copy is kept", "es": "empieza de nuevo; queda una copia con fecha"},
    "help_level": {"en": "one level", "es": "un solo nivel"},
    "help_rapid": {"en": "the rapid-fire questions", "es": "las preguntas de respuesta rápida"},
    # -- the pages
    "notice": {
        "en": "Generated by `lab texts` from `{source}`. Change that file, never this page.",
        "es": "Generada por `lab texts` a partir de `{source}`. Cambia ese archivo, nunca esta página.",
    },
    "intro_quiz": {
        "en": "{count} questions on the whole phase. Think first, then open the answer. "
        "`lab quiz` asks them in the terminal, keeps the score and brings back what you missed.",
        "es": "{count} preguntas sobre toda la fase. Piensa primero y abre después la respuesta. "
        "`lab quiz --lang es` las pregunta en el terminal, lleva la cuenta y te devuelve las que fallaste.",
    },
    "intro_interview": {
        "en": "{count} questions as they are asked in interviews, up to staff level, and {rapid} for rapid fire. "
        "Answer out loud, then open the model answer. `lab interview` rehearses them with you in the terminal.",
        "es": "{count} preguntas como las que se hacen en entrevistas, hasta el nivel staff, y {rapid} de respuesta "
        "rápida. Responde en voz alta y abre después la respuesta modelo. `lab interview --lang es` las ensaya "
        "contigo en el terminal.",
    },
    "contents": {"en": "Contents", "es": "Contenido"},
    "show_answer": {"en": "Answer to {id}", "es": "Respuesta a {id}"},
    "choose_single": {"en": "Choose one.", "es": "Elige una."},
    "choose_multiple": {"en": "Choose all that are right.", "es": "Elige todas las correctas."},
    "write_free": {"en": "Answer in your own words.", "es": "Responde con tus palabras."},
    "write_numeric": {"en": "Answer with a number, in {unit}.", "es": "Responde con un número, en {unit}."},
    "must_name": {"en": "A right answer names", "es": "Una respuesta correcta nombra"},
    "choices_why": {"en": "Why, choice by choice", "es": "Por qué, opción por opción"},
    "is_right": {"en": "Right", "es": "Correcta"},
    "tolerance": {"en": "± {tolerance}", "es": "± {tolerance}"},
    "computed": {"en": "computed", "es": "calculado"},
    "measured": {"en": "measured", "es": "medido"},
    "tested": {"en": "tested", "es": "comprobado"},
    "cited": {"en": "source", "es": "fuente"},
    "version": {"en": "version {version}", "es": "versión {version}"},
    "rapid_fire": {"en": "Rapid fire", "es": "Respuesta rápida"},
    "level_heading": {"en": "Level: {level}", "es": "Nivel: {level}"},
}


def say(language: str, key: str, **fills) -> str:
    """The words called `key`; a fill that is itself in both languages is given in this one."""
    fills = {name: fill[language] if isinstance(fill, dict) else fill for name, fill in fills.items()}
    return WORDS[key][language].format(**fills)
