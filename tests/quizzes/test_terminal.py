"""`lab quiz` and `lab interview` as a person meets them: both languages, mistakes, Ctrl-C, any terminal."""

import io
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from labkit import course
from labkit.quizzes import ask, schedule, words
from labkit.quizzes.screen import Screen
from labkit.screen import of_the_terminal

RIGHT = {"q-26-01": "2", "q-26-02": "2 3", "q-26-03": "fewer bytes, it is memory-bound", "q-26-04": "131072"}


def progress() -> dict:
    file = Path(os.environ["LAB_HOME"]) / "progress.json"
    return json.loads(file.read_text(encoding="utf-8"))["items"] if file.exists() else {}


def typed_right() -> list[str]:
    return [line for answer in RIGHT.values() for line in (answer, "")]


def test_all_right_is_told_and_kept_and_comes_back_on_another_day(talk):
    code, screen = talk("quiz", ["--all"], *typed_right())
    assert code == 0 and "4 of 4 right at the first try." in screen
    assert screen.count("✓ Right.") == 4
    assert {name: (entry["seen"], entry["right"]) for name, entry in progress().items()} == dict.fromkeys(RIGHT, (1, 1))
    tomorrow = datetime.now(timezone.utc) + timedelta(hours=12)
    assert all(schedule.due(entry) > tomorrow for entry in progress().values())


def test_a_wrong_answer_names_the_misunderstanding_and_why_and_comes_back_in_the_session(talk):
    code, screen = talk("quiz", ["--topic", "scales"], "1", "?", "", "2 3", "", "2", "")
    assert "Misunderstanding: forgets the scales" in screen and "The scales are stored too." in screen
    assert "Right: 2  4.125 bits" in screen and "16 bits over 128 weights" in screen
    assert "Evidence" in screen and "computed: `bits_per_weight(128)` = 4.125" in screen
    assert screen.count("What a group costs") == 3  # asked, asked once more, and in the score
    assert "once more · Scales and groups" in screen
    assert "1 of 2 right at the first try." in screen and "To look at again:" in screen
    entry = progress()["q-26-01"]
    assert (entry["seen"], entry["right"]) == (1, 0)  # the second try knows the answer: it is no review


def test_a_missed_item_is_put_three_times_at_most(talk):
    code, screen = talk("quiz", ["--topic", "scales", "-n", "1"], "1", "", "1", "", "1", "")
    assert code == 0 and screen.count("Not yet.") == 3 and "0 of 1 right" in screen


def test_what_cannot_be_read_is_asked_again_and_costs_nothing(talk):
    code, screen = talk(
        "quiz", ["--lab", "02", "-n", "2"], "x", RIGHT["q-26-03"], "", "hola", "128 KB", "?", "131 072", ""
    )
    assert "2 of 2 right" in screen
    for says in ("Type a sentence", "Type one number", "The answer is asked in bytes", "after you answer"):
        assert says in screen


def test_an_answer_in_other_words_can_be_counted_by_the_person(talk):
    code, screen = talk("quiz", ["--lab", "02", "-n", "1"], "less has to travel to the chip", "maybe", "y", "")
    assert "not found in your answer" in screen and "Model answer" in screen and "Type y or n." in screen
    assert "1 of 1 right" in screen and progress()["q-26-03"]["right"] == 1
    code, screen = talk("quiz", ["--lab", "02", "-n", "1"], "131072", "q")
    assert progress()["q-26-03"]["seen"] == 1


def test_spanish_is_spoken_throughout(talk):
    code, screen = talk(
        "quiz", ["--all"], "1", "?", "", "2 3", "", "multiplica más rápido", "n", "", "131072", "", "q", lang="es"
    )
    for says in (
        "Todavía no.",
        "Malentendido: olvida las escalas",
        "Correcto: 2  4.125 bits",
        "Evidencia",
        "Respuesta modelo",
        "otra vez",
        "2 de 4 correctas al primer intento.",
        "Para repasar",
    ):
        assert says in screen, says
    english = [text["en"] for key, text in words.WORDS.items() if "{" not in text["en"] and text["en"] != text["es"]]
    prose = [text for text in english if len(text) > 12]
    assert not [text for text in prose if text in screen]


