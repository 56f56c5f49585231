"""The published models and cards of lab 02, as JSON on the page of the memory calculator.

The numbers stand in one place, the lab's published-models.yaml; the page says where they go by a line MARKER.
"""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from labkit import course
from labkit.site.table import SiteError

MARKER = "<!-- data: published-models -->"
LAB, FILE = "02", "published-models.yaml"


def read(root: Path = course.ROOT) -> dict[str, dict]:
    """{models: name -> {source, parameters, config}, cards: name -> {source, memory, bandwidth, peak}}."""
    file = course.find(LAB, root).folder / FILE
    if not file.is_file():
        raise SiteError(f"{course.show_path(file)} is missing: the calculator's models come from it")
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def block(root: Path = course.ROOT) -> str:
    """The element that takes the marker's place; calculator.js reads it."""
    data = json.dumps(read(root), ensure_ascii=False, separators=(",", ":"))
    data = data.replace("<", "\\u003c")  # so that no text in it can end the element
    return f'<script type="application/json" id="published-models">{data}</script>'
