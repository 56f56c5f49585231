"""Grades for other systems: otter-grader's CSV, Gradescope, JUnit XML. See labkit/exports_grades/command.py."""
