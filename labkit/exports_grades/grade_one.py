"""Grade one submission and write Gradescope's results.json: what run_autograder in the autograder zip calls.

A results.json is written whatever happens: Gradescope shows "the autograder failed to execute" otherwise, and the
student learns nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import traceback
from pathlib import Path

from labkit import course
from labkit.exports_grades import gradescope
from labkit.exports_grades.command import as_bytes, write_whole
from labkit.exports_grades.results import Graded


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="grade_one", description="Grade a folder; write Gradescope's results.json.")
    parser.add_argument("submission", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--settings", type=Path, required=True, help="autograder.json of the zip")
    options = parser.parse_args(argv)
    settings = json.loads(options.settings.read_text(encoding="utf-8"))
    try:
        graded = grade(options.submission, settings)
    except Exception:
        traceback.print_exc()  # to Gradescope's stdout, which the instructor sees
        graded = Graded(
            options.submission.name, None, "error", "The autograder itself failed. Your instructor can see why."
        )
    found = gradescope.results(graded, settings["visibility"], settings["by"], settings["beyond"])
    options.results.parent.mkdir(parents=True, exist_ok=True)
    write_whole(options.results, as_bytes(found))
    print(f"{graded.verdict}: {found['score']} points, {len(found['tests'])} entries")
    return 0


def grade(submission: Path, settings: dict) -> Graded:
    """Find the labs' files in the folder `submission` and grade them in isolation."""
    from labkit.cohort import discover, verdicts
    from labkit.isolation.judge import Judge

    labs = tuple(lab for lab in course.labs() if lab.key in settings["labs"])
    handed = discover.read(discover.Entry(submission.name, submission.name, submission), labs)
    if handed.problem:
        return Graded(submission.name, None, "error", handed.problem)
    with tempfile.TemporaryDirectory() as place:
        files = {}
        for folder, source in handed.files.items():
            files[folder] = Path(place, folder, "starter.py")
            files[folder].parent.mkdir()
            files[folder].write_bytes(source)
        with Judge(seed=settings["seed"], labs=[lab.folder.name for lab in labs]) as judge:
            outcome = judge.grade(files, submission.name)
    verdict = verdicts.of_outcome(outcome.verdict, outcome.card)
    says = "\n".join(filter(None, [outcome.says, *handed.notes]))
    return Graded(submission.name, outcome.card, verdict, says, outcome.seconds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
