"""Submissions that would cheat, break or hang the judge: each gets a clear verdict, and nothing else happens."""

from __future__ import annotations

import os
import re
import subprocess
import time

import pytest

from labkit import course
from labkit.isolation.judge import Judge
from labkit.isolation.limits import Limits

LAB = course.find("01")
BODY = 'return _matrix(w, "w").nbytes'  # of memory_bytes
ROOT = course.ROOT


def probe(graded, code: str) -> str:
    """What `code`, run inside the worker, says with `said = …`: memory_bytes raises it."""
    lines = "\n    ".join(code.splitlines())
    return graded(BODY, f"{lines}\n    raise RuntimeError(said)").messages("memory_bytes")


# ---- it ends, hangs, floods ----

ENDS = {
    "os._exit": ("import os; os._exit(0)", "error", "ended the whole process with exit code 0"),
    "a crash": ("import ctypes; ctypes.string_at(0)", "error", "crashed the interpreter (signal SIGSEGV)"),
    "kill -9 of all": ("import os; os.kill(-1, 9)", "error", "No such process"),
    "100 GB": ("np.ones(100 * 2**30, np.int8)", "error", "raised MemoryError: Unable to allocate 100. GiB"),
    "1 GB of the 512 MB that it has": ("np.ones(2**30, np.int8)", "error", "raised MemoryError"),
    "50 MB printed": ("for _ in range(50): print('x' * 10**6)", "error", "printed more than 1 MiB"),
    "50 MB to the screen": (
        "import os\n    for _ in range(50): os.write(2, b'x' * 10**6)",
        "error",
        "printed more than",
    ),
    "a program": ("import subprocess; subprocess.run(['/bin/sleep', '9'])", "error", "raised "),
    "a question": ("input('?')", "error", "raised EOFError"),
    "the network": ("import socket; socket.create_connection(('1.1.1.1', 53), 5)", "error", "raised OSError"),
    "its own skip": ("import _pytest.outcomes as o; o.skip('please')", "error", "raised "),
    "Ctrl-C": ("raise KeyboardInterrupt", "error", "raised KeyboardInterrupt"),
    "20 GB returned": (
        "return np.broadcast_to(np.float32(1), 5 * 10**9)",
        "error",
        "returned more than can be carried",
    ),
    "a loop": ("while True: pass", "timeout", "took longer than 1 seconds and was stopped"),
    "a native loop": ("3 ** (10**9)", "timeout", "took longer than 1 seconds"),
    "a regular expression": ("import re; re.match('(a+)+$', 'a' * 60 + 'b')", "timeout", "took longer than 1"),
    "deaf to everything": (
        "import signal\n    for s in set(signal.Signals) - {9, 19}: signal.signal(s, signal.SIG_IGN)\n"
        "    while True: pass",
        "timeout",
        "took longer than 1 seconds",
    ),
}


@pytest.mark.parametrize("code, status, says", ENDS.values(), ids=ENDS)
def test_what_ends_or_hangs_costs_its_exercise_and_no_other(graded, code, status, says):
    begin = time.monotonic()
    got = graded(BODY, code + "\n    " + BODY)
    assert got.exercise("memory_bytes")["status"] == status, got.messages("memory_bytes")
    assert says in got.messages("memory_bytes")
    assert got.others_pass("memory_bytes")
    assert time.monotonic() - begin < 15


def test_a_child_is_refused_or_ends_with_the_submission(graded, judge):
    got = graded(BODY, f"import os, time\n    if os.fork() == 0: time.sleep(300)\n    {BODY}")
    assert got.others_pass("memory_bytes")
    if judge.held["user"] or os.geteuid():  # the system counts no processes of root, not even of one without rights
        assert "raised BlockingIOError" in got.messages("memory_bytes")


@pytest.mark.parametrize("whom", ["os.getppid()", "os.getpid()", "-os.getpgrp()", "1"])
def test_a_shot_at_whoever_started_it_reaches_nobody_else(graded, whom):
    got = graded(BODY, f"import os\n    if {whom}: os.kill({whom}, 9)\n    {BODY}")
    assert got.others_pass("memory_bytes")  # process 1 of a namespace of its own cannot even shoot itself


def test_a_loop_is_shown_with_its_line(graded):
    got = graded(BODY, "n = 0\n    while n == 0:\n        n = n * 1\n    " + BODY)
    assert "n == 0" in got.messages("memory_bytes") or "n = n * 1" in got.messages("memory_bytes")


