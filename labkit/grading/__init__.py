"""Grading: implementation under test, calls into it, claims about it, the scorecard."""
