"""Call a function and notice what it did to its inputs. Imports numpy alone: an isolated worker uses it too."""

from __future__ import annotations

import numpy as np

_array_equal, _shares_memory = np.array_equal, np.shares_memory  # as they were before a submission was loaded


def call_and_observe(function, args: tuple, kwargs: dict) -> tuple[object, list[tuple[int, str]]]:
    """-> what it returned, and (place of an argument, "changed" or "shared") for each input that was not left alone.

    shared: writing to a returned array would change the input.
    """
    given = (*args, *kwargs.values())
    before = {id(a): a.copy() for a in given if isinstance(a, np.ndarray)}
    value = function(*args, **kwargs)
    results = value if isinstance(value, (tuple, list)) else (value,)
    observed = []
    for place, array in enumerate(given):
        if id(array) not in before:
            continue
        if not _array_equal(before[id(array)], array, equal_nan=array.dtype.kind in "fc"):
            observed.append((place, "changed"))
        elif any(isinstance(result, np.ndarray) and _shares_memory(result, array) for result in results):
            observed.append((place, "shared"))
    return value, observed
