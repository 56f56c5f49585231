"""The student edition is whole and works: pages, starters, verbs, and the command that writes it."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labkit import course
from labkit.release import build, command, rules

ROOT = course.ROOT


def test_every_rule_still_finds_something(made):
    """The text has changed and labkit/release/edition.yaml has not."""
    assert made[1].idle == []


def test_a_test_that_nobody_named_stays_behind(made):
    names = set(made[0])
    assert not any(name.startswith("tests/") and name not in made[1].tests for name in names)
    assert set(made[1].tests) <= names, "edition.yaml names tests that do not exist"


def test_no_link_of_any_page_is_dead(edition):
    for page in edition.rglob("*.md"):
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose) + re.findall(r'(?:src|srcset|href)="([^"#]+)"', prose)
        for target in targets:
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.relative_to(edition)} links to {target}"


def test_no_page_sends_the_learner_to_a_solution(edition):
    sends = re.compile(r"from solution import|(?m:^lab \w+ --impl solution)|\]\([^)]*(?:solution\.py|wrong/)")
    for page in edition.rglob("*.md"):
        found = sends.search(page.read_text(encoding="utf-8"))
        assert not found, f"{page.relative_to(edition)}: {found[0]}"


def test_starters_are_unwritten_and_stored_for_reset(edition):
    for lab in course.labs(edition):
        given = (lab.folder / "starter.py").read_text(encoding="utf-8")
        assert given.count("raise NotImplementedError(") >= len(lab.exercises)
        assert (lab.folder / "starter.as-given").read_text(encoding="utf-8") == given


def in_edition(edition: Path, *arguments: str, **environment) -> subprocess.CompletedProcess:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "LAB_", "PYTHONPATH"))}
    clean |= {"PYTHONPATH": str(edition), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", **environment}
    return subprocess.run(
        [sys.executable, *arguments], cwd=edition, env=clean, capture_output=True, encoding="utf-8", errors="replace"
    )


def test_a_learner_starts_at_0_points_with_the_next_step(edition):
    done = in_edition(edition, "-m", "labkit.cli", "grade", "01")
    assert done.returncode == 0 and "0 of 100 points" in done.stdout
    assert "Next: lab 01, exercise 1: quantize_per_tensor" in done.stdout


def test_asking_for_the_solution_says_that_there_is_none(edition):
    done = in_edition(edition, "-m", "pytest", "-q", "phase-06-quantization/labs", LAB_IMPL="solution")
    assert done.returncode == 4 and "no solutions here (a student edition)" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_each_verb_of_the_edition_can_be_called(edition):
    done = in_edition(edition, "-c", "from labkit.cli import VERBS; print(*(m for m, _ in VERBS.values()))")
    modules = done.stdout.split()
    assert len(modules) > 8 and "labkit.grading.run" in modules
    for module in modules:
        path = edition / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), module
    assert not {"labkit.measure", "labkit.bench", "labkit.release.command"} & set(modules)


def test_every_module_of_ours_that_is_imported_is_there(edition):
    for file in (edition / "labkit").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules = [node.module] if isinstance(node, ast.ImportFrom) and not node.level and node.module else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                if module.startswith("labkit"):
                    path = edition / module.replace(".", "/")
                    there = path.with_suffix(".py").is_file() or path.is_dir()
                    assert there, f"{file.relative_to(edition)} imports {module}"


def test_the_packing_by_a_library_gives_the_same_words_as_our_own():
    np, _ = pytest.importorskip("numpy"), pytest.importorskip("compressed_tensors")
    import importlib.util

    from labkit.models import packing

    spec = importlib.util.spec_from_file_location("instead", build.INSTEAD / "labkit/models/packing.py")
    instead = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(instead)
    q = np.random.default_rng(0).integers(-8, 8, (24, 40)).astype(np.int8)
    for layout in ("compressed_tensors", "gptq", "awq"):
        words = getattr(packing, f"pack_{layout}")(q)
        assert np.array_equal(getattr(instead, f"pack_{layout}")(q), words), layout
        assert np.array_equal(getattr(instead, f"unpack_{layout}")(words), q), layout


# ---- the command ----


@pytest.fixture
def lab_release(capsys, monkeypatch, made, tmp_path):
    monkeypatch.setattr(command.build, "files", lambda *_: dict(made[0]))
    monkeypatch.chdir(tmp_path)

    def run(*arguments) -> tuple[int, str]:
        code = command.main([str(a) for a in arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_an_edition_is_replaced_only_with_force_and_keeps_its_git(lab_release, tmp_path):
    assert lab_release("ed")[0] == 0
    (tmp_path / "ed/.git").mkdir()
    (tmp_path / "ed/.git/HEAD").write_text("mine", encoding="utf-8")
    (tmp_path / "ed/stale.txt").write_text("old", encoding="utf-8")
    code, said = lab_release("ed")
    assert code == 2 and "--force" in said and (tmp_path / "ed/stale.txt").exists()
    assert lab_release("ed", "--force")[0] == 0
    assert (tmp_path / "ed/.git/HEAD").read_text(encoding="utf-8") == "mine" and not (
        tmp_path / "ed/stale.txt"
    ).exists()
    assert [p.name for p in tmp_path.iterdir()] == ["ed"]


def test_no_other_folder_is_ever_overwritten(lab_release, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/chapter.txt").write_text("years of work", encoding="utf-8")
    code, said = lab_release("thesis", "--force")
    assert code == 2 and "no student edition" in said and said.count("\n") == 1
    assert (tmp_path / "thesis/chapter.txt").read_text(encoding="utf-8") == "years of work"


SLIPS = {
    "among the course's files": (["{root}/labkit"], "outside of them"),
    "no folder to be in": (["no/such/ed"], "there is no folder"),
    "a file": (["file"], "is a file"),
    "a check of nothing": (["--check", "nothing"], "there is no folder nothing"),
}


@pytest.mark.parametrize("arguments, says", SLIPS.values(), ids=SLIPS)
def test_a_slip_is_one_line(lab_release, tmp_path, arguments, says):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    code, said = lab_release(*(a.format(root=ROOT) for a in arguments))
    assert code == 2 and says in said and said.count("\n") == 1


def test_an_edition_makes_no_edition(edition):
    with pytest.raises(build.ReleaseError, match="student edition already"):
        build.files(edition, rules.read())


def test_a_file_that_git_does_not_know_stays_behind(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / "known.txt").write_text("x", encoding="utf-8")
    subprocess.run(["git", "add", "known.txt"], cwd=tmp_path, check=True)
    (tmp_path / "grades-2026.csv").write_text("ana,3", encoding="utf-8")
    assert build.names(tmp_path) == ["known.txt"]
