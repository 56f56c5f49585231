"""What the labs' figures share: a row of the table of numbers, colours, and how yours and the reference look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

AGREE = 0.02  # yours and the reference are drawn as one when they differ by less, relatively
YOURS, REFERENCE = ("yours", "lo tuyo"), ("reference", "referencia")


@dataclass(frozen=True)
class Row:
    """One number of the figure: yours (None where a function is missing) and what the contract gives."""

    label: tuple[str, str]  # English, Spanish
    yours: float | None
    reference: float
    form: str = "{:.2%}"

    @property
    def agrees(self) -> bool:
        return self.yours is not None and bool(np.isclose(self.yours, self.reference, rtol=AGREE, atol=1e-12))


def pair(ax, x, yours, reference, colour: str, ink: str, label: str | None = None, line: str = "-") -> None:
    """The reference as a wide pale line, yours as a thin strong one with dots, inside it where they agree."""
    ax.plot(x, reference, line, color=colour, lw=6, alpha=0.28, solid_capstyle="round")
    if yours is not None:
        ax.plot(x, yours, line, color=colour, lw=1.4, marker="o", ms=4, mec=ink, mew=0.4, label=label)
    elif label:
        ax.plot([], [], line, color=colour, lw=6, alpha=0.28, label=label)


def legend(figure, theme: dict, i: int) -> None:
    """Below everything: what is yours and what the reference."""
    from matplotlib.lines import Line2D

    ink = theme["ink"]
    handles = [Line2D([], [], color=ink, lw=1.4, marker="o", ms=4), Line2D([], [], color=ink, lw=6, alpha=0.28)]
    figure.legend(handles, [YOURS[i], REFERENCE[i]], loc="outside lower right", ncols=2, frameon=False)
