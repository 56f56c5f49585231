"""`lab --help` and a mistyped verb."""

import re
import subprocess
import sys

import pytest

from labkit import cli, course, help

GROUPS = help.GROUPS.values()


def lab(capsys, *argv) -> tuple[int, str, str]:
    code = cli.main(list(argv))
    return code, *capsys.readouterr()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("columns", ["60", "140"])
def test_help_has_one_entry_a_verb_under_whom_it_is_for(capsys, monkeypatch, language, columns):
    monkeypatch.setenv("COLUMNS", columns)
    code, out, _ = lab(capsys, "--help", "--all", "--lang", language)
    assert code == 0 and [title for title in GROUPS if title[language] not in out] == []
    assert sorted(re.findall(r"^  ([\w-]+) ", out, re.M)) == sorted(cli.VERBS)
    assert max(map(len, out.splitlines())) < int(columns)
    learners = out[: out.index(help.GROUPS["instructors"][language])]
    assert "  check" in learners and "  cohort" not in learners


def test_a_learners_help_fits_a_screen_and_names_the_rest(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = lab(capsys, "--help")[1]
    assert lab(capsys, "help")[1] == lab(capsys, "--lang", "en", "--help")[1] == out
    assert len(out.splitlines()) <= 34 and "cohort-sample" in out and "make up a class" not in out


def test_every_verb_is_explained_in_both_languages():
    assert set(help.SPANISH) == set(cli.VERBS)


@pytest.mark.parametrize(
    "typed, meant",
    [("chek", "lab check"), ("Hint", "lab hint"), ("03.2", "lab check 03.2"), ("lab-01", "lab check lab-01"),
     ("solutoin", "lab solution")],
)  # fmt: skip
def test_an_unknown_verb_is_answered_with_the_nearest(capsys, typed, meant):
    code, out, err = lab(capsys, typed)
    assert code == 2 and not out and err.count("\n") == 1 and f"Did you mean {meant}" in err


def test_one_like_nothing_is_sent_to_the_list(capsys):
    code, _, err = lab(capsys, "pqxz", "--lang", "es")
    assert code == 2 and "'pqxz'" in err and "lab --help" in err and "Querías" not in err


def test_help_about_a_verb_is_that_verbs(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["help", "check"])
    assert stop.value.code == 0 and "usage: lab check" in capsys.readouterr().out


def test_a_pipe_that_ends_early_is_no_failure(alone):
    code = "import sys; from labkit import cli, screen; screen.Screen.line = lambda *a, **k: (_ for _ in ()).throw("
    code += "BrokenPipeError()); sys.exit(cli.main(['--help']))"
    done = alone("labkit.cli", options=("-c", code))
    assert done.returncode == 0 and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "package, verb, mend",
    [("jsonschema", "docs", "make docs"), ("zensical", "docs", "make docs"), ("py_mini_racer", "docs", "make docs"),
     ("matplotlib", "plots", "make models"), ("torch", "eval", "make models")],
)  # fmt: skip
def test_a_package_that_is_missing_is_told_with_what_installs_it_wherever_it_is_missed(package, verb, mend):
    """As on a fresh clone, where only the core is there; some modules import theirs only when they get to it."""
    code = f"import sys; sys.modules[{package!r}] = None; from labkit.cli import main; sys.exit(main([{verb!r}]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=course.ROOT)
    says = f"lab {verb} needs the package {package}, which is not installed here: run `{mend}`\n"
    assert (done.returncode, done.stderr) == (2, says)
