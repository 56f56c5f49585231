"""`lab cohort-bench`: submissions a minute beside a plain loop of pytest and beside otter-grader; memory over 1,000.

The sides take turns on the same submissions, so that a busy machine slows all of them; the ratio is what counts.
Stored in data/measurements/cohort.json; the page about cohorts is filled from there.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from labkit import course, measure, provenance
from labkit.cohort import bench_otter, sample, tables, work
from labkit.cohort.discover import find, read
from labkit.cohort.executors import Local
from labkit.cohort.plain import PlainLoop

PAGES = {"en": course.ROOT / "docs" / "en" / "cohort.md", "es": course.ROOT / "docs" / "es" / "cohorte.md"}
CORES = 2  # the pool that is measured beside one process


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lab cohort-bench", description="Measure how fast a cohort is graded.")
    parser.add_argument("--n", type=int, default=20, metavar="N", help="submissions a turn (default 20)")
    parser.add_argument("--turns", type=int, default=7, metavar="N", help="turns of each side (default 7)")
    parser.add_argument("--memory", type=int, default=1000, metavar="N", help="submissions for the memory (0: not)")
    parser.add_argument("--otter", type=Path, metavar="PYTHON", help="a Python that has otter-grader and ipykernel")
    parser.add_argument("--check", action="store_true", help="measure nothing; are the pages as stored?")
    options = parser.parse_args(argv)
    if not options.check and (options.turns or options.memory):
        result = {}
        result["memory"] = memory(options.memory) if options.memory else _stored("memory")
        result["throughput"] = (
            throughput(options.n, options.turns, options.otter) if options.turns else _stored("throughput")
        )
        packages = ("numpy", "pytest")
        source = provenance.provenance(command(options), packages, repeats=options.turns, load=_load())
        provenance.write("cohort", {"source": source, "result": result, "tables": tables.build(result)})
    elif not options.check:  # the tables anew; when and how they were measured stays as it was
        stored = provenance.read("cohort")
        provenance.write("cohort", {**stored, "tables": tables.build(stored["result"])})
    stale = fill(options.check)
    for line in stale:
        print(f"{'not as measured' if options.check else 'brought up to date'}: {line}")
    return 1 if options.check and stale else 0


def command(options: argparse.Namespace) -> str:
    """The command that repeats the measurement; where otter's Python lies is this machine's own affair."""
    says = f"lab cohort-bench --n {options.n} --turns {options.turns} --memory {options.memory}"
    return says + (" --otter PYTHON" if options.otter else "")


def _stored(part: str) -> dict:
    return provenance.read("cohort")["result"][part]


def fill(check: bool) -> list[str]:
    """Put the stored tables into the two pages; the lines name the pages that were not as stored."""
    stored, stale = provenance.read("cohort"), []
    for language, page in PAGES.items():
        old = page.read_text(encoding="utf-8")
        new = measure.fill(old, stored, language, course.show_path(page))
        if new != old:
            stale.append(course.show_path(page))
            if not check:
                page.write_text(new, encoding="utf-8")
    return stale


MIXES = ("sample", "otherwise", "all labs")


def throughput(n: int, turns: int, otter: Path | None) -> dict:
    """Submissions a minute, and milliseconds of the processor for each, of every side on the same submissions.

    Short turns, so that another load on the machine meets every side alike. The pools are warm: their start is
    measured apart. sample: a made-up class, lab 01. otherwise: lab 01, right, and none written as ours is. all labs:
    a made-up class that hands in all four.
    """
    with tempfile.TemporaryDirectory() as place:
        return {mix: _measure(mix, n, turns, otter if mix == "sample" else None, Path(place, mix)) for mix in MIXES}


def _measure(mix: str, n: int, turns: int, otter: Path | None, place: Path) -> dict:
    labs = course.labs() if mix == "all labs" else course.labs()[:1]
    handed = _otherwise(labs[0], n) if mix == "otherwise" else _sample(labs, n, place)
    begun = time.perf_counter()
    pools = {"one": Local(1), "pool": Local(CORES)}
    for pool in pools.values():
        _pooled(pool, handed[: 2 * CORES], labs)
    start = (time.perf_counter() - begun) / len(pools)
    sides = {
        "plain": lambda some: _plain_loop(some[: n // 4]),
        "one": lambda some: _pooled(pools["one"], some, labs),
        "pool": lambda some: _pooled(pools["pool"], some, labs),
    }
    if otter:
        zipped = bench_otter.autograder(otter, labs[0], place / "otter")
        full = sum(e.points for e in labs[0].exercises)
        if bench_otter.grade(otter, zipped, labs[0].folder / "solution.py", zipped.parent) != full:
            raise RuntimeError("otter does not give the solution all points: these would not be the same tests")
        sides["otter"] = lambda some: _otter(otter, zipped, some[:1], labs[0])  # it takes seconds a submission
    rates: dict[str, list[float]] = {side: [] for side in sides}
    cpu: dict[str, list[float]] = {side: [] for side in sides}
    for turn in range(turns):
        some = handed[turn % len(handed) :] + handed[: turn % len(handed)]
        for side, run in sides.items():
            before, begun = _processor(), time.perf_counter()
            count = run(some)
            rates[side].append(round(60 * count / (time.perf_counter() - begun), 2))
            cpu[side].append(round(1000 * (_processor() - before) / count, 1))
        print(f"{mix}, turn {turn + 1}: " + ", ".join(f"{side} {r[-1]:.0f}" for side, r in rates.items()), flush=True)
    for pool in pools.values():
        pool.stop()
    ratio = {s: round(statistics.median(x / y for x, y in zip(r, rates["plain"])), 2) for s, r in rates.items()}
    found = {"rates": rates, "processor ms": cpu, "median": {s: statistics.median(r) for s, r in rates.items()}}
    return {"n": n, "labs": [lab.key for lab in labs], "start seconds": round(start, 1), **found, "ratio": ratio}


def _processor() -> float:
    """Seconds of the processor that this process and all below it have taken so far."""
    import psutil

    total = 0.0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        try:
            total += sum(process.cpu_times()[:4])  # user and system, its own and of those it has waited for
        except psutil.Error:
            pass  # gone in between
    return total


def _sample(labs: list[course.Lab], n: int, place: Path) -> list[dict[str, Path]]:
    """Lab folder -> submitted file: the plain sides are not asked to open zips."""
    sample.make(place / "submissions", labs, n, random.Random(0), tame=True)
    handed = []
    for entry in find(place / "submissions")[0]:
        files = {}
        for folder, source in read(entry, labs).files.items():
            files[folder] = place / "sources" / entry.id / folder / "starter.py"
            files[folder].parent.mkdir(parents=True)
            files[folder].write_bytes(source)
        if files:
            handed.append(files)
    return handed


def _otherwise(lab: course.Lab, n: int) -> list[dict[str, Path]]:
    right = course.ROOT / "tests" / "grading" / "right"
    files = [p for p in sorted(right.glob(f"lab_{lab.number}_*.py")) if "beyond" not in p.name]
    return [{lab.folder.name: files[number % len(files)]} for number in range(n)]


def _pooled(pool: Local, handed: list[dict[str, Path]], labs: list[course.Lab]) -> int:
    """A warm pool of isolated graders: what `lab cohort` does after its start."""
    asked = tuple(lab.folder.name for lab in labs)
    tasks = [
        work.Task(str(number), {folder: path.read_bytes() for folder, path in files.items()}, {}, asked, 0)
        for number, files in enumerate(handed)
    ]
    for future in [pool.submit(work.grade, task) for task in tasks]:
        if future.result()["card"] is None:
            raise RuntimeError(f"no scorecard: {future.result()['says']}")
    return len(handed)


def _plain_loop(handed: list[dict[str, Path]]) -> int:
    """One pytest process after the other."""
    with PlainLoop() as judge:
        for files in handed:
            judge.grade(files)
    return len(handed)


def _otter(python: Path, zipped: Path, handed: list[dict[str, Path]], lab: course.Lab) -> int:
    for files in handed:
        bench_otter.grade(python, zipped, files[lab.folder.name], zipped.parent)
    return len(handed)


def _start(folder: Path, lab: course.Lab, jobs: int, out: Path) -> subprocess.Popen:
    code = "import sys; from labkit.cohort.run import main; sys.exit(main(sys.argv[1:]))"
    options = ["--labs", lab.number, "--jobs", str(jobs), "--out", str(out)]
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder), *options],
        cwd=course.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def memory(n: int) -> dict:
    """Resident memory of the run and of its workers while `n` submissions are graded; bytes stored for each."""
    lab = course.labs()[0]
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place, "submissions"), Path(place, "results")
        sample.make(folder, [lab], n, random.Random(1), tame=True)
        run, seen, marks = _start(folder, lab, CORES, out), [], _marks(n)
        while run.poll() is None:
            time.sleep(0.2)
            done = _lines(out / "results.jsonl")
            if marks and done >= marks[0]:
                marks.pop(0)
                row = {"graded": done, **_resident(run.pid)}
                print(
                    f"{done} graded: {row['run']:.0f} MB, the largest process below it {row['below']:.0f} MB",
                    flush=True,
                )
                seen.append(row)
        run.communicate()
        size = sum(p.stat().st_size for p in out.rglob("*") if p.is_file()) / n
    return {"n": n, "rows": seen, "stored bytes a submission": round(size)}


def _marks(n: int) -> list[int]:
    return [max(1, n * share // 100) for share in (5, 25, 50, 75, 95)]


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _resident(pid: int) -> dict:
    """MB of the run itself, and of the largest process below it."""
    import psutil

    run = psutil.Process(pid)
    below = [0.0]
    for child in run.children(recursive=True):
        try:
            below.append(child.memory_info().rss / 1e6)
        except psutil.Error:
            pass  # gone in between
    return {"run": round(run.memory_info().rss / 1e6, 1), "below": round(max(below), 1)}


def _load() -> float:
    import os

    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else -1.0
