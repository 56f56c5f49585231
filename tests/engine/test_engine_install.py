"""`make engine` says in one message why it cannot, asks for no CUDA on a machine without a GPU, and is quick again."""

import re
import subprocess
import sys

import pytest

from labkit import course
from labkit.engine import install, present

GOOD = {"system": "Linux", "machine": "x86_64", "python": (3, 11), "cpu_flags": {"avx2"}, "gpu": False}


def test_a_linux_machine_with_avx2_will_do():
    assert install.obstacle(**GOOD) is None
    assert install.obstacle(**{**GOOD, "cpu_flags": set(), "gpu": True}) is None, (
        "with a GPU the processor is not asked"
    )


@pytest.mark.parametrize(
    "change, word",
    [({"system": "Darwin", "machine": "arm64"}, "Linux on x86-64"), ({"machine": "aarch64"}, "x86-64"),
     ({"cpu_flags": {"sse4_2"}}, "AVX2"), ({"python": (3, 14)}, "3.14")],
)  # fmt: skip
def test_where_it_cannot_be_installed_the_reason_is_named(change, word):
    assert word in install.obstacle(**{**GOOD, **change})


def test_the_message_also_says_what_still_works(monkeypatch, capsys):
    monkeypatch.setattr(install, "has_gpu", lambda: False)
    monkeypatch.setattr(install, "cpu_flags", set)
    assert install.main() == 1
    said = capsys.readouterr().err
    assert "AVX2" in said and "make grade" in said and len(said.splitlines()) <= 3


def test_a_failing_pip_gives_its_last_words_not_a_traceback(monkeypatch, capsys):
    monkeypatch.setattr(install, "has_gpu", lambda: False)
    monkeypatch.setattr(install, "obstacle", lambda *_: None)
    failed = subprocess.CompletedProcess([], 1, "", "WARNING: old\nERROR: No matching distribution found for torch\n")
    monkeypatch.setattr(install.subprocess, "run", lambda *_, **__: failed)
    assert install.main() == 1
    said = capsys.readouterr().err
    assert "No matching distribution" in said and "CPU build of torch" in said and "old" not in said


def test_nothing_for_cuda_and_no_address_is_asked_for_on_a_cpu():
    asked = install.NEEDS.read_text() + " ".join(install.WITHOUT_DEPENDENCIES)
    lines = [line for line in asked.splitlines() if line and not line.startswith("#")]
    assert not re.search(r"nvidia|cuda|triton|torchvision|torchaudio|torchcodec", "\n".join(lines))
    assert not re.search(r"://|--index|--find", asked)
    assert all("==" in line for line in lines), "every version is one that was seen to work"


def test_make_engine_is_ready_at_once_when_its_stamp_is_new(tmp_path):
    for name in ("Makefile", "pyproject.toml"):
        (tmp_path / name).write_bytes((course.ROOT / name).read_bytes())
    (tmp_path / "labkit" / "engine").mkdir(parents=True)
    for name in ("install.py", "requirements-cpu.txt"):
        (tmp_path / "labkit" / "engine" / name).write_text("")
    (tmp_path / ".venv").mkdir()
    for stamp in ("core", "models", "engine"):
        (tmp_path / ".venv" / stamp).write_text("")
    done = subprocess.run(["make", "engine"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "Setting up" not in done.stdout, done.stdout + done.stderr


def test_finding_out_whether_the_engine_is_here_imports_neither_it_nor_torch():
    code = ("import sys; from labkit.engine import present; present.is_installed();"
            "print({m.split('.')[0] for m in sys.modules} & {'torch', 'vllm'})")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=course.ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stdout + done.stderr


# ---- the marker ----

HIDE = "from labkit.engine import present\npresent.is_installed = lambda: False\n"


@pytest.fixture
def without_engine(grade, tmp_path):
    def run(**env):
        (tmp_path / "hide_engine.py").write_text(HIDE)
        folder = course.show_path(course.find("02").folder)
        env = {"PYTHONPATH": str(tmp_path), **env}
        return grade("-p", "hide_engine", f"{folder}/test_engine.py", "-q", "-rs", impl="solution", env=env)

    return run


def test_without_the_engine_its_tests_are_skipped_with_the_reason_and_not_counted_as_passed(without_engine):
    run = without_engine()
    assert run.code == 0 and present.ABSENT in run.output
    assert {t["status"] for t in run.card["tests"]} == {"not_checked"}
    assert run.card["points"]["earned"] == 0 and run.card["points"]["not_checked"] == 25


def test_with_lab_require_a_missing_engine_is_a_failure(without_engine):
    run = without_engine(LAB_REQUIRE="engine")
    assert run.code == 1 and "LAB_REQUIRE=engine" in run.output and "skipped" not in run.output.splitlines()[-1]
