"""The pages about the loop show the stored measurement and name commands that exist."""

import importlib
import re

import pytest

from labkit import course, provenance
from labkit.loop import latency
from labkit.loop.__main__ import VERBS


@pytest.mark.parametrize("language", course.LANGUAGES)
def test_the_page_shows_the_stored_measurement(language):
    text = (course.ROOT / latency.PAGES[language]).read_text(encoding="utf-8")
    assert latency.table(provenance.read(latency.NAME), language) in text


def test_a_numpy_exercise_has_its_verdict_within_half_a_second():
    labs = provenance.read(latency.NAME)["result"]["labs"]
    assert set(labs) == {lab.key for lab in course.labs()}
    assert all(row["save to verdict"] < 0.5 for row in labs.values())
    assert all(row["ratio to cold pytest"] < 1 for row in labs.values())


@pytest.mark.parametrize("language", course.LANGUAGES)
def test_the_page_names_every_verb_and_no_other(language):
    text = (course.ROOT / latency.PAGES[language]).read_text(encoding="utf-8")
    named = set(re.findall(r"^lab ([a-z]+)(?: [\d.]+)?  ", text, flags=re.M)) | set(re.findall(r"`lab ([a-z]+)", text))
    assert named == set(VERBS)
    assert all(callable(importlib.import_module(module).main) for module in VERBS.values())


def test_a_save_of_the_measurement_changes_the_function_and_still_parses(tmp_path):
    from labkit.loop.source import Source

    starter = tmp_path / "starter.py"
    starter.write_text((course.find("01").folder / "solution.py").read_text(encoding="utf-8"), encoding="utf-8")
    before = Source(starter).digest("dequantize")
    latency.save(starter, "dequantize", "1")
    assert Source(starter).tree is not None and Source(starter).digest("dequantize") != before


def screens(language: str) -> list[list[str]]:
    """The screens of the walk through lab 01, as the page shows them, without what it leaves out."""
    text = (course.ROOT / latency.PAGES[language]).read_text(encoding="utf-8")
    walk = re.search(r"^## [^\n]*[Ll]ab 01,[^\n]*\n.*?(?=^## )", text, flags=re.M | re.S)[0]
    return [block.splitlines() for block in re.findall(r"^```\n(.*?)^```", walk, flags=re.M | re.S)]


@pytest.mark.parametrize("language", course.LANGUAGES)
def test_the_screens_on_the_page_are_what_is_shown(learner, language):
    def shown(*arguments):
        output = learner.lab(*arguments, "--lang", language, COLUMNS="80")[1]
        return re.sub(r"\S+ (?:-m labkit\.cli )?(?=(?:hint|check|plot|card|watch) )|\S+/lab(?= )", "lab ", output)

    begin, hint, axis, complete = screens(language)
    assert shown("hint", "01.1").splitlines()[:-1] == begin[1:-1]
    learner.write("01", "quantize_per_tensor", change=("np.rint(steps, out=steps)", "np.trunc(steps, out=steps)"))
    assert shown("hint", "01.1").splitlines()[:-1] == hint[:-1]
    learner.replace("np.trunc", "np.rint")
    learner.write("01", "quantize_per_channel", change=(".max(axis=1)", ".max(axis=0)"))
    start = axis.index("✗ 01.2 quantize_per_channel")
    assert "\n".join(axis[start : start + 5]) in shown("check", "01.2")
    learner.replace(".max(axis=0)", ".max(axis=1)")
    learner.write("01", *(e.function for e in course.find("01").exercises if not e.beyond))
    output = " ".join(shown("check", "01").split())
    for line in complete:
        assert line.strip() == "…" or "01.8" in line or " ".join(line.split()) in output, line
