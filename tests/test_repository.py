"""What a reader of the repository may rely on: links lead somewhere, numbers are as measured, nothing local leaks.

That both languages say the same is looked at by tests/site/test_mirror.py.
"""

import re
import subprocess
from pathlib import Path

import pytest

from labkit import course, measure, provenance

ROOT = course.ROOT
LABS = course.labs()
by_lab = pytest.mark.parametrize("lab", LABS, ids=[lab.key for lab in LABS])


def tracked() -> list[Path]:
    """Files of the repository that git knows or would know; in a copy without git, everything but caches."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    assert listed.returncode == 0, "run the suite in a git clone"
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def texts() -> list[Path]:
    return [
        p
        for p in tracked()
        if p.suffix in {".md", ".py", ".toml", ".yaml", ".yml", ".json", ""} and p.stat().st_size < 2_000_000
    ]


PAGES = [p for p in tracked() if p.suffix == ".md"]


@pytest.mark.parametrize("page", PAGES, ids=[course.show_path(p) for p in PAGES])
def test_every_link_to_a_file_leads_to_one(page):
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{course.show_path(page)} links to {target}"


def test_no_path_of_one_machine_and_no_registry_address_is_in_the_repository():
    # Written in pieces, so that this file does not hold what it looks for.
    local = re.compile(r"(?<![\w.-])/(?:" + "|".join(["work", "root", "farm", "home/\\w+", "opt/wheels"]) + r")/")
    registry = re.compile(
        "|".join(
            re.escape(a + b)
            for a, b in [
                ("pypi.", "org"),
                ("pythonhosted", ".org"),
                ("registry.", "npmjs"),
                ("download.", "pytorch.org"),
            ]
        )
    )
    for path in texts():
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.name == "test_repository.py" or path.name == "LICENSE":
            continue
        assert not local.search(text), f"{course.show_path(path)}: {local.search(text)[0]}"
        assert not registry.search(text), f"{course.show_path(path)}: {registry.search(text)[0]}"


@by_lab
def test_every_number_on_a_labs_pages_is_as_measured(lab):
    """`lab measure NN` mends what this finds."""
    stored = provenance.read(lab.key)
    assert measure.differences(stored["tables"], measure.tables(lab)) == []
    for language, name in measure.PAGES.items():
        page = (lab.folder / name).read_text(encoding="utf-8")
        assert page == measure.fill(page, stored, language, name), f"{name}: a table is not as stored"


@by_lab
def test_the_pages_tell_each_exercise_and_the_order_of_the_labs(lab):
    for name in measure.PAGES.values():
        page = (lab.folder / name).read_text(encoding="utf-8")
        for exercise in lab.exercises:
            assert exercise.function in page, f"{name} does not speak of {exercise.function}"
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", page).replace("*", "")  # without links and emphasis
        assert "01 → 03 → 04 → 02" in plain.replace("\n", " ")
        assert f"LAB_IMPL=starter pytest {course.show_path(lab.folder)} -q" in page


def test_titles_minutes_and_order_in_the_overviews_are_those_of_lab_yaml():
    for language, name in measure.PAGES.items():
        for folder in (ROOT, ROOT / "phase-06-quantization"):
            page = (folder / name).read_text(encoding="utf-8")
            places = []
            for lab in LABS:
                title = f"{lab.number} · {lab.title[language]}"
                assert title in page, f"{course.show_path(folder / name)} does not list {title!r}"
                places.append(page.index(title))
                if folder == ROOT:
                    row = next(line for line in page.splitlines() if title in line)
                    assert f"{lab.minutes} min" in row, f"{lab.key} takes {lab.minutes} min by lab.yaml: {row}"
            assert places == sorted(places)


def test_every_stored_measurement_says_machine_versions_and_command():
    for file in sorted(provenance.MEASUREMENTS.glob("*.json")):
        stored = provenance.read(file.stem)
        for part in [stored] if "source" in stored else stored.values():  # one run, or one for each part
            source = part["source"]
            assert source["command"] and source["machine"]["cpu"] and source["versions"]["python"], file.name


def test_core_never_imports_torch():
    import sys

    modules = "labkit.cli, labkit.course, labkit.measure, labkit.grading.plugin, labkit.grading.run"
    code = f"import sys, {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
