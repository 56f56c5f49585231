"""`lab …`: one line per verb, each hands over to the module that does the work.

A verb's module has `main(argv) -> int` and is imported only when its verb is used, so that `lab grade`
never waits for torch.
"""

from __future__ import annotations

import importlib
import os
import sys

from labkit import screen

# Before numpy is loaded, which reads it then: on small matrices two threads wait for each other longer than they
# compute, and one gives the same sums on every run.
os.environ.setdefault("OMP_NUM_THREADS", "1")

VERBS = {
    "grade": ("labkit.grading.run", "grade what you wrote: every lab, or `lab grade 03`"),
    "check": ("labkit.loop.check", "grade one lab or exercise: `lab check 03.2`"),
    "watch": ("labkit.loop.watch", "grade again at each save"),
    "hint": ("labkit.loop.hint", "one hint for what fails: `lab hint 03.2`"),
    "next": ("labkit.loop.next_step", "what to do next, and where"),
    "reset": ("labkit.loop.reset", "one function back as it came, yours kept aside: `lab reset 03.2`"),
    "solution": ("labkit.loop.solution", "the reference, once yours passes or you give up"),
    "doctor": ("labkit.learner_tools.doctor", "is this machine ready? what it means, what to do"),
    "plot": ("labkit.learner_tools.plot", "a lab's figure from your functions: `lab plot 01`"),
    "card": ("labkit.learner_tools.card", "what you built, measured now: text and image"),
    "quiz": ("labkit.quizzes.ask", "answer questions, be told why, repeat what you missed"),
    "interview": ("labkit.quizzes.interview", "rehearse interview questions: think, reveal, compare"),
    "plan": ("labkit.reading.plan", "fill a reading lab's plan with a model's numbers: `lab plan 10`"),
    "train": ("labkit.models.train", "train the course's small language model"),
    "eval": ("labkit.models.report", "quantize the model with your functions: bytes, perplexity, exact match"),
    "plots": ("labkit.models.plots", "draw the figures and fill the tables of the model's page"),
    "checkpoint": ("labkit.models.checkpoints", "write the quantized model as files for vLLM and transformers"),
    "meters": ("labkit.engine.meters", "run every scheme on real vLLM: capacity, throughput, sanity"),
    "serve": ("labkit.engine.serve", "serve a checkpoint with vLLM's own server, on this machine alone"),
    "cohort": ("labkit.cohort.run", "instructors: grade a folder of submissions, each in isolation"),
    "cohort-sample": ("labkit.cohort.sample", "instructors: make up a class to try the grader on"),
    "cohort-bench": ("labkit.cohort.bench", "maintainers: how fast a cohort is graded, beside pytest and otter-grader"),
    "grades": ("labkit.exports_grades.command", "instructors: grades as CSV, for Gradescope, as JUnit XML"),
    "similar": ("labkit.similarity.command", "instructors: which submissions share code"),
    "release": ("labkit.release.command", "instructors: write the student edition, without solutions"),
    "export": ("labkit.quizzes.export", "instructors: the quizzes for Anki, Moodle or Canvas (QTI)"),
    "docs": ("labkit.site.build", "maintainers: build the site, or show it: `lab docs serve`"),
    "texts": ("labkit.quizzes.pages", "maintainers: write the quiz and interview pages; list claims with evidence"),
    "excerpts": ("labkit.reading.excerpts", "maintainers: copy the starters' previews into the reading labs"),
    "measure": ("labkit.measure", "maintainers: compute the numbers that the pages quote"),
    "crosscheck": ("labkit.crosscheck.run", "maintainers: the solutions beside the field's libraries, bit for bit"),
    "bench": ("labkit.bench", "maintainers: time grading and the reference solutions beside others"),
    "capture-packing": ("labkit.models.capture_packing", "maintainers: record how the libraries pack int4"),
    "starter": ("labkit.grading.starter", "maintainers: write a lab's starter from its solution"),
}

# What `make` installs the packages of a verb with, where it is not `make models`.
INSTALLS = {
    "docs": "docs",
    "texts": "quiz",
    "export": "instructor",
    "similar": "instructor",
    "crosscheck": "crosscheck",
}


def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    screen.forgiving(sys.stdout, sys.stderr)  # an old console cannot show every letter that a verb may print
    if argv and argv[0].startswith("--lang") and {"-h", "--help"} & set(argv):
        argv = ["--help", *argv]
    if not argv or argv[0].startswith("--lang"):  # where you are, and what is next
        return importlib.import_module("labkit.loop.home").main(argv)
    if argv[0] == "help" and len(argv) > 1 and argv[1] in VERBS:
        argv = [argv[1], "--help", *argv[2:]]
    if argv[0] in ("-h", "--help", "help") or argv[0] not in VERBS:
        from labkit import help

        speaks = screen.Screen(screen.language_of(argv))
        if argv[0] in ("-h", "--help", "help"):
            return _piped(lambda: help.show(VERBS, speaks, "--all" in argv) or 0)
        help.unknown(argv[0], VERBS, speaks)
        return 2
    try:
        return _piped(lambda: importlib.import_module(VERBS[argv[0]][0]).main(argv[1:]))
    except ModuleNotFoundError as error:  # on the way in, or where a module imports it only when it gets there
        if not error.name or error.name.startswith("labkit"):
            raise
        mend = f"make {INSTALLS.get(argv[0], 'models')}"
        says = f"lab {argv[0]} needs the package {error.name}, which is not installed here: run `{mend}`"
        print(says, file=sys.stderr)
        return 2


def _piped(run) -> int:
    """Run; Ctrl-C and a reader that has gone (`… | head`) are no failures to trace."""
    try:
        return run()
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return screen.nobody_reads()


if __name__ == "__main__":
    sys.exit(main())
