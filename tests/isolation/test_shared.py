"""The labs of one submission share a worker; what happens in one of them is no matter of the others."""

from __future__ import annotations

import pytest

from labkit import course
from labkit.isolation import traces
from labkit.isolation.judge import Judge
from labkit.isolation.limits import Limits

LABS = {lab.number: lab for lab in course.labs()}
BEHIND = {  # left by the file of lab 01
    "errors of numpy": "np.seterr(all='raise')",
    "a name of numpy": "np.rint = np.abs = lambda *a, **k: 1 / 0",
    "a name of Python": "import builtins; builtins.len = lambda x: 1",
    "memory kept": "KEPT = np.ones(90 * 2**17)",
    "a clock": "import signal; signal.setitimer(signal.ITIMER_REAL, 30)",
    "a file": "open('here', 'w').write('1')",
}


@pytest.fixture(scope="module")
def judge():
    with Judge(limits=Limits(call_seconds=2.0, load_seconds=2.0)) as judge:
        yield judge


@pytest.fixture
def points(judge, tmp_path):
    """points({"01": text to add to our solution}) -> lab -> (earned, statuses, messages)."""

    def grade(added: dict[str, str]) -> dict[str, tuple]:
        files = {}
        for number, lab in LABS.items():
            files[lab.folder.name] = tmp_path / f"{number}.py"
            text = (lab.folder / "solution.py").read_text(encoding="utf-8")
            files[lab.folder.name].write_text(text + "\n\n" + added.get(number, ""), encoding="utf-8")
        card = judge.grade(files).card
        found = {}
        for lab in card["labs"]:
            tests = [t for t in card["tests"] if t["lab"] == lab["lab"]]
            states = [(t["test"], t["status"], t["message"]) for t in tests]
            found[lab["lab"]] = lab["points"]["earned"], states
        return found

    return grade


def replaced(function: str, body: str) -> str:
    return f"def {function}(*args, **kwargs):\n    {body}\n"


def before(function: str, body: str) -> str:
    """The function as it was, with its parameters, but for what `body` does first."""
    wrap = f"import functools\n_real = {function}\n\n\n@functools.wraps(_real)\n"
    return wrap + replaced(function, f"{body}\n    return _real(*args, **kwargs)")


def key(number: str) -> str:
    return LABS[number].key


def first_function(number: str) -> str:
    return LABS[number].exercises[0].function


ONE, NEXT = list(LABS)[:2]
TELL = "import sys; raise RuntimeError([m for m in sys.modules if m.startswith('submission_')])"


def test_labs_share_a_worker_and_not_one_in_which_something_was_left(points):
    """Otherwise the tests below would say nothing."""

    def loaded_there(added: dict) -> int:
        _, tests = points({NEXT: before(first_function(NEXT), TELL)} | added)[key(NEXT)]
        said = next(message for _, _, message in tests if "RuntimeError: [" in message)
        return said.split("RuntimeError: [")[1].split("]")[0].count("submission_")

    assert loaded_there({}) == 2
    assert loaded_there({ONE: BEHIND["a file"]}) == 1


@pytest.mark.parametrize("number", LABS)
@pytest.mark.parametrize("body, status", [("import os; os._exit(0)", "error"), ("while True: pass", "timeout")])
def test_a_worker_that_dies_or_hangs_in_one_lab_costs_no_other_lab(points, number, body, status):
    right = points({})
    got = points({number: replaced(first_function(number), body)})
    assert status in {s for _, s, _ in got[key(number)][1]} and got[key(number)][0] < right[key(number)][0]
    assert {k: v for k, v in got.items() if k != key(number)} == {k: v for k, v in right.items() if k != key(number)}


@pytest.mark.parametrize("line", BEHIND.values(), ids=BEHIND)
def test_what_a_file_leaves_behind_is_not_met_by_the_next_lab(points, line):
    right, got = points({}), points({ONE: line})
    first = key(ONE)
    assert {k: v for k, v in got.items() if k != first} == {k: v for k, v in right.items() if k != first}


def test_a_loop_while_a_later_file_is_read_costs_that_file(points):
    right, got = points({}), points({"03": "while True:\n    pass"})
    assert got[key("03")][0] == 0 and {s for _, s, _ in got[key("03")][1]} <= {"timeout", "not_checked"}
    assert [got[key(n)] for n in LABS if n != "03"] == [right[key(n)] for n in LABS if n != "03"]


@pytest.mark.parametrize("where", ["the file", "a call"])
def test_what_two_labs_print_is_not_added_up(points, where):
    much = "print('x' * 700_000)"
    once = "globals().setdefault('_said', []) or _said.append(" + much + ")"
    got = points({ONE: much, NEXT: much if where == "the file" else before(first_function(NEXT), once)})
    assert got == points({})


def test_nothing_done_leaves_no_traces():
    seen = traces.Traces()
    assert not seen.any()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traces.np, "rint", None)
        assert seen.any()
    assert not seen.any()
