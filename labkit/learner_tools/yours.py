"""The learner's functions as `lab plot` and `lab card` call them: what cannot be used is named, the rest goes on."""

from __future__ import annotations

from collections.abc import Callable

from labkit import course
from labkit.grading.implementation import Implementation
from labkit.models.learner import Learner, NotUsable


class Yours:
    """One lab's functions; `problems` says which of them could not be used, and why."""

    def __init__(self, implementation: Implementation, lab: course.Lab):
        self.lab = lab
        self.problems: dict[str, NotUsable] = {}
        self._learner = Learner(implementation)

    def __call__(self, function: str, *arguments, gives: tuple = ((),), **options):
        """Call a function; NotUsable if it is not written, fails, or gives something of another shape."""
        if function in self.problems:
            raise self.problems[function]
        try:
            return self._learner.call(self.lab.number, function, *arguments, gives=gives, **options)
        except NotUsable as error:
            self.problems[function] = error
            raise

    def attempt(self, work: Callable, otherwise=None):
        """What `work` gives, or `otherwise` where one of the functions that it calls cannot be used."""
        try:
            return work()
        except NotUsable:
            return otherwise
