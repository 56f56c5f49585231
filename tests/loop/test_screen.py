"""Any width, colour or none, any encoding, two languages."""

import io
import shlex
import string
from pathlib import Path

import pytest

from labkit.loop import typed, words
from labkit.screen import Screen

ACCENTS = "áéíóúñ¿¡"


def test_both_languages_say_the_same_things():
    for key, both in words.WORDS.items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in both.values()]
        assert set(both) == {"en", "es"}, key
        if key != "verdicts_english":  # said in Spanish only
            assert fields[0] == fields[1], key
            assert all(text.strip() for text in both.values()), key


def test_every_word_is_used():
    import re
    from pathlib import Path

    text = "".join(p.read_text(encoding="utf-8") for p in Path(words.__file__).parent.glob("*.py"))
    unused = [
        key
        for key in words.WORDS
        if not re.search(rf"['\"]{key}['\"]", text.replace(f'    "{key}": {{', "", 1))
        and not key.startswith(("help_", "state_"))
    ]
    assert not unused


@pytest.fixture
def failing(learner):
    learner.write("01", "quantize_per_tensor", "memory_bytes", change=("np.rint", "np.floor"))
    return learner


@pytest.mark.parametrize("columns, language", [(40, "es"), (60, "en"), (200, "es")])
def test_nothing_but_paths_and_commands_is_wider_than_the_terminal(failing, columns, language):
    for verb in ([], ["check", "01"], ["hint", "01.1"], ["next"]):
        code, output = failing.lab(*verb, "--lang", language, COLUMNS=str(columns))
        for line in output.splitlines():
            longest_word = max(map(len, line.split()), default=0)
            assert len(line) < columns or longest_word > columns // 3, line


def test_piped_output_has_no_escape_codes_and_no_drawing_over(failing):
    for verb in ([], ["check", "01"]):
        assert not set("\x1b\r\b") & set(failing.lab(*verb)[1])


@pytest.mark.parametrize(
    "env", [{"PYTHONIOENCODING": "ascii"}, {"LANG": "C"}, {"LC_ALL": "POSIX", "LANG": "es_ES.UTF-8"}]
)
def test_plain_ascii_where_there_is_no_more(failing, env):
    for verb in (["check", "01"], ["hint", "01.1"]):
        output = failing.lab(*verb, "--lang", "es", **env)[1]
        assert output.isascii() and "?" not in output.replace("? ", "").replace("?\n", "").strip("?"), output


@pytest.mark.parametrize(
    "env, spanish",
    [
        ({"LANG": "es_MX.UTF-8"}, True),
        ({"LANG": "es_MX.UTF-8", "LC_ALL": "en_US.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "es_ES.UTF-8"}, True),
        ({"LANG": "de_DE.UTF-8"}, False),
    ],
)
def test_the_language_is_the_terminals_unless_a_flag_says_otherwise(learner, env, spanish):
    assert ("dónde estás" in learner.lab(**env)[1]) == spanish
    assert "dónde estás" in learner.lab("--lang", "es", **env)[1]
    assert "where you are" in learner.lab("--lang=en", **env)[1]


def test_spanish_says_once_that_verdicts_are_in_english(failing):
    assert "están en inglés" in failing.lab("check", "01", "--lang", "es")[1]
    assert "están en inglés" not in failing.lab("check", "01", "--lang", "es")[1]
    assert "README.es.md" in failing.lab("--lang", "es")[1]


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "latin-1"])
def test_an_old_console_gets_the_nearest_letters_and_no_traceback(failing, encoding):
    for verb in ([], ["check", "01"], ["hint", "01.1"], ["hint", "01.2"], ["check", "--help"], ["hint", "no"]):
        for language in ("en", "es"):
            output = failing.lab(*verb, "--lang", language, PYTHONIOENCODING=encoding, PYTHONUTF8="0")[1]
            assert "Traceback" not in output and "\ufffd" not in output
    assert "x  1 quantize_per_tensor" in failing.lab("check", "01", PYTHONIOENCODING=encoding)[1]


def test_a_dumb_terminal_gets_neither_colours_nor_movements(monkeypatch):
    class Terminal(io.StringIO):
        isatty = lambda self: True  # noqa: E731

    for term, plain in (("dumb", True), ("xterm", False)):
        monkeypatch.setenv("TERM", term)
        monkeypatch.delenv("NO_COLOR", raising=False)
        screen = Screen("en", Terminal())
        assert screen.moves is screen.colour is not plain
        screen.line("text", "green")
        assert ("\x1b" not in screen.out.getvalue()) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert Screen("en", Terminal()).moves and not Screen("en", Terminal()).colour


def test_a_command_with_a_space_in_its_path_can_be_typed(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    program = Path("my courses", "bin", "lab")
    assert shlex.split(typed._typed(program.absolute())) == [str(program)]
    monkeypatch.setattr(typed.sys, "platform", "win32")
    assert typed._typed(program.absolute()) == f'& "{program}"'


def test_help_is_in_the_persons_language(learner):
    assert "una pista" in learner.lab("hint", "--help", "--lang", "es")[1].lower()
    assert learner.lab("check", "--bogus")[0] == 2