@pytest.mark.parametrize(
    "top, status, says",
    [
        ("while True: pass", "timeout", "line 6 of mine.py: reading the file took longer than 1 seconds"),
        ("import os; os._exit(3)", "error", "line 6 of mine.py: ended the whole process with exit code 3"),
        ("print('x' * 10**8)", "error", "line 6 of mine.py: printed more than 1 MiB"),
    ],
)
def test_what_ends_or_hangs_while_the_file_is_read_costs_the_file(graded, top, status, says):
    begin = time.monotonic()
    got = graded(top=top)
    assert set(got.statuses().values()) == {status}
    assert says in got.messages("dequantize")
    assert got.points == 0
    assert time.monotonic() - begin < 10  # once, not once a test


def test_the_whole_submission_has_a_limit(tmp_path):
    slow, right = tmp_path / "slow.py", ROOT / "tests/grading/right/lab_01_plain.py"
    slow.write_text(right.read_text().replace("import numpy as np\n", "import numpy as np, time\n", 1).replace(
        "w, qmax = _matrix", "time.sleep(0.4); w, qmax = _matrix"))  # fmt: skip
    with Judge(limits=Limits(total_seconds=2.0), labs=[LAB.folder.name]) as judge:
        begin = time.monotonic()
        outcome = judge.grade({LAB.folder.name: slow})
        assert time.monotonic() - begin < 12
    assert outcome.verdict == "graded"
    assert any("the whole submission took longer than 2 seconds" in t["message"] for t in outcome.card["tests"])


def test_one_call_takes_no_more_than_what_is_left_for_the_whole_submission(tmp_path):
    path = tmp_path / "loop.py"
    path.write_text("def memory_bytes(w):\n    while True: pass\n", encoding="utf-8")
    with Judge(limits=Limits(call_seconds=8.0, total_seconds=2.0), labs=[LAB.folder.name]) as judge:
        card = judge.grade({LAB.folder.name: path}).card
    said = next(t["message"] for t in card["tests"] if t["exercise"] == "memory_bytes" and t["status"] == "timeout")
    assert float(re.search(r"longer than ([\d.]+) seconds", said)[1]) <= 2, said


# ---- it would be better than it is ----

WRONG = ("np.rint(w / scale)", "np.floor(w / scale)")


@pytest.mark.parametrize(
    "top",
    [
        "np.array_equal = np.allclose = np.isclose = np.shares_memory = lambda *a, **k: True",
        "np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None",
        "np.rint, np.abs, np.asarray = np.floor, np.abs, np.array",
        "import builtins; builtins.AssertionError = builtins.isinstance",
        "import sys; sys.modules['labkit.grading.check'] = sys.modules['pytest'] = sys",
        "import gc\nfor o in gc.get_objects():\n    if callable(getattr(o, 'fail', None)): o.fail = print",
    ],
)
def test_a_patched_library_changes_nothing_here(graded, right, top, tidy):
    plain, patched = graded(*WRONG), graded(*WRONG, top=top)
    assert patched.points <= plain.points < 100
    assert tidy(graded().card) == tidy(right)


EQUAL = """
class Any(np.ndarray):
    def __array_ufunc__(self, *a, **k): return True
    def __eq__(self, other): return True
    __lt__ = __le__ = __gt__ = __ge__ = __ne__ = __eq__
class Number(float):
    def __eq__(self, other): return True
    __lt__ = __le__ = __gt__ = __ge__ = __ne__ = __eq__
    def __float__(self): return 7.0
    def __sub__(self, other): return 0.0
    __rsub__ = __add__ = __mul__ = __sub__
class Thing:
    def __eq__(self, other): return True
    def __array__(self, *a, **k): raise SystemExit
"""


@pytest.mark.parametrize("value", ["np.zeros((3, 3)).view(Any)", "Number(3)", "Thing()", "[Thing()]", "{1: Thing()}"])
def test_an_object_equal_to_everything_arrives_as_plain_values_or_not_at_all(graded, value):
    got = graded(BODY, f"return {value}", "return float(_ratio", f"return {value}; (", top=EQUAL)
    for function in ("memory_bytes", "relative_error"):
        assert got.exercise(function)["points"] < 4, got.messages(function)
    assert got.others_pass("memory_bytes", "relative_error")


def test_a_conftest_beside_the_submission_is_not_read(graded, right, tmp_path, tidy):
    (tmp_path / "conftest.py").write_text("import os\ndef pytest_runtest_call(item): os._exit(0)\nos._exit(0)\n")
    (tmp_path / "numpy.py").write_text("import os\nos._exit(0)\n")
    assert tidy(graded().card) == tidy(right)


def test_a_link_to_the_solution_is_not_followed(judge, tmp_path):
    (tmp_path / "starter.py").symlink_to(LAB.folder / "starter.py")
    outcome = judge.grade({LAB.folder.name: tmp_path / "starter.py"})
    assert outcome.card["points"]["earned"] == 0
    assert "a link is not followed" in outcome.card["tests"][0]["message"]


