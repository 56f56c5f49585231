"""The card as an image: one list of texts and boxes, written as SVG by hand or as PNG through matplotlib."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from html import escape

WIDTH, MARGIN, VALUE = 820, 36, 118  # pixels; VALUE is the column of the large numbers
INK, FAINT, PAPER, ACCENT, GREEN = "#1f2328", "#57606a", "#ffffff", "#0969da", "#1a7f37"
COLOURS = {"complete": GREEN, "unchecked": ACCENT, "open": FAINT}
LETTER = 0.51  # width of a letter of a sans-serif, in its size: on the wide side, so that no line runs out


@dataclass(frozen=True)
class Text:
    x: float
    y: float  # the baseline
    text: str
    size: float = 14
    colour: str = INK
    bold: bool = False


def lay_out(title: str, name: str, blocks: list, foot: list[str]) -> tuple[list[Text], list[float], int]:
    """(texts, heights of the rules between the blocks, height of the card).

    `blocks` are (a key of COLOURS, heading, points, facts), facts being (value, words).
    """
    texts = [Text(MARGIN, 56, title, 24, INK, True)]
    y = 56
    if name:
        y += 30
        texts.append(Text(MARGIN, y, name, 18, ACCENT, True))
    rules = []
    for state, heading, points, facts in blocks:
        y += 26
        rules.append(y)
        y += 30
        texts.append(Text(MARGIN, y, heading, 16, COLOURS[state], True))
        texts.append(Text(MARGIN, y + 20, points, 12.5, FAINT))
        y += 24
        for value, words in facts:
            y += 26
            texts.append(Text(MARGIN, y, value, 19, ACCENT, True))
            lines = textwrap.wrap(words, int((WIDTH - VALUE - 2 * MARGIN) / (14 * LETTER)))
            for number, line in enumerate(lines):
                y += 18 if number else 0
                texts.append(Text(MARGIN + VALUE, y, line))
    y += 26
    rules.append(y)
    y += 6
    for paragraph in foot:
        for line in textwrap.wrap(paragraph, int((WIDTH - 2 * MARGIN) / (12 * LETTER))):
            y += 18
            texts.append(Text(MARGIN, y, line, 12, FAINT))
    return texts, rules, int(y + 24)


def svg(texts: list[Text], rules: list[float], height: int, language: str, title: str) -> str:
    """The card as SVG text."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'xml:lang="{language}" role="img" font-family="system-ui, \'Segoe UI\', Helvetica, Arial, sans-serif">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" rx="14" fill="{PAPER}" stroke="#d0d7de"/>',
        f'<rect width="{WIDTH}" height="8" rx="4" fill="{ACCENT}"/>',
    ]
    lines += [f'<path d="M{MARGIN} {y}H{WIDTH - MARGIN}" stroke="#d0d7de"/>' for y in rules]
    for t in texts:
        weight = ' font-weight="700"' if t.bold else ""
        lines.append(
            f'<text x="{t.x:g}" y="{t.y:g}" font-size="{t.size:g}"{weight} fill="{t.colour}">{escape(t.text)}</text>'
        )
    return "\n".join([*lines, "</svg>", ""])


def png(texts: list[Text], rules: list[float], height: int, target) -> None:
    """The same as PNG, at twice the pixels; ModuleNotFoundError without matplotlib."""
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    figure = Figure(figsize=(WIDTH / 72, height / 72), facecolor=PAPER)
    for y in rules:
        x = [MARGIN / WIDTH, 1 - MARGIN / WIDTH]
        figure.add_artist(Line2D(x, [1 - y / height] * 2, color="#d0d7de", lw=1))
    figure.add_artist(Rectangle((0, 1 - 8 / height), 1, 8 / height, color=ACCENT))
    for t in texts:
        figure.text(t.x / WIDTH, 1 - t.y / height, t.text.replace("$", r"\$"), fontsize=t.size * 0.92, color=t.colour,
                    fontweight="bold" if t.bold else "normal", va="baseline")  # fmt: skip
    figure.savefig(target, dpi=144, format="png")
