"""The learner's loop: where you are, check, watch, hint, next, reset, solution.

`starter.py -> source (what changed) -> child (pytest, warm) -> runner -> progress (state) -> show`.
Plain pytest does the grading; this package decides what to run, remembers the verdicts and says what comes next.
"""
