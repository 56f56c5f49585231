"""Isolated or not, a submission gets the same scorecard: statuses, points, lines, messages."""

from __future__ import annotations

import ast
import os
import re
import resource
import subprocess
import sys
import time

import numpy as np
import pytest

from labkit import course
from labkit.grading.calls import Verdict
from labkit.isolation import values
from labkit.isolation.client import Zygote
from labkit.isolation.judge import Judge, JudgeError
from labkit.isolation.limits import Limits
from labkit.isolation.stand_in import Isolation, RemoteLab

ROOT = course.ROOT
LABS = course.labs()
RIGHT = sorted((ROOT / "tests/grading/right").glob("*.py"))
WRONG = [(lab, path) for lab in LABS for path in sorted((lab.folder / "wrong").glob("*.py"))]
SAMPLE = WRONG if os.environ.get("ALL_WRONG") else WRONG[::16]
_NUMBER = re.compile(r"-?\d+\.\d+(e[+-]?\d+)?")


def plain(card: dict, tidy) -> dict:
    """Numbers to four digits: a product's last one depends on where in memory its matrices lie."""
    card = tidy(card)
    for test in card["tests"]:
        test["message"] = _NUMBER.sub(lambda number: f"{float(number[0]):.4g}", test["message"])
    return card


@pytest.fixture(scope="module")
def judge_all():
    with Judge(seed=3) as judge:
        yield judge


@pytest.mark.parametrize("path", RIGHT[:: 1 if os.environ.get("ALL_WRONG") else 4], ids=lambda path: path.stem)
def test_a_right_solution_gets_the_same_card_isolated(grade, judge_all, tidy, path):
    lab = course.find(path.stem.split("_")[1])
    here = grade(course.show_path(lab.folder), "-q", "-m", "not engine", "--seed", 3, impl=path).card
    card = judge_all.grade({lab.folder.name: path}).card
    there = plain(card, tidy)
    run = {t["test"] for t in here["tests"] if t["status"] != "not_run"}
    tests = [t for t in there["tests"] if t["lab"] == lab.key and t["test"] in run]
    assert tests and tests == [t for t in plain(here, tidy)["tests"] if t["test"] in run]
    assert {t["status"] for t in card["tests"] if t["lab"] != lab.key} <= {"not_written", "not_checked"}


def test_an_untouched_starter_and_a_missing_file_get_what_pytest_gives_them(grade, judge_all, tidy, lab_01):
    """The judge knows these without asking a worker."""
    lab = course.find("01")
    here = plain(grade(lab_01, "-q", "--seed", 3, impl="starter").card, tidy)["tests"]
    card = judge_all.grade({lab.folder.name: lab.folder / "starter.py"}).card
    assert [t for t in plain(card, tidy)["tests"] if t["lab"] == lab.key] == here
    missing = judge_all.grade({}).card
    says = {t["message"] for t in missing["tests"] if t["lab"] == lab.key}
    assert says == {f"there is no starter.py for {lab.folder.name}"}
    assert missing["points"]["earned"] == 0 and missing["points"]["possible"] == card["points"]["possible"]


def test_isolate_is_an_option_of_plain_pytest_with_the_same_card(grade, tidy, lab_01, write_lab_01):
    slips = (
        "def quantize_per_channel(", "def quantise_per_chanel(", 
        "def memory_bytes(w: np.ndarray)", "def memory_bytes()",
        "return q.astype(np.float32) * scale[..., None]", "q *= 1; q += 1; return q.astype(np.float32",
        'return _matrix(q, "q").nbytes', 'q *= 2; return _matrix(q, "q").nbytes',
        "return float(_ratio", "return [float(_ratio",
    )  # fmt: skip
    path = write_lab_01(*slips)
    here, there = grade(lab_01, "-q", impl=path), grade(lab_01, "-q", "--isolate", impl=path)
    assert plain(there.card, tidy) == plain(here.card, tidy)
    assert (
        there.code == 1
        and "was never closed" in there.output
        and "changed its input q" in there.output
        and "--> " in there.output
    )


