"""Grading a cohort: find the submissions, grade them side by side, keep every result, go on where it stopped."""
