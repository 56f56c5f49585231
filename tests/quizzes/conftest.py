"""A small course of one item a kind, to be changed at will; the real content is looked at by test_content.py."""

import io
import shutil
from pathlib import Path

import pytest

from labkit import course, provenance
from labkit.quizzes import ask, check, checks, evidence, interview
from labkit.quizzes.screen import Screen

SMALL = Path(__file__).parent / "course"
QUIZ = "data/quizzes/phase-26-quantization.yaml"
INTERVIEW = "data/interviews/phase-06-quantization.yaml"


class SmallCourse:
    """A copy of the small course: `change` its files, then look at its `slips` or take its quiz."""

    def __init__(self, root: Path):
        self.root, self.data = root, root / "data"
        self.places = evidence.Places(course.ROOT, self.data / "measurements")

    def change(self, *replacements: str, file: str = QUIZ) -> None:
        """Each `old` replaced by its `new`, wherever it stands."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        for old, new in zip(replacements[::2], replacements[1::2]):
            assert old in text, f"{file} no longer holds {old!r}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def slips(self) -> list[str]:
        items, references, slips = check.content(self.data)
        for item in items:
            slips += check.slips_of(item, references, self.places)
        return [str(slip).replace(f"{self.root.as_posix()}/", "") for slip in sorted(set(slips))]


@pytest.fixture
def small(tmp_path, monkeypatch) -> SmallCourse:
    monkeypatch.setattr(checks, "QUIZ_ITEMS", 1)
    monkeypatch.setattr(checks, "INTERVIEW_ITEMS", 1)
    monkeypatch.setattr(checks, "RAPID_ITEMS", 1)
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "home"))
    root = tmp_path / "course"
    shutil.copytree(SMALL, root)
    shutil.copytree(provenance.MEASUREMENTS, root / "data" / "measurements")
    return SmallCourse(root)


class Keyboard(io.StringIO):
    """What a person types, line by line; "^C" is Ctrl-C, and after the last line comes Ctrl-D."""

    def readline(self, *arguments):
        line = super().readline(*arguments)
        if line.strip() == "^C":
            raise KeyboardInterrupt
        return line


@pytest.fixture
def talk(small, monkeypatch):
    """talk("quiz", ["--all"], "2", "", …) -> (exit code, what was on the screen)."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(verb: str, options: list[str], *typed: str, lang: str = "en", out=None):
        out = out or io.StringIO()
        screen = Screen(lang, out, Keyboard("".join(line + "\n" for line in typed)))
        module = {"quiz": ask, "interview": interview}[verb]
        code = module.main([*options, "--lang", lang], data=small.data, screen=screen)
        return code, out.getvalue() if isinstance(out, io.StringIO) else ""

    return run
