"""Irregular inputs. Regular ones hide wrong code: square shapes hide swapped axes, symmetric values a
lost sign, a Gaussian without a tail a missing clip.

The default seed is fixed, so a learner sees the same cases each time; `--seed N` draws others with the
same properties.
"""

from __future__ import annotations

import zlib

import numpy as np


class Draw:
    """The fixture `draw`: each test gets its own stream, so that its cases do not depend on its neighbours."""

    def __init__(self, seed: int, test: str):
        self.rng = np.random.default_rng([seed, zlib.crc32(test.encode())])

    def sizes(self, count: int, low: int = 3, high: int = 12, multiple: int = 1) -> tuple[int, ...]:
        """`count` pairwise different sizes in [low, high], each times `multiple`."""
        drawn = self.rng.choice(np.arange(low, high + 1), size=count, replace=False)
        return tuple(int(n) * multiple for n in drawn)

    def tensor(self, *shape: int, dtype=np.float32) -> np.ndarray:
        """Heavy-tailed values, not centred on zero, whose loudest value in each row is negative."""
        values = self.rng.standard_t(4, size=shape) + 0.2
        if values.ndim and values.shape[-1]:
            loudest = np.abs(values).argmax(axis=-1)[..., None]
            peak = np.take_along_axis(np.abs(values), loudest, -1)
            np.put_along_axis(values, loudest, -1.05 * peak - 0.01, -1)
        return values.astype(dtype)

    def gaussian(self, *shape: int, dtype=np.float32) -> np.ndarray:
        """Plain N(0, 1), for claims that are made of Gaussian values."""
        return self.rng.standard_normal(shape).astype(dtype)
