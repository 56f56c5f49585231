"""A learner's file read as text, also when it does not parse."""

from pathlib import Path

import pytest

from labkit.loop.source import Source

TEXT = '''"""Doc."""

import numpy as np

LIMIT = 3


def one(w):
    """Doc."""
    raise NotImplementedError("Lab 01 · exercise 1: one is not written yet")


def _helper(x):
    return x * LIMIT


@decorated
def two(w):
    return _helper(w)
    # a note at the end


# about three
def three(w):
    return w
'''


def source(text=TEXT) -> Source:
    return Source(Path("starter.py"), text)


def test_only_a_body_of_nothing_but_the_raise_is_unwritten():
    assert source().is_unwritten("one")
    assert not source().is_unwritten("two")
    assert not source(TEXT.replace("    raise Not", "    w = 1\n    raise Not")).is_unwritten("one")
    assert not source(TEXT.replace("def one", "def uno")).is_unwritten("one")


def test_a_function_is_found_with_its_decorators_and_its_last_comment():
    assert source().piece("two") == "@decorated\ndef two(w):\n    return _helper(w)\n    # a note at the end\n"
    assert source().line_of("two") == 18


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_file_that_does_not_parse_still_has_its_functions(newline):
    broken = source(TEXT.replace("return x * LIMIT", "return (x * LIMIT").replace("\n", newline))
    assert broken.tree is None
    assert broken.is_unwritten("one") and not broken.is_unwritten("two")
    assert broken.piece("two").startswith("@decorated") and "about three" not in broken.piece("two")
    assert broken.line_of("three") == 24


@pytest.mark.parametrize(
    "old, new, touched",
    [
        ("return w\n", "return w + 1\n", {"three"}),
        ("x * LIMIT", "x / LIMIT", {"two"}),  # through the helper
        ("LIMIT = 3", "LIMIT = 4", {"two"}),  # through the helper's constant
        ("import numpy as np", "import numpy", {"one", "two", "three"}),  # may matter to all
        ("# about three", "# about 3", set()),
        ('"""Doc."""\n\nimport', '"""Other."""\n\nimport', set()),
    ],
)
def test_a_fingerprint_changes_with_what_the_function_depends_on_and_with_nothing_else(old, new, touched):
    before, after = source(), source(TEXT.replace(old, new, 1))
    assert {n for n in ("one", "two", "three") if before.digest(n) != after.digest(n)} == touched


def test_line_endings_do_not_change_a_fingerprint():
    assert source().digest("two") == source(TEXT.replace("\n", "\r\n")).digest("two")


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\r\r\n"])
def test_lines_are_counted_as_python_counts_them_whatever_ends_them(tmp_path, ending):
    text = "import os\n\n\ndef first(w):\n    return 1\n\n\ndef second(w):\n    raise NotImplementedError\n"
    (tmp_path / "a.py").write_bytes(text.replace("\n", ending).encode())
    source = Source(tmp_path / "a.py")
    assert "".join(source.lines) == source.text
    assert source.lines[source.line_of("second") - 1].startswith("def second")
    assert source.piece("first").startswith("def first") and source.is_unwritten("second")
