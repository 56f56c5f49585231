"""The bar: how many are done, how long it will take, and how many got which verdict."""

from __future__ import annotations

import sys
from collections import Counter

from labkit.cohort.verdicts import VERDICTS


class Bar:
    """A tqdm bar on a terminal; in a log file a line now and then."""

    def __init__(self, total: int, stream=None):
        from tqdm import tqdm

        stream = stream or sys.stderr
        self.counts: Counter[str] = Counter()
        self._bar = tqdm(
            total=total,
            unit="sub",
            file=stream,
            dynamic_ncols=True,
            smoothing=0.05,  # a hang of two minutes should not throw the forecast about
            mininterval=0.2 if stream.isatty() else 20,
            bar_format="{percentage:3.0f}% {bar:12} {n_fmt}/{total_fmt} {elapsed} left {remaining} {rate_fmt}{postfix}",
        )

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self._bar.close()

    def one(self, verdict: str) -> None:
        """One more is graded."""
        self.counts[verdict] += 1
        said = " · ".join(f"{self.counts[v]} {v}" for v in VERDICTS if self.counts[v])
        self._bar.set_postfix_str("  " + said, refresh=False)
        self._bar.update()

    def say(self, text: str) -> None:
        """A line above the bar."""
        self._bar.write(text, file=self._bar.fp)
