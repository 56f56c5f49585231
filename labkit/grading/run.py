"""`lab grade`: pytest on the starters, for somebody who only wants to know where they stand.

The exit code says whether grading worked, not whether the work is done: a score of 0 is a result.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from labkit import course

PYTEST_RAN = (0, 1)  # pytest's exit codes for "all passed" and "some failed"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lab grade", description="Grade what you wrote in the starters.")
    parser.add_argument("labs", nargs="*", metavar="LAB", help="which labs, for example 03 (all of them without)")
    parser.add_argument(
        "--impl",
        default=os.environ.get("LAB_IMPL") or "starter",
        metavar="starter|solution|PATH",
        help="what to grade (default: LAB_IMPL, else starter)",
    )
    parser.epilog = "Whatever follows -- goes to pytest: lab grade 03 -- -x -k layout"
    split = argv.index("--") if "--" in argv else len(argv)
    options, for_pytest = parser.parse_args(argv[:split]), argv[split + 1 :]
    try:
        wanted = {course.find(name).key for name in options.labs}
        labs = [lab for lab in course.labs() if not wanted or lab.key in wanted]
    except course.CourseError as error:
        print(f"lab grade: {error}", file=sys.stderr)
        return 2
    folders = [course.seen_from(lab.folder) for lab in labs]
    command = [sys.executable, "-m", "pytest", "-qq", "-m", "not gpu", *for_pytest, *folders]
    done = subprocess.run(command, env={**os.environ, "LAB_IMPL": options.impl})
    return 0 if done.returncode in PYTEST_RAN else done.returncode
