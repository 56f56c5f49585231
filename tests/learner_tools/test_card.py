"""`lab card`: only what passes now is on it, in figures of the learner's own functions."""

import shutil
import xml.etree.ElementTree as ET

import pytest

from labkit import course
from labkit.grading.implementation import resolve
from labkit.learner_tools import card, card_facts
from labkit.learner_tools.weights import linear_weights
from labkit.learner_tools.yours import Yours

RIGHT = course.ROOT / "tests" / "grading" / "right" / "lab_01_plain.py"


@pytest.fixture
def work(tmp_path):
    """work(old, new) -> a folder with a lab 01 that is right but for `old` replaced by `new`, and no other lab."""

    def write(old: str = "", new: str = ""):
        folder = tmp_path / "work"
        shutil.rmtree(folder, ignore_errors=True)
        target = folder / course.find("01").folder.name / "starter.py"
        target.parent.mkdir(parents=True)
        text = RIGHT.read_text(encoding="utf-8")
        assert old in text
        target.write_text(text.replace(old, new) if old else text, encoding="utf-8")
        return folder

    return write


def test_one_complete_lab_is_on_the_card_with_its_bytes_and_its_error_and_the_others_are_not(work, tmp_path, capsys):
    target = tmp_path / "card.svg"
    assert card.main(["--impl", str(work()), "--out", str(target), "--no-model", "--name", "A <b> & Zoë"]) == 0
    out = capsys.readouterr().out
    assert out.count("✓") == 1 and "8 of 8 exercises, 100 of 100 points" in out and "0 of 7 exercises" in out
    # 1,769,472 weights of 256 or 512 columns: 2 bytes each before, 1 byte and a float32 scale a row after.
    count = sum(w.size for w in linear_weights().values())
    after = count + 4 * sum(len(w) for w in linear_weights().values())
    assert f"{2 * count / after:.2f}×" in out and f"{after / 1e6:.2f} MB" in out
    texts = [element.text for element in ET.parse(target).iter() if element.text and element.text.strip()]
    assert "A <b> & Zoë" in texts and "Lab 01 · A linear layer in int8" in texts
    assert f"{2 * count / after:.2f}×" in texts


def test_a_lab_with_one_slip_is_not_complete_and_no_image_is_written(work, tmp_path, capsys):
    target = tmp_path / "card.svg"
    folder = work("return float(_ratio(", "return 1.0001 * float(_ratio(")
    assert card.main(["--impl", str(folder), "--out", str(target), "--lang", "es"]) == 0
    out = capsys.readouterr().out
    assert "✓" not in out and "7 de 8 ejercicios" in out and "Ningún laboratorio está completo" in out
    assert not target.exists()


def test_what_this_machine_cannot_check_is_never_shown_as_passed():
    def lab(*statuses):
        return {"exercises": [{"beyond": False, "status": status} for status in statuses]}

    assert card.state_of(lab("passed", "passed")) == "complete"
    assert card.state_of(lab("passed", "not_checked")) == "unchecked"
    assert card.state_of(lab("passed", "not_written")) == card.state_of(lab("passed", "error")) == "open"
    assert card.state_of(lab("not_checked")) == card.state_of(lab()) == "open"
    only_core = {"exercises": [{"beyond": False, "status": "passed"}, {"beyond": True, "status": "failed"}]}
    assert card.state_of(only_core) == "complete"


def test_a_wrong_argument_is_one_message_and_exit_code_2(capsys):
    assert card.main(["--out", "card.jpg"]) == 2
    assert ".svg, .png" in capsys.readouterr().err
    assert card.main(["--impl", "nowhere"]) == 2


@pytest.mark.parametrize("number", card_facts.FACTS)
def test_every_lab_has_facts_in_both_languages(number):
    facts = card_facts.FACTS[number](Yours(resolve("solution"), course.find(number)))
    assert facts and all(fact.value and fact.words[0] != fact.words[1] for fact in facts)


def test_the_models_weights_are_read_exactly():
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    tensors = load_file(course.ROOT / "data" / "models" / "clerk-2m" / "model.safetensors")
    mine = linear_weights()
    assert set(mine) == {name for name in tensors if name.endswith("_proj.weight")} and len(mine) == 21
    for name, w in mine.items():
        assert torch.equal(torch.from_numpy(w.copy()), tensors[name].float()), name


def test_with_torch_the_model_that_the_learner_quantized_answers(monkeypatch):
    pytest.importorskip("transformers")
    monkeypatch.setattr(card_facts, "PROMPTS", 4)
    monkeypatch.setattr(card_facts, "DOCUMENTS", 20)
    found = card_facts.answers(resolve(str(RIGHT)), ["01"])
    assert list(found) == ["01"] and found["01"][0].value == "100%" and "bf16: 100%" in found["01"][0].words[0]


def test_a_png_says_what_it_needs_and_is_written_where_that_is_there(alone, work, tmp_path):
    folder = work()
    argv = ["--impl", folder, "--no-model", "--out", tmp_path / "card.png"]
    done = alone("labkit.learner_tools.card", *argv, without=("matplotlib",))
    assert done.returncode == 2 and "pip install matplotlib" in done.stderr and "Traceback" not in done.stderr
    pytest.importorskip("matplotlib")
    assert alone("labkit.learner_tools.card", *argv).returncode == 0
    assert (tmp_path / "card.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.glob("*.part"))