@pytest.mark.parametrize("how, expected", [("^C", 130), (None, 0), ("q", 0)], ids=["Ctrl-C", "Ctrl-D", "q"])
def test_stopping_in_the_middle_loses_nothing(talk, how, expected):
    code, screen = talk("quiz", ["--all"], "2", "", "2 3", "", *([how] if how else []))
    assert code == expected
    assert "2 of 2 right at the first try." in screen and "what you answered is kept" in screen
    assert set(progress()) == {"q-26-01", "q-26-02"}


def test_stopping_before_anything_was_answered_says_so(talk):
    code, screen = talk("quiz", ["--all"], "^C")
    assert code == 130 and "No question answered." in screen and progress() == {}


def test_each_answer_is_on_disk_before_the_next_question(talk):
    code, screen = talk("quiz", ["--all"], "1", "^C")
    assert code == 130 and progress()["q-26-01"]["seen"] == 1
    code, screen = talk("quiz", ["--lab", "02", "-n", "1"], "it is quicker somehow", "^C")
    assert progress()["q-26-03"]["seen"] == 1


def test_the_menu_offers_topics_and_takes_a_number_enter_or_all(talk):
    code, screen = talk("quiz", [], "7", "2", "2", "", "2 3", "")
    assert "1  Roofline (2 new)" in screen and "2  Scales and groups (2 new)" in screen
    assert "There is no such topic. Type 1 to 2." in screen and "2 of 2 right" in screen
    code, screen = talk("quiz", [], "", RIGHT["q-26-03"], "", "131072", "")
    assert "2 of 2 right" in screen and "What a group costs" not in screen  # due and new ones only


def test_due_asks_what_is_due_and_says_when_nothing_is(talk):
    assert "you have not answered anything yet" in talk("quiz", ["--due"])[1]
    talk("quiz", ["--all"], *typed_right())
    code, screen = talk("quiz", ["--due"])
    assert code == 0 and "Nothing is due. The next item comes back on" in screen
    file = Path(os.environ["LAB_HOME"]) / "progress.json"
    stored = json.loads(file.read_text())
    stored["items"]["q-26-02"]["card"]["due"] = "2020-01-01T00:00:00+00:00"
    file.write_text(json.dumps(stored))
    code, screen = talk("quiz", ["--due"], "2 3", "")
    assert "1 of 1 right" in screen and "Defaults for INT8" in screen


@pytest.mark.parametrize(
    "options, told",
    [
        (["--topic", "kernels"], "There is no topic 'kernels'; there are: roofline, scales"),
        (["--lab", "09"], "No item is of lab 09; there are: 01, 02, 03"),
    ],
)
def test_an_unknown_topic_or_lab_lists_those_there_are(talk, options, told):
    code, screen = talk("quiz", options)
    assert code == 2 and told in screen


def test_a_slip_in_the_content_is_listed_and_not_a_traceback(talk, small, capsys):
    small.change("kind: single", "kind: simple", "value: 131072", "value: many")
    code, screen = talk("quiz", ["--all"], "2")
    told = capsys.readouterr().err
    assert code == 2 and "q-26-01: `kind` must be" in told and "q-26-04: `value` must be" in told


def test_list_and_statistics_show_topics_and_how_far_one_is(talk):
    talk("quiz", ["--all"], "1", "", *typed_right()[2:], "2", "")
    code, screen = talk("quiz", ["--stats"])
    assert re.search(r"Scales and groups +2 +2 +50 % +0", screen) and re.search(r"in all +4 +4 +75 % +0", screen)
    code, screen = talk("quiz", ["--list"], lang="es")
    assert "scales: Escalas y grupos" in screen and "q-26-04  Bytes de KV por token (lab 02)" in screen


def test_reset_keeps_a_dated_copy(talk):
    talk("quiz", ["--all"], "2", "", "q")
    code, screen = talk("quiz", ["--reset"])
    kept = list(Path(os.environ["LAB_HOME"]).glob("progress-reset-????-??-??-*.json"))
    assert code == 0 and len(kept) == 1 and "q-26-01" in kept[0].read_text() and progress() == {}
    assert "There was no progress to reset." in talk("quiz", ["--reset"])[1]


