"""YAML that remembers its lines: plain data, and for each place in it the line and the text as written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from labkit import course

Place = tuple  # ("items", 3, "stem", "en")

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ITEM = re.compile(r"^ *- +id: *[\"']?([\w.-]+)", re.M)
# What people usually did when PyYAML says this.
_HINTS = {
    "mapping values are not allowed": "a text that holds `: ` stands in quotes, or on the lines after `|` or `>-`",
    "cannot start any token": "a text that begins with this character stands in quotes",
    "expected <block end>": "the lines of one list or mapping begin in the same column, and a text with quotes inside "
    "stands in the other quotes",
    "could not find expected ':'": "a key needs `: ` after it; a text of several lines stands after `|` or `>-`",
    "unexpected end of stream": "a quote or bracket is not closed",
    "did not find expected": "look for an unclosed quote or bracket, or a text with `: ` in it",
    "found undefined alias": "a text that begins with * stands in quotes",
}


@dataclass(frozen=True, order=True)
class Slip:
    """One thing that is not as it should be in one of the content files."""

    file: Path
    line: int
    item: str  # "q-26-07", or "" for the file as a whole
    says: str  # what was found and what was expected

    def __str__(self) -> str:
        item = f"{self.item}: " if self.item else ""
        return f"{course.show_path(self.file)}:{self.line}: {item}{self.says}"


class ContentError(course.CourseError):
    """Content that cannot be used; `slips` says all of it, not only the first."""

    def __init__(self, slips: list[Slip]):
        self.slips = sorted(set(slips))
        super().__init__("\n".join(map(str, self.slips)))


@dataclass
class Marked:
    """A YAML file: its data, the line of each place, and each scalar as it was written."""

    file: Path
    data: object = None
    lines: dict[Place, int] = field(default_factory=dict)
    raw: dict[Place, str] = field(default_factory=dict)
    slips: list[Slip] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """The line where `place` begins."""
        return self.lines.get(tuple(place), 1)

    def item(self, place: Place) -> str:
        """The id of the item that `place` is in; "item 4" where it has none."""
        if len(place) < 2 or place[0] != "items" or not isinstance(place[1], int):
            return ""
        item = self.data["items"][place[1]]
        name = item.get("id") if isinstance(item, dict) else None
        return name if isinstance(name, str) else f"item {place[1] + 1}"

    def slip(self, place: Place, says: str) -> Slip:
        return Slip(self.file, self.line(place), self.item(place), says)


def read(file: Path) -> Marked:
    """Read `file`; syntax errors and double keys are in its `slips`, data is None if there is nothing to use."""
    marked = Marked(file)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        marked.slips.append(Slip(file, 1, "", "this file is missing"))
        return marked
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        marked.slips.append(Slip(file, line, "", "the file must be UTF-8 text"))
        return marked
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            marked.slips.append(Slip(file, 1, "", "the file is empty"))
        else:
            marked.data = _build(loader, node, (), marked)
    except (yaml.YAMLError, ValueError) as error:
        marked.slips += _syntax(file, text, error)
    finally:
        loader.dispose()
    return marked


def _build(loader, node, place: Place, marked: Marked):
    marked.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        built = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key_node)
            inner = (*place, key)
            if key in built:
                line = key_node.start_mark.line + 1
                says = f"`{_dotted(inner)}` is given twice (first on line {marked.lines[inner]}): keep one"
                marked.slips.append(Slip(marked.file, line, "", says))
            marked.lines[inner] = key_node.start_mark.line + 1
            built[key] = _build(loader, value_node, inner, marked)
        return built
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, inner, (*place, number), marked) for number, inner in enumerate(node.value)]
    marked.raw[place] = node.value
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value
    return loader.construct_object(node)


def _dotted(place: Place) -> str:
    return ".".join(str(part) for part in place)


def _syntax(file: Path, text: str, error: Exception) -> list[Slip]:
    """The error; and since one error hides the others, those of each item read alone."""
    starts = [match.start() for match in _ITEM.finditer(text)]
    slips = []
    for start, end in zip([0, *starts], [*starts, len(text)]):
        piece = "\n" * text[:start].count("\n") + text[start:end]  # keeps the line numbers right
        try:
            yaml.compose(piece, Loader=_Loader)
        except yaml.YAMLError as inner:
            name = _ITEM.match(text[start:end])
            slips.append(_syntax_slip(file, inner, name[1] if name else ""))
    return slips or [_syntax_slip(file, error, "")]


def _syntax_slip(file: Path, error: Exception, item: str) -> Slip:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    hint = next((f": {says}" for known, says in _HINTS.items() if known in problem), "")
    return Slip(file, mark.line + 1 if mark else 1, item, f"not valid YAML, {problem}{hint}")
