"""Asked ahead or in its turn, run or known: the same scorecard, and no question gives an answer away."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import tempfile

import pytest

from labkit import course
from labkit.isolation import client
from labkit.isolation.ahead import Ahead, Scripts, Step
from labkit.isolation.channel import Body, Channel, unpack
from labkit.isolation.client import Trouble
from labkit.isolation.limits import Limits

LAB = course.find("01")
RIGHT = course.ROOT / "tests/grading/right/lab_01_plain.py"


def body(text: str) -> Body:
    return Body(0, text.encode())


class Worker:
    """Answers "f1" to the question "f1?", but for those in `otherwise`; writes down what it was asked, and when."""

    def __init__(self, otherwise: dict | None = None, room: int = 10**6):
        self.otherwise, self.room, self.asked, self.log, self.ended = otherwise or {}, room, [], [], None

    def ask(self, questions, seconds):
        self.asked += [q.data.decode() for q in questions]
        self.log += self.asked[-len(questions) :]

    def answer(self, seconds):
        assert self.asked, "waits for the answer to a question that was never asked"
        question = self.asked.pop(0)
        self.log.append("!" + question)
        said = self.otherwise.get(question, question.rstrip("?"))
        if isinstance(said, Trouble):
            raise said
        return body(said)


def script(*names: str) -> list[Step]:
    """f1 is free, f2* depends on what came before it."""
    asked = [(name.rstrip("*"), not name.endswith("*")) for name in names]
    return [Step("f", body(f"{name}?"), body(name), free) for name, free in asked]


def ahead(worker: Worker, **tests) -> Ahead:
    return Ahead(Scripts(tests, {"f": 1}), worker, {"f": 1}, lambda: 1.0)


def test_a_test_whose_answers_are_all_known_passes_and_each_question_is_put_once():
    worker = Worker()
    run = ahead(worker, one=script("a", "b"), two=script("c"))
    assert run.passes("one") and run.passes("two")
    assert worker.log == ["a?", "b?", "c?", "!a?", "!b?", "!c?"], "all of it was asked before the first answer"


def test_what_depends_on_an_answer_waits_for_it():
    worker = Worker()
    run = ahead(worker, one=script("a", "b*", "c"), two=script("d"))
    assert run.passes("one") and run.passes("two")
    assert worker.log[:2] == ["a?", "!a?"] and worker.log.index("d?") > worker.log.index("b?")


def test_another_answer_means_that_the_test_is_run_on_what_is_there_already():
    worker = Worker({"b?": "other"})
    run = ahead(worker, one=script("a", "b", "c"), two=script("d"))
    assert not run.passes("one")
    assert [run.answer(body(q)).data for q in ("a?", "b?", "c?")] == [b"a", b"other", b"c"]
    assert run.passes("two") and worker.log.count("a?") == worker.log.count("c?") == 1


def test_one_byte_more_or_less_is_another_answer():
    for said in ("aa", "", "A"):
        assert not ahead(Worker({"a?": said}), one=script("a")).passes("one")


def test_a_test_that_asks_something_else_is_answered_and_the_next_ones_too():
    worker = Worker({"a?": "other", "new?": "new"})
    run = ahead(worker, one=script("a", "b"), two=script("c", "d"))
    assert not run.passes("one")
    assert run.answer(body("a?")).data == b"other" and run.answer(body("new?")).data == b"new"
    assert run.answer(body("b?")).data == b"b"
    assert run.passes("two") and worker.log.count("c?") == 1


def test_after_a_test_that_failed_early_the_next_question_is_put_though_the_room_was_full():
    worker = Worker({"a?": "other"}, room=8)
    run = ahead(worker, one=script("a", *[f"b{n}" for n in range(9)]), two=script("a long question", "c"))
    assert not run.passes("one") and run.answer(body("a?")).data == b"other"
    assert run.passes("two") and run.wasted


def test_no_more_is_under_way_than_the_socket_holds():
    worker = Worker(room=10)
    run = ahead(worker, one=script(*[f"question {n}" for n in range(6)]))
    while_asked, real = [], worker.answer

    def answer(seconds):
        while_asked.append(sum(map(len, worker.asked)))
        return real(seconds)

    worker.answer = answer
    assert run.passes("one")
    assert max(while_asked) <= 11, "one question at a time, where one alone fills it"


def test_other_parameters_or_a_test_without_a_script_are_left_to_the_test():
    worker = Worker()
    scripts = Scripts({"one": script("a"), "none": None, "two": script("b")}, {"f": 1})
    assert not Ahead(scripts, worker, {"f": 2}, lambda: 1.0).passes("one") and not worker.log
    run = Ahead(scripts, worker, {"f": 1}, lambda: 1.0)
    assert run.passes("one") and not run.passes("none")
    assert "b?" not in worker.log, "what that test asks comes first"
    assert run.answer(body("x?")).data == b"x" and run.passes("two")


def test_trouble_is_met_by_the_test_whose_call_it_was():
    worker = Worker({"b?": Trouble("timeout", "too long")})
    run = ahead(worker, one=script("a", "b"))
    assert not run.passes("one") and run.answer(body("a?")).data == b"a"
    with pytest.raises(Trouble, match="too long"):
        run.answer(body("b?"))
    assert not run.wasted


def test_an_end_is_noticed_where_it_happened_though_later_questions_could_not_be_put():
    """The real channel: the worker answers twice, and is gone before the third question reaches it."""
    data, theirs = socket.socketpair()
    control, supervisor = socket.socketpair()
    worker = client.Worker(data, control, Limits())
    worker.ask([body("a?"), body("b?")], 1.0)
    other = Channel(theirs, 2**20)
    other.send([(other.receive()[0], body(said)) for said in ("a", "b")])
    theirs.close()
    supervisor.sendall(b'{"exit": 3}\n')
    worker.ask([body("c?")], 1.0)
    assert [worker.answer(1.0).data for _ in "ab"] == [b"a", b"b"]
    with pytest.raises(Trouble, match="exit code 3"):
        worker.answer(1.0)
    control.close(), supervisor.close()


# ---- the real ones ----


def test_a_question_put_ahead_holds_no_answer_and_tells_nothing_that_depends_on_one(judge_scripts):
    for scripts in judge_scripts.values():
        steps = [step for steps in scripts.steps.values() if steps for step in steps]
        answers: set[bytes] = set()
        for step in steps:
            held = {bytes(b) for b in unpack(step.question)[1] if len(b) >= 8}
            assert not (step.free and held & answers), step.function
            answers |= {bytes(b) for b in unpack(step.answer)[1] if len(set(b)) > 1}
        asked_ahead = sum(step.free for step in steps)
        assert len(steps) > 100 and len(steps) * 0.8 < asked_ahead < len(steps), "some do depend on an answer"


@pytest.fixture(scope="module")
def judge_scripts():
    """The scripts of lab 01, from a process like the judge's."""
    code = (
        "import sys, pickle, os\nfrom labkit.isolation import server, rehearsal\n"
        "real = rehearsal.rehearse\n"
        "def keep(lab, items, zygote):\n    made = real(lab, items, zygote)\n"
        "    pickle.dump({lab.key: made}, open(sys.argv[1], 'wb'))\n    return made\n"
        "server.rehearse = keep\n"
        "orders, theirs = os.pipe(); answers, say = os.pipe(); os.close(theirs)\n"
        f"server.main(orders, say, 0, [{LAB.folder.name!r}], {{}})\n"
    )
    with tempfile.TemporaryDirectory() as place:
        target = os.path.join(place, "scripts")
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"}
        environment.pop("PYTEST_CURRENT_TEST", None)
        done = subprocess.run(
            [sys.executable, "-B", "-c", code, target], cwd=course.ROOT, env=environment, capture_output=True, text=True
        )
        assert os.path.exists(target), done.stdout + done.stderr
        with open(target, "rb") as file:
            return pickle.load(file)  # our own, written a moment ago


