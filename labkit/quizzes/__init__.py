"""Quizzes, interview questions and reading labs: one source each, two languages, every claim checked.

`YAML -> schema -> terminal quiz / pages / Anki, Moodle, QTI`. The sources are data/quizzes/, data/interviews/,
data/reading/ and data/references.yaml; their forms are the *.schema.json beside this file.
"""