@pytest.mark.parametrize("lab, path", SAMPLE, ids=[f"{lab.key} {path.stem}" for lab, path in SAMPLE])
def test_a_wrong_one_fails_the_test_it_names_with_the_phrase_it_names(grade, judge_all, tidy, lab, path):
    says = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    test, phrase = re.search(r"^fails: (\w+)$", says, re.M)[1], re.search(r"^says: (.+)$", says, re.M)[1]
    card = judge_all.grade({lab.folder.name: path}).card
    found = [t for t in card["tests"] if t["test"] == test]
    if {t["status"] for t in found} != {"not_checked"} and not any(phrase in t["message"] for t in found):
        # The phrase is that of seed 0; another seed may choose another. Then all must be as in plain pytest.
        here = plain(grade(course.show_path(lab.folder), "-q", "-m", "not engine", "--seed", 3, impl=path).card, tidy)
        mine = [t for t in plain(card, tidy)["tests"] if t["lab"] == lab.key and t["status"] != "not_checked"]
        assert mine == [t for t in here["tests"] if t["status"] not in ("not_checked", "not_run")]
        assert any(t["test"] == test and t["status"] == "failed" for t in mine)


def test_the_seed_draws_other_cases(judge, judge_all, graded):
    path = WRONG[0][1]
    lab = WRONG[0][0].folder.name
    cards = [j.grade({lab: path}).card for j in (judge, judge_all)]
    assert [card["seed"] for card in cards] == [0, 3]
    assert len({t["message"] for card in cards for t in card["tests"] if t["status"] == "failed"}) > 1


def test_the_card_follows_its_schema_also_with_a_timeout(graded):
    import json

    import jsonschema

    schema = json.loads((ROOT / "labkit/grading/scorecard.schema.json").read_text())
    card = graded('return _matrix(w, "w").nbytes', "while True: pass").card
    jsonschema.validate(card, schema)
    assert any(t["status"] == "timeout" for t in card["tests"])


# ---- values on their way ----


def there_and_back(value):
    buffers: list = []
    tree = values.encode(value, buffers, layout=True)
    return values.decode(tree, [bytearray(b) for b in buffers], trusted=True)


def test_an_array_arrives_with_its_strides_dtype_and_base():
    w = np.arange(24, dtype=np.float16).reshape(4, 6)
    for given in (w.copy(), w.T, w[::-2], w[::-2].T, w[:, 1:3], np.asfortranarray(w)[::-1], w[0:0], np.array(2.5)):
        got = there_and_back(given)
        assert np.array_equal(got, given) and got.dtype == given.dtype and got.strides == given.strides
        assert (got.base is None) == (given.base is None)
        assert got.base is None or got.base.nbytes == given.base.nbytes


def test_plain_values_arrive_as_they_were():
    for given in (None, True, 3, 2**100, -0.5, float("inf"), "é\n", (1, [2, {"a": (None,), 3: 4.5}]), np.float16(0.1)):
        got = there_and_back(given)
        assert got == given and type(got) is type(given)


def test_one_array_given_twice_stays_one():
    w = np.ones((2, 3))
    a, b, view = there_and_back([w, w, w.T])
    assert a is b and np.shares_memory(a, view)


@pytest.mark.parametrize(
    "tree, sizes",
    [
        ({"t": "a", "d": "<f4", "s": [2, 3], "b": 0}, [20]),
        ({"t": "a", "d": "|O", "s": [1], "b": 0}, [8]),
        ({"t": "a", "d": "<f4", "s": [-1], "b": 0}, [4]),
        ({"t": "a", "d": "<f4", "s": [2**40, 2**40], "b": 0}, [4]),
        ({"t": "a", "d": "<f4", "s": [1], "b": 7}, [4]),
        ({"t": "a", "d": "|b1", "s": [1], "b": 0}, [3]),
        ({"t": "v", "d": "<f4", "s": [9], "st": [4], "o": 10**6, "v": {"t": "a", "d": "<f4", "s": [1], "b": 0}}, [4]),
        ({"t": "n", "v": [["__class__", 1]]}, []),
        ({"t": "d", "v": [[{"t": "l", "v": []}, 1]]}, []),
        ({"t": "?"}, []),
        ([1], []),
    ],
)
def test_what_no_worker_sends_is_refused(tree, sizes):
    buffers = [bytearray(b"\x03" * n) for n in sizes]
    with pytest.raises(values.Garbage):
        values.decode(tree, buffers)