def test_an_interview_is_thought_revealed_compared_and_rated(talk):
    code, screen = talk("interview", [], "", "y", "n", "y", "?", "7", "3", lang="en")
    before, after = screen.split("Enter: reveal")
    assert "4.125" not in before and "`4.125` bits a weight" in after
    for says in (
        "The state object: packed codes",
        "The shape or axis",
        "You named 2 of 3.",
        "Forgets the scales.",
        "And with zero points?",
        "Type 1, 2, 3 or 4.",
        "1 rehearsed, 1 of them well.",
    ):
        assert says in after, says
    assert progress()["i-06-01"]["seen"] == 1
    code, screen = talk("interview", ["--rapid"], "", "1", lang="es")
    assert "GPTQ y AWQ." in screen and "1 ensayadas, 0 de ellas bien." in screen
    assert schedule.due(progress()["i-06-01"]) > schedule.due(progress()["r-06-01"])


def test_markdown_reads_well_on_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    out = io.StringIO()
    text = "A **bold** and *light* [link](x.md), `a *b* c`, 2 * 3 * 4.\n\n- one\n  goes on\n- two\n\n"
    text += "```\n  as  it is\n```\n| a | b |"
    Screen("en", out).text(text, indent=2)
    assert out.getvalue() == (
        "  A bold and light link, `a *b* c`, 2 * 3 * 4.\n\n  • one goes on\n  • two\n\n    as  it is\n  | a | b |\n"
    )


def test_an_interview_can_be_left_at_any_point(talk):
    for typed in (["^C"], ["", "^C"], ["", "y", "y", "y", "^C"]):
        code, screen = talk("interview", [], *typed)
        assert code == 130 and "0 rehearsed" in screen
    assert talk("interview", ["--level", "staff"])[0] == 2


@pytest.mark.parametrize("width", [24, 40, 200])
def test_lines_are_wrapped_to_the_terminal(talk, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    out = io.StringIO()
    screen = Screen("es", out, io.StringIO("1\n?\n\nq\n"))
    screen_lines = out
    from labkit.quizzes import load

    ask.main(["--all", "--lang", "es"], data=load.DATA, screen=screen)
    lines = screen_lines.getvalue().splitlines()
    assert lines and max(map(len, lines)) <= min(width, 88)


class Ascii(io.StringIO):
    encoding = "ascii"

    def write(self, text):
        text.encode("ascii")
        return super().write(text)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_that_knows_only_ascii_is_spoken_to_in_ascii(talk):
    out = Ascii()
    talk("quiz", ["--all"], "1", "?", "", "2 3", "", "q", lang="es", out=out)
    assert "Todavia no." in out.getvalue() and "Cuantos bits" in out.getvalue().replace("cuantos", "Cuantos")


def test_colour_only_on_a_terminal_that_wants_it(talk, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for out, coloured in ((Terminal(), True), (io.StringIO(), False)):
        talk("quiz", ["--all"], "2", "q", out=out)
        assert ("\x1b[" in out.getvalue()) is coloured
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    talk("quiz", ["--all"], "2", "q", out=out)
    assert "\x1b[" not in out.getvalue()


@pytest.mark.parametrize(
    "environment, language",
    [
        ({"LANG": "es_ES.UTF-8"}, "es"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "es_ES"}, "en"),
        ({}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LC_ALL": "", "LANG": "es"}, "es"),
    ],
)
def test_the_language_is_that_of_the_terminal(environment, language):
    assert of_the_terminal(environment) == language


def test_every_interface_word_has_both_languages_and_the_same_fills():
    for key, text in words.WORDS.items():
        assert set(text) == set(course.LANGUAGES), key
        fills = [set(re.findall(r"\{(\w+)", text[language])) for language in course.LANGUAGES]
        assert fills[0] == fills[1], key


def test_a_missing_package_is_told_in_one_line(talk, monkeypatch, capsys):
    monkeypatch.setattr(ask.importlib.util, "find_spec", lambda name: None if name == "fsrs" else object())
    assert talk("quiz", ["--all"])[0] == 2
    assert capsys.readouterr().err == "lab quiz needs the package fsrs, which is not installed here: run `make quiz`\n"


def test_starting_the_quiz_imports_neither_torch_nor_numpy_and_a_pipe_ends_it_well(tmp_path):
    code = (
        "import sys; from labkit.quizzes import ask, interview\n"
        "code = ask.main(['--all', '--lang', 'es'])\n"
        "print('heavy:', [m for m in ('numpy', 'torch', 'pytest') if m in sys.modules]); sys.exit(code)"
    )
    environment = {**os.environ, "LAB_HOME": str(tmp_path), "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(course.ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], input="s\n", env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "heavy: []" in done.stdout and "0 de 1 correctas" in done.stdout and done.stderr == ""
