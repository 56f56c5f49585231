"""`python -m labkit.loop.latency`: from a save to its verdict in watch mode, beside a cold pytest on the same exercise.

In a copy of the course whose starters hold the solutions, one comment is written into a function: that is the save.
The clock stops when the verdict has come out of the watch's pipe. The two sides take turns; the ratio of their medians
is what counts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from labkit import course, provenance
from labkit.loop.source import Source, write_text

NAME = "loop-latency"
LIMIT = 60.0
PAUSE = 2.5  # seconds between two saves; the next process loads meanwhile
PAGES = {"en": "docs/en/loop.md", "es": "docs/es/bucle.md"}
BEGIN, END = "<!-- latency: written by python -m labkit.loop.latency -->", "<!-- /latency -->"
WORDS = {
    "en": ("lab", "save to verdict, median", "slowest exercise", "cold pytest", "cold `lab check`", "watch / pytest"),
    "es": ("lab", "de guardar al veredicto, mediana", "ejercicio más lento", "pytest en frío", "`lab check` en frío",
           "watch / pytest"),
}  # fmt: skip
UNDER = {
    "en": "Seconds, medians of {repeats} rounds; {cpu}, {cores} cores, busy with other work too "
    "(load {load:.1f}), Python {python}.",
    "es": "Segundos, medianas de {repeats} rondas; {cpu}, {cores} núcleos, ocupados también con otro trabajo "
    "(carga {load:.1f}), Python {python}.",
}


def copy_of_the_course(root: Path) -> Path:
    """A copy whose starters are the solutions; returns its root."""
    ignore = shutil.ignore_patterns("wrong", ".lab")
    for name in ("labkit", *(p.name for p in course.ROOT.glob("phase-*"))):
        shutil.copytree(course.ROOT / name, root / name, ignore=ignore)
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(course.ROOT / name, root / name)
    for solution in root.glob("phase-*/labs/lab-*/solution.py"):
        shutil.copy(solution, solution.with_name("starter.py"))
    return root


class WatchProcess:
    """`lab watch` with its output in a pipe: every line, with the moment it came."""

    def __init__(self, root: Path, lab: str):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("LAB_", "PYTEST_"))}
        environment |= {"PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}
        self.lines: list[tuple[float, str]] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "labkit.loop", "watch", lab, "--lang", "en"],
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append((time.perf_counter(), line))

    def wait_for(self, text: str, start: int) -> float:
        """The moment at which a line with `text` came, the first `start` lines apart."""
        limit = time.monotonic() + LIMIT
        while time.monotonic() < limit:
            for moment, line in self.lines[start:]:
                if text in line:
                    return moment
            time.sleep(0.002)
        shown = "".join(line for _, line in self.lines[-30:])
        raise RuntimeError(f"no line with {text!r} within {LIMIT:.0f} s; the last lines were\n{shown}")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def save(starter: Path, function: str, mark: str) -> None:
    """Write a comment over the function's last statement, as a person's editor would."""
    source = Source(starter)
    lines, statement = list(source.lines), source.nodes(function)[-1].body[-1]
    lines.insert(statement.lineno - 1, " " * statement.col_offset + f"# save {mark}\n")
    write_text(starter, "".join(lines))


def measure(repeats: int, labs: list[course.Lab]) -> dict:
    """Per lab: every core exercise's save-to-verdict seconds and a cold pytest's on the same lab, in turns."""
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        root = copy_of_the_course(Path(folder).resolve())
        for lab in labs:
            rows[lab.key] = _lab(root, lab, repeats)
            print(f"{lab.key}: {rows[lab.key]}", flush=True)
    return rows


def _lab(root: Path, lab: course.Lab, repeats: int) -> dict:
    starter = root / lab.folder.relative_to(course.ROOT) / "starter.py"
    functions = [e.function for e in lab.exercises if not e.beyond and not _needs_engine(lab, e.function)]
    watch, cold, check = {name: [] for name in functions}, [], []
    process = WatchProcess(root, lab.number)
    try:
        process.wait_for("points", 0)
        for number in range(repeats):
            for name in functions:
                time.sleep(PAUSE)
                seen, before = len(process.lines), time.perf_counter()
                save(starter, name, str(number))
                watch[name].append(process.wait_for(f"{name} passes", seen) - before)
            time.sleep(PAUSE)
            cold.append(_timed(root, ["-m", "pytest", "-q", "-m", "not gpu and not engine", str(starter.parent)]))
            check.append(_timed(root, ["-m", "labkit.loop", "check", f"{lab.number}.1"]))
    finally:
        process.end()
    medians = {name: round(statistics.median(seconds), 3) for name, seconds in watch.items()}
    every = [s for seconds in watch.values() for s in seconds]
    row = {
        "save to verdict": round(statistics.median(every), 3),
        "slowest exercise": max(medians.items(), key=lambda pair: pair[1]),
        "slowest save": round(max(every), 3),
        "cold pytest": round(statistics.median(cold), 3),
        "lab check": round(statistics.median(check), 3),
        "exercises": medians,
    }
    return {**row, "ratio to cold pytest": round(row["save to verdict"] / row["cold pytest"], 2)}


def _needs_engine(lab: course.Lab, function: str) -> bool:
    tests = [file.read_text(encoding="utf-8") for file in lab.folder.glob("test_*.py")]
    return any("pytestmark = pytest.mark.engine" in text and f'exercise("{function}")' in text for text in tests)


def _timed(root: Path, command: list[str]) -> float:
    environment = {**os.environ, "LAB_IMPL": "starter", "PYTHONPATH": str(root), "LAB_HOME": str(root / ".elsewhere")}
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *command], cwd=root, env=environment, capture_output=True)
    seconds = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout.decode("utf-8", "replace")[-2000:])
    return seconds


def table(stored: dict, language: str) -> str:
    """The measurement as a page shows it."""
    lines = ["| " + " | ".join(WORDS[language]) + " |", "|---|---|---|---|---|---|"]
    for lab in course.labs():
        row = stored["result"]["labs"].get(lab.key)
        if row:
            figures = (row["save to verdict"], row["slowest exercise"][1], row["cold pytest"], row["lab check"])
            cells = [f"{value:.2f}" for value in (*figures, row["ratio to cold pytest"])]
            lines.append("| " + " | ".join([lab.number, *cells]) + " |")
    source = stored["source"]
    facts = {**source["machine"], "repeats": source["repeats"], "load": source["load"] or 0}
    return "\n".join([*lines, "", UNDER[language].format(**facts, python=source["versions"]["python"])])


def write_pages() -> None:
    """Put the stored measurement into both pages."""
    stored = provenance.read(NAME)
    for language, name in PAGES.items():
        page = course.ROOT / name
        before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        text = f"{before}{BEGIN}\n\n{table(stored, language)}\n\n{END}{rest.partition(END)[2]}"
        write_text(page, text)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m labkit.loop.latency", description="Save to verdict, measured.")
    parser.add_argument("--repeats", type=int, default=5, help="saves of each exercise (default: 5)")
    parser.add_argument("--write", action="store_true", help=f"store the result as data/measurements/{NAME}.json")
    options = parser.parse_args(argv)
    if options.repeats < 1:
        parser.error(f"--repeats {options.repeats}: at least one is needed")
    rows = measure(options.repeats, list(course.labs()))
    if options.write:
        command = f"python -m labkit.loop.latency --repeats {options.repeats}"
        source = provenance.provenance(command, ("numpy", "pytest", "pyyaml"), repeats=options.repeats, pause=PAUSE)
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
        target = provenance.write(
            NAME, {"source": {**source, "load": load}, "result": {"unit": "wall seconds", "labs": rows}}
        )
        print(f"wrote {course.show_path(target)}")
        write_pages()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
