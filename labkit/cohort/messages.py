"""What an instructor can paste to the student: per lab the points, per exercise what happened and what to look at."""

from __future__ import annotations

import os

from labkit import course

LANGUAGES = course.LANGUAGES
MOST_LINES = 4  # of one test's message

WORDS = {
    "en": {
        "points": "{earned} of {possible} points",
        "beyond": "beyond the core: {earned} of {possible}",
        "passed": "passes: {names}",
        "failed": "does not hold yet",
        "error": "raised an error",
        "timeout": "did not come to an end",
        "not_written": "not written yet: {names}",
        "not_checked": "not checked on the grading machine: {names}",
        "not_run": "not run",
        "again": "To see it yourself: {command}",
        "note": "Note: {text}",
        "unread": "Nothing was graded: {text}",
        "verdicts": {
            "pass": "Every core exercise passes.",
            "fail": "",
            "error": "It could not be graded.",
            "timeout": "At least one exercise did not come to an end: does a loop have no way out, does a call wait?",
            "no report": "The process that ran your code ended before it could report: does the code call exit?",
            "not checked here": "Everything that the grading machine can check passes.",
        },
    },
    "es": {
        "points": "{earned} de {possible} puntos",
        "beyond": "más allá del núcleo: {earned} de {possible}",
        "passed": "superado: {names}",
        "failed": "aún no se cumple",
        "error": "lanzó un error",
        "timeout": "no llegó a terminar",
        "not_written": "aún sin escribir: {names}",
        "not_checked": "sin comprobar en la máquina que califica: {names}",
        "not_run": "sin ejecutar",
        "again": "Para verlo tú: {command}",
        "note": "Nota: {text}",
        "unread": "No se calificó nada: {text}",
        "verdicts": {
            "pass": "Superas todos los ejercicios del núcleo.",
            "fail": "",
            "error": "No se pudo calificar.",
            "timeout": "Al menos un ejercicio no llegó a terminar: ¿hay un bucle sin salida o una llamada que espera?",
            "no report": "El proceso que ejecutaba tu código terminó antes de informar: ¿llama tu código a exit?",
            "not checked here": "Superas todo lo que la máquina que califica puede comprobar.",
        },
    },
}


def language() -> str:
    """The terminal's language, where there are words in it."""
    setting = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return setting[:2] if setting[:2] in LANGUAGES else "en"


def message(result: dict, notes: list[str], lang: str) -> str:
    """The whole message for one submission."""
    words = WORDS[lang]
    verdict, says = words["verdicts"][result["verdict"]], result["says"]
    parts = [verdict] if verdict else []
    if says:
        parts.append(words["unread"].format(text=says) if result["card"] is None else says)
    for lab in result["card"]["labs"] if result["card"] else []:
        parts.append(_lab(lab, result["card"]["tests"], words, lang))
    parts += [words["note"].format(text=note) for note in notes]
    return "\n\n".join(parts) + "\n"


def in_short(result: dict, lang: str) -> str:
    """One line for a result whose scorecard says it all."""
    words, labs = WORDS[lang], result["card"]["labs"] if result["card"] else []
    if result["verdict"] == "timeout":
        stuck = [e["function"] for lab in labs for e in lab["exercises"] if e["status"] == "timeout"]
        return f"{words['timeout']}: {', '.join(stuck)}"
    return words["verdicts"][result["verdict"]] or _points(
        {"earned": result["points"], "possible": result["possible"]}, words["points"]
    )


def _lab(lab: dict, tests: list[dict], words: dict, lang: str) -> str:
    title = course.find(lab["lab"]).title[lang]
    lines = [f"Lab {lab['lab'].removeprefix('lab-')} · {title}: {_points(lab['points'], words['points'])}"]
    if lab["points_beyond"]["earned"]:
        lines.append(f"  {_points(lab['points_beyond'], words['beyond'])}")
    lines += [f"  ! {problem}" for problem in lab["problems"][:5]]
    by_status: dict[str, list[str]] = {}
    for exercise in lab["exercises"]:
        by_status.setdefault(exercise["status"], []).append(exercise["function"])
    for status in ("passed", "not_written", "not_checked"):
        if by_status.get(status):
            lines.append("  " + words[status].format(names=", ".join(by_status[status])))
    for exercise in lab["exercises"]:
        if exercise["status"] in ("failed", "error", "timeout"):
            lines.append(f"  {exercise['function']}: {words[exercise['status']]}")
            lines += [f"      {line}" for line in _why(exercise, tests, lab["lab"])]
    if any(status in by_status for status in ("failed", "error", "timeout")):
        folder = course.show_path(course.find(lab["lab"]).folder)
        lines.append("  " + words["again"].format(command=f"LAB_IMPL=starter pytest {folder} -q"))
    return "\n".join(lines)


def _why(exercise: dict, tests: list[dict], lab: str) -> list[str]:
    mine = [t for t in tests if t["exercise"] == exercise["function"] and t["lab"] == lab]
    trouble = next((t for t in mine if t["status"] == exercise["status"] and t["message"]), None)
    return trouble["message"].splitlines()[:MOST_LINES] if trouble else []


def _points(points: dict, words: str) -> str:
    return words.format(earned=f"{points['earned']:g}", possible=f"{points['possible']:g}")
