"""Every word that the learner's loop says of its own, in both languages.

The tests' verdicts (what was called, what came back, the likely slip) exist in English only; `verdicts_english`
says so once.
"""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    # -- where you are
    "title": {"en": "Quantizing language models · where you are", "es": "Cuantizar modelos de lenguaje · dónde estás"},
    "lab": {"en": "lab", "es": "lab"},
    "points": {"en": "points", "es": "puntos"},
    "to_go": {"en": "to go", "es": "queda"},
    "minutes": {"en": "{n} min", "es": "{n} min"},
    "complete": {"en": "complete", "es": "completo"},
    "beyond_points": {"en": "beyond: {earned}/{possible}", "es": "más allá: {earned}/{possible}"},
    "next": {
        "en": "Next: lab {lab}, exercise {number}: {function}",
        "es": "Ahora: lab {lab}, ejercicio {number}: {function}",
    },
    "next_beyond": {
        "en": "If you want more: lab {lab}, beyond, exercise {number}: {function}",
        "es": "Si quieres más: lab {lab}, más allá, ejercicio {number}: {function}",
    },
    "about": {"en": "about {n} min", "es": "unos {n} min"},
    "open": {"en": "open", "es": "abre"},
    "read": {"en": "read", "es": "lee"},
    "do_watch": {"en": "grades it each time you save", "es": "lo califica cada vez que guardas"},
    "do_check": {"en": "grades it once", "es": "lo califica una vez"},
    "do_hint": {"en": "a hint, when you are stuck", "es": "una pista, si te atascas"},
    "do_plot": {
        "en": "its figure, from your functions beside the reference",
        "es": "su figura, con tus funciones junto a la referencia",
    },
    "do_card": {"en": "what you have built, measured just now", "es": "lo que has construido, medido ahora mismo"},
    "all_core": {
        "en": "The core of every lab is complete.",
        "es": "El núcleo de todos los labs está completo.",
    },
    "all_done": {"en": "Every exercise of the course passes.", "es": "Pasan todos los ejercicios del curso."},
    "elsewhere": {
        "en": "{name} could not be checked on this machine: {reason}",
        "es": "{name} no se pudo comprobar en esta máquina: {reason}",
    },
    "grading": {"en": "grading what changed ...", "es": "calificando lo que cambió ..."},
    # -- a lab's table
    "lab_title": {"en": "Lab {lab} · {title}", "es": "Lab {lab} · {title}"},
    "not_written": {"en": "not written yet", "es": "sin escribir"},
    "not_checked": {"en": "not checked here", "es": "no se comprueba aquí"},
    "not_run": {"en": "in part: {earned}/{possible}", "es": "en parte: {earned}/{possible}"},
    "changed": {"en": "not graded yet", "es": "sin calificar"},
    "given_up": {"en": "solution seen", "es": "solución vista"},
    "of_points": {"en": "{earned} of {possible} points", "es": "{earned} de {possible} puntos"},
    "unchecked": {
        "en": "{points} more cannot be checked on this machine",
        "es": "otros {points} no se pueden comprobar en esta máquina",
    },
    "beyond": {"en": "beyond", "es": "más allá"},
    "beyond_waits": {
        "en": "beyond: {count} more exercises, {points} points, scored apart",
        "es": "más allá: {count} ejercicios más, {points} puntos, aparte",
    },
    "more_fail_1": {
        "en": "one more check of this exercise fails: {command}",
        "es": "falla otra comprobación de este ejercicio: {command}",
    },
    "more_fail": {
        "en": "{count} more checks of this exercise fail: {command}",
        "es": "fallan otras {count} comprobaciones de este ejercicio: {command}",
    },
    "printed": {"en": "your code printed:", "es": "tu código escribió:"},
    "lines_cut": {"en": "({count} lines more)", "es": "({count} líneas más)"},
    "waits_for": {"en": "waits: {message}", "es": "espera: {message}"},
    "lab_complete": {
        "en": "Lab {lab} complete: every core exercise passes.",
        "es": "Lab {lab} completo: pasan todos los ejercicios del núcleo.",
    },
    "takes_long": {
        "en": "Left out, because it takes minutes: {name}. To run it: {command}",
        "es": "No se ha ejecutado, porque tarda minutos: {name}. Para ejecutarlo: {command}",
    },
    "verdicts_english": {
        "en": "",
        "es": "(Los veredictos de las pruebas están en inglés; las pistas, en español.)",
    },
    "cannot_grade": {"en": "Grading could not be done:", "es": "No se pudo calificar:"},
    # -- naming things
    "no_such_lab": {
        "en": "There is no lab {name!r}; there are: {known}",
        "es": "No hay ningún lab {name!r}; hay: {known}",
    },
    "no_such_exercise": {
        "en": "Lab {lab} has no exercise {name!r}; it has:",
        "es": "El lab {lab} no tiene ningún ejercicio {name!r}; tiene:",
    },
    "no_such_name": {
        "en": "{name!r} is neither a lab (03), nor an exercise (03.2), nor a function of the course.",
        "es": "{name!r} no es ni un lab (03), ni un ejercicio (03.2), ni una función del curso.",
    },
    "which_lab": {
        "en": "{name!r} is in more than one lab; name one: {known}",
        "es": "{name!r} está en más de un lab; elige uno: {known}",
    },
    "name_exercise": {
        "en": "Name one exercise of lab {lab}, for example {command}:",
        "es": "Nombra un ejercicio del lab {lab}, por ejemplo {command}:",
    },
    # -- watch
    "watching": {"en": "watching {what}; save to grade", "es": "mirando {what}; guarda para calificar"},
    "keys": {
        "en": "[h] hint  [r] grade again  [l] labs  [q] quit",
        "es": "[h] pista  [r] otra vez  [l] labs  [q] salir",
    },
    "still_running": {
        "en": "still running after {n} s: {what}. Save again to start over.",
        "es": "sigue en marcha tras {n} s: {what}. Guarda otra vez para volver a empezar.",
    },
    "graded_at": {"en": "{time}, {seconds} s", "es": "{time}, {seconds} s"},
    "passes": {"en": "{name} passes", "es": "{name} pasa"},
    "comment_only": {"en": "saved; no function changed", "es": "guardado; no cambió ninguna función"},
    "file_gone": {"en": "{file} is not there", "es": "no está {file}"},
    "watch_bye": {
        "en": "Your verdicts are kept. Where you are: {command}",
        "es": "Tus veredictos quedan guardados. Dónde estás: {command}",
    },
    # -- hint
    "hint_title": {"en": "Hint for {name} · {symptom}", "es": "Pista para {name} · {symptom}"},
    "hint_unwritten": {
        "en": "{name} is not written yet. Where to begin:",
        "es": "{name} está sin escribir. Por dónde empezar:",
    },
    "hint_example": {"en": "Example:", "es": "Ejemplo:"},
    "hint_begin": {
        "en": "Work the example out by hand, then write down what your hand did. Save early: once something runs, "
        "its hints are about what goes wrong.",
        "es": "Haz el ejemplo a mano y luego escribe lo que hizo tu mano. Guarda pronto: en cuanto algo se ejecuta, "
        "las pistas tratan de lo que falla.",
    },
    "hint_left": {"en": "{count} left: {command}", "es": "Quedan {count}: {command}"},
    "hint_left_1": {"en": "One left: {command}", "es": "Queda una: {command}"},
    "hint_last": {
        "en": "That was the last one. The solution, if you want to stop here: {command}",
        "es": "Era la última. La solución, si quieres dejarlo aquí: {command}",
    },
    "hint_last_student": {"en": "That was the last one.", "es": "Era la última."},
    "hint_passed": {
        "en": "{name} passes: it needs no hint.",
        "es": "{name} pasa: no necesita pistas.",
    },
    "hint_none": {"en": "There are no hints for {name}.", "es": "No hay pistas para {name}."},
    "hint_new_symptom": {
        "en": "It fails in another way than before, so the hints begin anew.",
        "es": "Falla de otra manera que antes, así que las pistas vuelven a empezar.",
    },
    "hint_not_checked": {
        "en": "{name} could not be graded here, so this is the general hint.",
        "es": "{name} no se pudo calificar aquí; esta es la pista general.",
    },
    # -- reset
    "reset_done": {
        "en": "{name} is as it came. Your version is kept in {copy}",
        "es": "{name} está como al principio. Tu versión queda en {copy}",
    },
    "reset_nothing": {
        "en": "{name} is as it came: nothing to reset.",
        "es": "{name} está como al principio: no hay nada que deshacer.",
    },
    "reset_impossible": {
        "en": "{name} cannot be reset: there is no untouched version of it (solution, stored copy, git).",
        "es": "{name} no se puede deshacer: no hay ninguna versión intacta (solución, copia guardada, git).",
    },
    "reset_from_own": {
        "en": "No untouched copy was found, so its signature and docstring are yours.",
        "es": "No había copia intacta: la firma y la docstring son las tuyas.",
    },
    "reset_failed": {"en": "{file} could not be written: {reason}", "es": "No se pudo escribir {file}: {reason}"},
    # -- solution
    "solution_first": {
        "en": "{name} does not pass yet. First: {hint}. To see the solution all the same: {command}",
        "es": "{name} todavía no pasa. Antes: {hint}. Para ver la solución de todos modos: {command}",
    },
    "solution_after": {
        "en": "One way to write {name}, to compare with yours, which passes:",
        "es": "Una manera de escribir {name}, para compararla con la tuya, que pasa:",
    },
    "solution_given_up": {
        "en": "Shown because you gave {name} up for now. Close it, then write it from memory: that is how it stays.",
        "es": "Se muestra porque dejas {name} por ahora. Ciérrala y escríbela de memoria: así se queda.",
    },
    "solution_none": {
        "en": "This edition of the course comes without solutions. There are hints: {command}",
        "es": "Esta edición del curso viene sin soluciones. Hay pistas: {command}",
    },
    # -- what is kept
    "state_broken": {
        "en": "Your record of verdicts could not be read; it was put aside as {file}. Grading fills a new one.",
        "es": "No se pudo leer tu registro de veredictos; quedó apartado como {file}. Al calificar se llena uno nuevo.",
    },
    "state_newer": {
        "en": "{file} is of a newer version of the course: it is read, not changed.",
        "es": "{file} es de una versión más nueva del curso: se lee, no se cambia.",
    },
    "state_unsaved": {
        "en": "Verdicts cannot be kept ({reason}). LAB_HOME=FOLDER keeps them elsewhere.",
        "es": "No se pueden guardar los veredictos ({reason}). LAB_HOME=CARPETA los guarda en otro sitio.",
    },
    # -- help
    "help_lang": {"en": "language (default: LANG's)", "es": "idioma (por defecto, el de LANG)"},
    "help_home": {"en": "Where you are, and the next step.", "es": "Dónde estás, y el paso siguiente."},
    "help_check": {
        "en": "Grade what you wrote: everything, one lab or one exercise.",
        "es": "Califica lo que escribiste: todo, un lab o un ejercicio.",
    },
    "help_watch": {
        "en": "Grade what changed each time you save. Ctrl-C or q ends it.",
        "es": "Califica lo que cambió cada vez que guardas. Ctrl-C o q lo termina.",
    },
    "help_hint": {
        "en": "One hint at a time, for what goes wrong now.",
        "es": "Una pista cada vez, para lo que falla ahora.",
    },
    "help_next": {"en": "The next exercise.", "es": "El ejercicio siguiente."},
    "help_reset": {
        "en": "Put one function back as it came; your version is kept.",
        "es": "Devuelve una función a como vino; tu versión se guarda.",
    },
    "help_solution": {
        "en": "The reference solution of an exercise that passes, or that you give up.",
        "es": "La solución de referencia de un ejercicio que pasa, o que dejas.",
    },
    "help_what": {"en": "a lab (03) or an exercise (03.2)", "es": "un lab (03) o un ejercicio (03.2)"},
    "help_one": {"en": "an exercise (03.2, or its function)", "es": "un ejercicio (03.2, o su función)"},
    "help_verbose": {"en": "every failing check, not one an exercise", "es": "todo lo que falla, no uno por ejercicio"},
    "help_give_up": {"en": "show it although it does not pass", "es": "mostrarla aunque no pase"},
}


def say(language: str, key: str, **fills) -> str:
    """The words called `key`, filled in."""
    return WORDS[key][language].format(**fills)
