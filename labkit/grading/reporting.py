"""What the person sees at the end of a run: one message an exercise, and the scorecard."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit import course
from labkit.grading import scorecard, terminal


class Reporter:
    """On the process that the person sees: gathers the results, writes the scorecard at the end."""

    def __init__(self, config, setting: str):
        self.config, self.setting = config, setting
        self.results: list[dict] = []

    def pytest_runtest_logreport(self, report):
        if hasattr(report, "lab_result"):
            self.results.append(report.lab_result)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter):
        stats, failed = terminalreporter.stats, terminalreporter.stats.get("failed", [])
        stats["failed"] = failed if self.config.option.verbose > 0 else _most_telling(failed)
        try:
            yield
        finally:
            stats["failed"] = failed
            self._show(terminalreporter)

    def _show(self, terminalreporter):
        if not self.results:
            return
        scores = scorecard.build(sorted(self.results, key=lambda result: result["place"]))
        terminal.show(
            scores, terminalreporter._tw, self.setting, lambda path: relative(self.config, course.ROOT / path)
        )
        drawn = len({(r["lab"], r["test"]) for r in self.results if r.get("drawn") and r["status"] == "passed"})
        step = scorecard.next_step(scores)
        if drawn and self.setting != "solution" and (step is None or step.exercise.beyond):  # the core is done
            terminal.show_fresh_cases(drawn, self.config.option.seed, terminalreporter._tw)
        target = self.config.option.scorecard
        if target:
            terminal.write_json(scorecard.as_json(scores, self.setting, self.config.option.seed), Path(target))


def _most_telling(failed: list) -> list:
    """One report an exercise: one slip makes many tests fail, and the learner has one thing to mend.

    "Not written yet" is left to the scorecard, which says it once an exercise.
    """
    chosen, others = {}, []
    for report in failed:
        result = getattr(report, "lab_result", None)
        if result is None:
            others.append(report)
        elif result["status"] != "not_written":
            chosen.setdefault((result["lab"], result["exercise"]), []).append(report)
    for reports in chosen.values():
        reports.sort(key=lambda report: report.lab_result["place"])
        best = next((r for r in reports if r.lab_result["named"]), reports[0])
        if len(reports) > 1 and isinstance(best.longrepr, str):
            best.longrepr += f"\n  ... {len(reports) - 1} more checks of this exercise fail; -v shows them all"
        others.append(best)
    return others


class ShortSummary:
    """The scorecard says which tests of a lab failed; pytest's own list of long names is left to other tests."""

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter):
        stats = terminalreporter.stats
        stats["failed"] = [r for r in stats.get("failed", []) if not hasattr(r, "lab_result")]


def relative(config, path: Path) -> str:
    """`path` as seen from where pytest was started, so that a terminal can open it."""
    return Path(course.seen_from(path, config.invocation_params.dir)).as_posix()
