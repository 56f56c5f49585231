"""`lab texts`: the readable pages, generated from the YAML. Answers lie behind <details>, which needs no script.

    lab texts              write what is out of date
    lab texts --check      write nothing; say what is out of date
    lab texts --evidence   every claim, what holds it, and whether it does

The pages and exports are never edited by hand.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path

from labkit import course
from labkit.quizzes import load, page_interviews, page_quizzes
from labkit.quizzes.marked import ContentError


def generated(root: Path = course.ROOT) -> dict[Path, str]:
    """Every generated page, by its file."""
    data = root / "data"
    references, labs = load.references(data), lab_pages(root)
    pages = {}
    for whole, names, build in [
        *((quiz, page_quizzes.FILES, page_quizzes.page) for quiz in load.quizzes(data)),
        *((interview, page_interviews.FILES, page_interviews.page) for interview in load.interviews(data)),
    ]:
        for language in course.LANGUAGES:
            file = root / names[language]
            if file in pages:  # a second phase: its name tells it apart
                file = file.with_name(f"{file.stem}-{whole.key}.md")
            pages[file] = build(whole, language, references, labs)
    return pages


def lab_pages(root: Path) -> dict[str, dict[str, str]]:
    """Number of a lab -> language -> its page, from the root."""
    names = {"en": "README.md", "es": "README.es.md"}
    found = {}
    if any(root.glob("phase-*/labs/lab-*/lab.yaml")):
        for lab in course.labs(root):
            folder = lab.folder.relative_to(root).as_posix()
            found[lab.number] = {language: f"{folder}/{name}" for language, name in names.items()}
    for file in sorted((root / "data/reading").glob("lab-*.yaml")):
        from labkit.quizzes import marked

        page = (marked.read(file).data or {}).get("page")
        if isinstance(page, dict) and set(page) == set(course.LANGUAGES):
            found[file.stem.removeprefix("lab-")] = page
    return found


def stale(pages: dict[Path, str]) -> list[Path]:
    """Those whose file is missing or reads otherwise."""
    return [file for file, text in pages.items() if not file.is_file() or file.read_text(encoding="utf-8") != text]


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, file)


def main(argv: list[str], root: Path = course.ROOT) -> int:
    parser = argparse.ArgumentParser(prog="lab texts", description="Write the pages of quizzes and interviews.")
    parser.add_argument("--check", action="store_true", help="write nothing; say what is out of date")
    parser.add_argument("--evidence", action="store_true", help="list every claim with what holds it")
    options = parser.parse_args(argv)
    if importlib.util.find_spec("jsonschema") is None:
        print("lab texts needs the package jsonschema, which is not installed here: run `make quiz`", file=sys.stderr)
        return 2
    if options.evidence:
        from labkit.screen import nobody_reads

        try:
            return claims(root)
        except BrokenPipeError:
            return nobody_reads()
    try:
        pages = generated(root)
    except ContentError as error:
        print(error, file=sys.stderr)
        return 2
    late = stale(pages)
    for file in late:
        if not options.check:
            _write(file, pages[file])
        print(f"{'not up to date' if options.check else 'brought up to date'}: {course.show_path(file)}")
    if not late:
        print("every page is as its source says")
    return 1 if options.check and late else 0


def claims(root: Path) -> int:
    """Print each claim, what it was found to be, and whether it holds."""
    from labkit.quizzes import check, evidence
    from labkit.quizzes.screen import Screen

    screen = Screen("en")
    items, references, slips = check.content(root / "data")
    count = failed = 0
    for item in items:
        screen.line(f"{item.id}  {item.title['en']}", "bold")
        for entry in item.evidence:
            count += 1
            try:
                found, good = (
                    evidence.resolve(entry, references, evidence.Places(root, root / "data/measurements")),
                    True,
                )
            except evidence.Unresolved as error:
                found, good, failed = str(error), False, failed + 1
            screen.line(entry.claim, "" if good else "red", hang="  " + screen.mark(good))
            screen.line(found, "dim", indent=6)
        slips += check.slips_of(item, references)
    screen.line()
    for slip in sorted(set(slips)):
        screen.line(str(slip), "red")
    screen.line(f"{len(items)} items, {count} claims with evidence: {count - failed} hold, {failed} do not", "bold")
    screen.line(f"{len(set(slips))} slips in all")
    return 1 if slips else 0
