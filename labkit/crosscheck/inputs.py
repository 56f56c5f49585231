"""Weights, activations and codes for the comparisons: random ones and hostile ones, the same at every run."""

from __future__ import annotations

import numpy as np

ROWS, COLUMNS = 48, 256
SEED = 26


def weights(huge: float = 1e30, without: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    """Name -> float32 (ROWS, COLUMNS), each hostile in its own way.

    Args:
        huge: how loud, and one over it how quiet, "huge and small" is; int4's float16 scales end at 65504 * 7.
        without: names to leave out, for a library that has no answer to them.
    """
    rng = np.random.default_rng(SEED)
    normal = rng.standard_normal((ROWS, COLUMNS))
    made = {
        "gaussian": normal * 0.02,
        "heavy tails": rng.standard_t(2, (ROWS, COLUMNS)) * 0.02,
        "correlated": rng.standard_normal((ROWS, 4)) @ rng.standard_normal((4, COLUMNS)) + 0.1 * normal,
        "zero rows": np.where(np.arange(ROWS)[:, None] % 3 == 0, [[0.0, -0.0] * (COLUMNS // 2)], normal),
        "ties": _ties(rng),
        "negative extremes": _negative(rng),
        "subnormals": np.ldexp(rng.integers(-2000, 2000, (ROWS, COLUMNS)), -149),
        "one loud row": normal * np.where(np.arange(ROWS) == 5, 1000.0, 1.0)[:, None],
        "constant groups": np.repeat(rng.standard_normal((ROWS, COLUMNS // 32)), 32, axis=1),
        "float16 values": normal.astype(np.float16),
        "huge and small": normal * huge ** rng.uniform(-1, 1, (ROWS, 1)),
        "powers of two": np.ldexp(rng.choice([-1.0, 1.0], normal.shape), rng.integers(-20, 8, normal.shape)),
    }
    return {name: w.astype(np.float32) for name, w in made.items() if name not in without}


def _ties(rng) -> np.ndarray:
    """Halves of a step: in every 32 columns the peak is 127 steps, or 7, and a step is a power of two."""
    qmax = np.where(np.arange(ROWS) % 2, 127, 7)[:, None]
    steps = rng.integers(-qmax, qmax, (ROWS, COLUMNS)) + 0.5
    steps[:, ::32] = qmax * rng.choice([-1, 1], (ROWS, COLUMNS // 32))
    return np.ldexp(steps, rng.integers(-8, 8, (ROWS, 1)))


def _negative(rng) -> np.ndarray:
    """Every group's loudest weight is negative; in the last rows every weight is."""
    w = rng.standard_normal((ROWS, COLUMNS)).reshape(ROWS, -1, 32)
    w[:, :, 7] = -1.01 * np.abs(w).max(axis=2)
    w[-4:] = -np.abs(w[-4:])
    return w.reshape(ROWS, COLUMNS)


def correlated_inputs(seed: int, rows: int, columns: int, loud: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Calibration and held-out activations (rows, columns) of one distribution; `loud` channels are 30 times louder."""
    rng = np.random.default_rng(seed)
    mix = rng.standard_normal((columns // 8, columns)) / 2
    gain = np.exp(rng.normal(0, 0.5, columns))
    gain[rng.permutation(columns)[:loud]] *= 30

    def draw() -> np.ndarray:
        hidden = rng.standard_normal((rows, columns // 8)) @ mix
        return ((hidden + rng.standard_normal((rows, columns))) * gain).astype(np.float32)

    return draw(), draw()


def layer(seed: int, out_features: int, in_features: int) -> np.ndarray:
    """A weight as a trained layer has it: bell-shaped, float32 (out_features, in_features)."""
    rng = np.random.default_rng(1000 + seed)
    return (rng.standard_normal((out_features, in_features)) * 0.02).astype(np.float32)


def int4_codes() -> np.ndarray:
    """int8 (64, 256) in [-8, 7]: every code at every place of a word, ends, and random ones."""
    rng = np.random.default_rng(SEED)
    q = rng.integers(-8, 8, (64, 256), np.int8)
    q[:16] = np.roll(np.arange(256) % 16 - 8, 1)[None] - np.arange(16)[:, None] % 2
    q[:16] = np.clip(q[:16], -8, 7)
    q[16:20] = rng.choice(np.array([-8, 7], np.int8), (4, 256))
    q[20:52] = 0
    q[np.arange(20, 52), np.arange(32)] = np.arange(32) % 15 - 8  # one code alone, at each place of four words
    return q


def float16_values(limit: float) -> np.ndarray:
    """Every float16 from -limit to limit, both zeros included."""
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    return every[np.abs(np.nan_to_num(every.astype(np.float32), nan=np.inf)) <= limit]
