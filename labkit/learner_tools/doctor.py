"""`lab doctor`: is this machine ready? For everything looked at: what was found, what it means, what to do.

Exit code 0: nothing stands in the way of the labs; 1: something does; 2: a wrong argument.
"""

from __future__ import annotations

import argparse
import json
import sys

from labkit.learner_tools import checks_machine, checks_python
from labkit.learner_tools.finding import BAD, GOOD, NOTE, Finding
from labkit.screen import LANGUAGES, Screen, forgiving, language_of

CHECKS = {
    "python": checks_python.python,
    "environment": checks_python.environment,
    "core": lambda: checks_python.packages("core"),
    "start": checks_python.start,
    "course": checks_machine.course,
    "variables": checks_machine.variables,
    "encoding": checks_machine.encoding,
    "terminal": checks_machine.terminal,
    "disk": checks_machine.disk,
    "files": checks_machine.files,
    "git": checks_machine.git,
    "models": lambda: checks_python.packages("models"),
    "quiz": lambda: checks_python.packages("quiz"),
    "gpu": checks_python.gpu,
    "engine": checks_python.engine,
}
WORDS = {
    "about": (
        "Is this machine ready? What was found, what it means, what to do.",
        "¿Está lista esta máquina? Qué hay, qué significa, qué hacer.",
    ),
    "all": ("say what everything means, also where all is well", "di qué significa todo, también lo que está bien"),
    "json": ("the findings as JSON", "los hallazgos en JSON"),
    "lang": ("language (default: that of the terminal)", "idioma (por defecto, el del terminal)"),
    "means": ("means", "significa"),
    "do": ("do", "haz"),
    "ready": (
        "Ready: the labs can be done on this machine.",
        "Lista: en esta máquina pueden hacerse los laboratorios.",
    ),
    "bad": ("In the way of the labs: {}.", "Impide hacer los laboratorios: {}."),
    "notes": ("Worth knowing, and no hindrance: {}.", "Conviene saberlo, y no impide nada: {}."),
    "more": ("lab doctor --all says what each line means.", "lab doctor --all dice qué significa cada línea."),
    "unseen": ("This could not be looked at.", "Esto no se pudo mirar."),
}
MARKS = {GOOD: ("✓", "green"), NOTE: ("!", "yellow"), BAD: ("✗", "red")}


def main(argv: list) -> int:
    forgiving(sys.stdout, sys.stderr)
    language = language_of(argv)
    i = LANGUAGES.index(language)
    parser = argparse.ArgumentParser(prog="lab doctor", description=WORDS["about"][i])
    parser.add_argument("--all", "-a", action="store_true", help=WORDS["all"][i])
    parser.add_argument("--json", action="store_true", help=WORDS["json"][i])
    parser.add_argument("--lang", choices=LANGUAGES, default=language, help=WORDS["lang"][i])
    try:
        options = parser.parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    i, findings = LANGUAGES.index(options.lang), look()
    if options.json:
        data = [
            {
                "case": f.case,
                "state": f.state,
                "found": f.found[i],
                "means": f.means[i],
                "do": f.do[i] if f.do else None,
            }
            for f in findings
        ]
        print(json.dumps(data, indent=1, ensure_ascii=True))
    else:
        _show(findings, Screen(options.lang), i, options.all)
    return 1 if any(f.state == BAD for f in findings) else 0


def look() -> list:
    """Every finding. A check that itself fails is a finding too: the doctor never falls over what it is to find."""
    findings = []
    for key, check in CHECKS.items():
        try:
            findings.append(check())
        except Exception as error:
            what = "%s: %s" % (type(error).__name__, error)
            findings.append(Finding(key + ".unseen", NOTE, (key, key), (what, what), WORDS["unseen"]))
    return findings


def _show(findings: list, screen: Screen, i: int, everything: bool) -> None:
    wide = max(len(f.name[i]) for f in findings) + 2
    label = max(len(WORDS[key][i]) for key in ("means", "do"))
    for f in findings:
        screen.line(f.found[i], indent=1, hang=f.name[i].ljust(wide), sign=MARKS[f.state])
        if f.state == GOOD and not everything:
            continue
        for key, words in (("means", f.means), ("do", f.do)):
            if words:
                screen.line(words[i], indent=5, hang=WORDS[key][i].ljust(label) + "  ")
    screen.line()
    for state, key in ((BAD, "bad"), (NOTE, "notes")):
        names = ", ".join(f.name[i] for f in findings if f.state == state)
        if names:
            screen.line(WORDS[key][i].format(names))
    if not any(f.state == BAD for f in findings):
        screen.line(WORDS["ready"][i], "bold")
    if not everything:
        screen.line(WORDS["more"][i])