GARBAGE = {
    "noise": "import os; os.write(3, b'x' * 1000)",
    "a frame of 1 TB": "import os, struct; os.write(3, struct.pack('<4s8sIQ', b'lab1', b'', 10, 2**40))",
    "an answer before the question": (
        "import os, struct, json; t = json.dumps({'value': 1, 'buffers': []}).encode(); "
        "os.write(3, struct.pack('<4s8sIQ', b'lab1', b'12345678', len(t), 0) + t)"
    ),
    "deep brackets": "import os, struct; os.write(3, struct.pack('<4s8sIQ', b'lab1', b'', 10**5, 0) + b'[' * 10**5)",
    "the socket closed": "import os; os.close(3)",
}


@pytest.mark.parametrize("code", GARBAGE.values(), ids=GARBAGE)
def test_noise_on_the_channel_is_an_error_of_that_exercise(graded, code):
    got = graded(BODY, code + "; " + BODY)
    assert got.exercise("memory_bytes")["status"] == "error" and got.exercise("memory_bytes")["points"] == 0
    assert "memory_bytes: " in got.messages("memory_bytes")
    assert got.others_pass("memory_bytes")


def test_nan_is_an_ordinary_wrong_answer(graded):
    got = graded("return float(_ratio", "return float('nan'); (")
    assert got.exercise("relative_error")["status"] == "failed"
    assert "nan, expected" in got.messages("relative_error")


# ---- it looks around ----


@pytest.fixture
def enclosed(judge):
    if not judge.held["namespaces"]:
        pytest.skip(f"no own root here: {judge.held['why']}; docs/en/isolation.md says what remains")
    return judge.held


def test_neither_the_repository_nor_another_submission_can_be_read(graded, enclosed, tmp_path):
    other = tmp_path / "another.py"
    other.write_text("secret")
    for path in (LAB.folder / "solution.py", ROOT / "conftest.py", other):
        assert "FileNotFoundError" in probe(graded, f"said = open({str(path)!r}).read()")
    assert ROOT.name not in probe(graded, "import os; said = repr([os.listdir(p) for p in ('/', '/work')])")


def test_nothing_can_be_written_but_its_own_folder_which_is_empty_and_small(graded, enclosed):
    for place in ("/", "/usr/lib", os.path.dirname(os.__file__)):
        said = probe(graded, f"said = open({place!r} + '/lab-was-here', 'w').name")
        assert "raised PermissionError" in said or "Read-only file system" in said
    assert "RuntimeError: /work [] 1" in probe(
        graded, "import os; here = os.listdir('.'); said = f\"{os.getcwd()} {here} {open('a', 'w').write('1')}\""
    )
    assert "/work []" in probe(graded, "import os; said = f'{os.getcwd()} {os.listdir()}'")  # gone with the last one
    assert "File too large" in probe(graded, "said = open('a', 'wb').write(bytes(17 * 2**20))")


def test_it_is_nobody_and_alone(graded, enclosed):
    said = probe(graded, "import os; said = f'pid {os.getpid()} env {sorted(os.environ)} root {os.geteuid() == 0}'")
    assert "pid 1 env ['HOME', 'LANG', 'OMP_NUM_THREADS', 'PATH'] root False" in said or not enclosed["user"]
    assert "OperationNotPermitted" in probe(
        graded,
        "import ctypes; said = {-1: 'OperationNotPermitted', 0: 'mounted'}"
        "[ctypes.CDLL(None).mount(b'none', b'/work', b'tmpfs', 0, None)]",
    )


def test_the_tests_and_the_solution_are_not_in_its_memory(graded):
    said = probe(
        graded, "import sys; said = ' '.join(n for n in sys.modules if n.startswith(('lab', 'pytest', '_py')))"
    )
    names = set(said.split("RuntimeError: ")[1].splitlines()[0].split())
    assert names <= {
        "labkit", "labkit.grading", "labkit.grading.observe", "labkit.grading.submission", "labkit.isolation",
        "labkit.isolation.channel", "labkit.isolation.landlock",
        "labkit.isolation.sandbox", "labkit.isolation.traces", "labkit.isolation.values", "labkit.isolation.worker",
        "labkit.isolation.zygote",
    }  # fmt: skip


# ---- afterwards ----


def test_after_all_of_it_the_next_student_gets_what_they_would_have_got(graded, right, judge, tidy):
    assert tidy(graded().card) == tidy(right) and right["points"]["earned"] == 100
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout
    assert "lab-was-here" not in changed
