"""The six verdicts on a submission, and how a scorecard becomes one of them. They are never mixed up.

A timeout is not a wrong answer, a missing report is not a zero, what was not checked is not passed.
"""

from __future__ import annotations

VERDICTS = ("pass", "fail", "error", "timeout", "no report", "not checked here")
MEANING = {
    "pass": "every core exercise asked passes",
    "fail": "graded to the end; some exercise does not pass",
    "error": "could not be read or judged at all",
    "timeout": "at least one exercise did not come to an end",
    "no report": "it ended the process that ran it, and no scorecard came back",
    "not checked here": "all that this machine can check passes; the rest needs vLLM or a GPU",
}
# An instructor looks at these by hand before a score goes out.
TO_LOOK_AT = ("error", "timeout", "no report")
STATUSES = ("passed", "failed", "error", "timeout", "not_written", "not_checked", "not_run")


def of_card(card: dict) -> str:
    """The verdict on a submission whose scorecard came back."""
    all_statuses = [e["status"] for lab in card["labs"] for e in lab["exercises"]]
    core = [e["status"] for lab in card["labs"] for e in lab["exercises"] if not e["beyond"]]
    if "timeout" in all_statuses:
        return "timeout"
    if not core or any(status in ("failed", "error", "not_written", "not_run") for status in core):
        return "fail"
    return "not checked here" if "not_checked" in core else "pass"


def of_outcome(verdict: str, card: dict | None) -> str:
    """The verdict for what a Judge says: its own where it could not grade to the end."""
    if verdict != "graded":
        return verdict if verdict in VERDICTS else "error"
    return of_card(card) if card else "no report"
