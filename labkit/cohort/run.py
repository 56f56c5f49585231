"""`lab cohort DIR`: grade every submission of a folder, once, whatever stops it in between."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from labkit import course
from labkit.cohort import messages, summary, version
from labkit.cohort.discover import find
from labkit.cohort.executors import Dask, Local, NoExecutor
from labkit.cohort.loop import Stopped, grade
from labkit.cohort.planning import Cohort
from labkit.cohort.results import Busy, Results
from labkit.isolation.judge import JudgeError

EPILOG = """\
The same command goes on where it was stopped, grades what is new, and grades again what has changed: a submission,
a lab's tests or points, the seed, the grader. Results: results.jsonl, scorecards/ID.json, messages/ID.txt."""


def main(argv: list[str]) -> int:
    options = _parser().parse_args(argv)
    try:
        return _run(options)
    except (course.CourseError, NoExecutor, Busy, JudgeError, Stopped) as error:
        print(f"lab cohort: {error}", file=sys.stderr)
        return getattr(error, "code", 2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lab cohort",
        description="Grade a folder of submissions: folders, zips, single .py files.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="holds one folder, zip or .py file a student")
    parser.add_argument(
        "--out", metavar="RESULTS", type=Path, help="where results go (default: DIR-results beside DIR)"
    )
    parser.add_argument("--labs", metavar="01,03", help="the labs that were asked (default: all of them)")
    parser.add_argument("--seed", type=_seed, metavar="N", help="other cases with the same properties (default 0)")
    parser.add_argument("--jobs", type=_positive, metavar="N", help="processes side by side (default: one a core)")
    parser.add_argument("--scheduler", metavar="tcp://…", help="grade on the workers of this Dask scheduler")
    parser.add_argument(
        "--regrade",
        nargs="*",
        metavar="ID|VERDICT",
        help="grade again though nothing changed: these ids, these verdicts (timeout, error, …), or all",
    )
    parser.add_argument("--lang", choices=course.LANGUAGES, help="language of the messages (default: the terminal's)")
    return parser


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes: 1 or more")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed: a whole number, 0 or larger")
    return int(text)


def _run(options) -> int:
    folder = options.folder
    if not hasattr(os, "fork") and not options.scheduler:
        raise course.CourseError(
            "each submission is graded in a fork of the grader, which this system cannot make: use Linux, "
            "macOS, or WSL; or --scheduler, with workers on such a machine"
        )
    if not folder.is_dir():
        raise course.CourseError(f"{folder} is not a folder: give the one that holds the submissions")
    out = options.out or folder.resolve().with_name(f"{folder.resolve().name}-results")
    if out.exists() and not out.is_dir():
        raise course.CourseError(f"{out} is a file: --out wants a folder, or a name that is still free")
    if out.resolve() == folder.resolve():
        raise course.CourseError("--out is the folder of the submissions itself: results need one of their own")
    try:
        import tqdm  # noqa: F401
    except ImportError:
        raise course.CourseError(
            "the progress bar needs tqdm: run `make instructor`, or pip install 'quantization-labs[instructor]'"
        ) from None
    entries, ignored = find(folder, but=out)
    if not entries:
        raise course.CourseError(f"{folder} holds no submission: wanted is one folder, zip or .py file a student")
    with Results(out) as results:
        labs, seed = _what_is_asked(options, results)
        cohort = Cohort(entries, labs, seed, version.of_course(labs), results, options.lang or messages.language())
        _print_head(folder, out, entries, ignored, labs, seed)
        plan = cohort.plan(options.regrade)
        print(plan.words)
        for line in plan.hints:
            print(line)
        if plan.todo:
            executor = Dask(options.scheduler) if options.scheduler else Local(_jobs(options.jobs, len(plan.todo)))
            print(f"on {executor.words}", flush=True)
            grade(cohort, plan, executor)
        summary.show(cohort, plan)
    return 0


def _jobs(asked: int | None, todo: int) -> int:
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count() or 1
    return min(asked or cores, todo)


def _what_is_asked(options, results: Results) -> tuple[list[course.Lab], int]:
    """Labs and seed: as given, else as given the last time, so that `lab cohort DIR` alone goes on."""
    before = results.settings
    names = [n for n in (options.labs or "").replace(" ", ",").split(",") if n]
    if not names:
        names = before.get("labs") or [lab.key for lab in course.labs()]
    chosen = {course.find(name).key for name in names}
    seed = options.seed if options.seed is not None else before.get("seed", 0)
    return [lab for lab in course.labs() if lab.key in chosen], seed


def _print_head(folder: Path, out: Path, entries, ignored: list[str], labs, seed: int) -> None:
    print(f"{len(entries)} submissions in {folder}, results in {summary.near(out)}")
    print(f"labs {', '.join(lab.number for lab in labs)}, seed {seed}")
    if ignored:
        more = f" and {len(ignored) - 5} more" if len(ignored) > 5 else ""
        print(f"left out, neither folder, zip nor .py: {', '.join(map(repr, ignored[:5]))}{more}")