# ---- the judge ----


def test_a_judge_that_lost_its_process_gets_another(tmp_path):
    lab = course.find("01").folder
    with Judge(labs=[lab.name]) as judge:
        judge._process.kill()
        assert judge.grade({lab.name: lab / "solution.py"}).verdict == "no report"
        assert judge.grade({lab.name: lab / "solution.py"}).card["points"]["earned"] == 100


def test_memory_stays_flat(judge):
    """Sixty submissions; the process that forks for each must not grow with them."""
    lab = course.find("01").folder

    def resident() -> int:
        with open(f"/proc/{judge._process.pid}/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    if not sys.platform.startswith("linux"):
        pytest.skip("/proc tells it on Linux")
    empty = lab / "starter.py"
    for _ in range(5):
        judge.grade({lab.name: empty})
    before = resident()
    for _ in range(55):
        judge.grade({lab.name: empty})
    assert resident() - before < 2 * 2**20


def test_no_process_is_left_behind():
    lab = course.find("01").folder
    with Judge(labs=[lab.name]) as judge:
        judge.grade({lab.name: lab / "solution.py"})
        group = judge._process.pid
    time.sleep(0.2)
    left = subprocess.run(["ps", "-eo", "pgid,stat,args"], capture_output=True, text=True).stdout
    assert not [line for line in left.splitlines() if line.split()[0] == str(group) and line.split()[1][0] != "Z"]


def test_an_unknown_lab_is_named():
    with pytest.raises(JudgeError, match="lab-99"):
        Judge(labs=["lab-99"])


def test_limits_are_positive():
    with pytest.raises(ValueError, match="call_seconds"):
        Limits(call_seconds=0)


def test_where_the_system_has_no_namespaces_the_rest_still_holds(tmp_path):
    """As on macOS, or in a container that may not make any."""
    path = tmp_path / "mine.py"
    path.write_text(
        "import os, numpy as np\n"
        "def memory_bytes(w):\n"
        "    if w.size == 1: return [os.getcwd(), os.listdir()]\n"
        "    if w.size == 2: os.fork()\n"
        "    if w.size == 3: np.ones(2**40)\n"
        "    while w.size == 4: pass\n"
        f"    if w.size == 6: open({str(course.find('01').folder / 'solution.py')!r}).read()\n"
        "    if w.size == 7: import socket; socket.create_connection(('127.0.0.1', 9))\n"
        "    if w.size == 8: import numpy.testing, sqlite3; open('here', 'w').write('1')\n"
        "    return w.nbytes\n"
    )
    zygote = Zygote(namespaces=False)
    try:
        assert not zygote.held["namespaces"]
        lab = RemoteLab(course.find("01"), path, Isolation(zygote, Limits(call_seconds=3.0)))
        lab._begins("memory_bytes")
        assert lab.memory_bytes(np.zeros(5)) == 40
        with pytest.raises(Verdict, match="a list for"):
            lab.memory_bytes(np.zeros(1))
        if zygote.held["user"] or os.geteuid():
            with pytest.raises(BlockingIOError):
                lab.memory_bytes(np.zeros(2))
        if zygote.held["landlock"]:
            with pytest.raises(PermissionError):
                lab.memory_bytes(np.zeros(6))
        if zygote.held["landlock"] >= 4:
            with pytest.raises(PermissionError):
                lab.memory_bytes(np.zeros(7))
        assert lab.memory_bytes(np.zeros(8)) == 64
        with pytest.raises(MemoryError):
            lab.memory_bytes(np.zeros(3))
        with pytest.raises(Verdict, match="line 6: while w.size == 4"):
            lab.memory_bytes(np.zeros(4))
        with pytest.raises(Verdict, match="line 6"):
            lab.memory_bytes(np.zeros(5))  # the exercise is lost: nobody waits for its next loop
        lab._begins("dequantize")
        assert lab.memory_bytes(np.zeros(5)) == 40  # another worker, for the next exercise
        lab._close()
    finally:
        zygote.close()