def test_a_loop_in_a_call_that_no_test_waits_for_costs_nothing(graded):
    """quantize_per_tensor is wrong, and its later calls in the same tests would never end."""
    loops = "\n    while 1 < bits < 8:\n        pass"
    got = graded(
        "def quantize_per_tensor(w: np.ndarray, bits: int = 8) -> tuple[np.ndarray, np.ndarray]:",
        f"def quantize_per_tensor(w, bits=8):{loops}",
    )
    assert got.exercise("quantize_per_tensor")["status"] == "timeout"
    assert got.others_pass("quantize_per_tensor")


def test_functions_that_share_a_variable_get_what_plain_pytest_gives_them(grade, graded, lab_01, tmp_path):
    """Calls come in the order of the tests: dequantize answers with the scale that was made last."""
    text = RIGHT.read_text(encoding="utf-8")
    text += (
        "\n\n_real_quantize, _real_dequantize, _scales = quantize_per_tensor, dequantize, []\n\n\n"
        "def quantize_per_tensor(w, bits=8):\n    found = _real_quantize(w, bits)\n"
        "    _scales.append(found[1])\n    return found\n\n\n"
        "def dequantize(q, scale):\n"
        "    return _real_dequantize(q, _scales[-1] if _scales and np.ndim(scale) == 0 else scale)\n"
    )
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    here, there = (
        [(t["test"], t["status"]) for t in card["tests"]]
        for card in (grade(lab_01, "-q", impl=path).card, graded(text=text).card)
    )
    assert there == here and {"passed", "failed"} <= {status for _, status in here}
