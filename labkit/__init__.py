"""The course's machinery. A learner never needs to open it.

The arrows run one way: cli -> (grading, quizzes, models, engine) -> course.
"""
