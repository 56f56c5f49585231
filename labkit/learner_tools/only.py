"""A plugin for pytest: run the tests of one exercise and leave out the others (`-p labkit.learner_tools.only`).

The exercise's name is in the variable LAB_ONLY.
"""

from __future__ import annotations

import os


def pytest_collection_modifyitems(config, items):
    wanted = os.environ.get("LAB_ONLY")
    chosen = [item for item in items if any(wanted in mark.args for mark in item.iter_markers("exercise"))]
    left_out = [item for item in items if item not in chosen]
    if wanted and chosen:
        config.hook.pytest_deselected(items=left_out)
        items[:] = chosen
