"""The rules of edition.yaml, and what each does to a text. A rule that finds nothing is reported, not passed over."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import yaml

FILE = Path(__file__).with_name("edition.yaml")
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)(\s+\"[^\"]*\")?\)")
_FENCE = re.compile(r"^(```.*?^```)", re.M | re.S)


@dataclass
class Rules:
    """edition.yaml; `idle` are the rules that have found nothing so far."""

    leave_out: dict[str, list[str]]
    tests: list[str]
    verbs: list[str]
    pages: list[dict]
    cut: list[dict]
    words: list[dict]
    allowed: list[dict]
    used: set[str] = field(default_factory=set)

    def left_out(self, name: str) -> bool:
        """Does the file called `name` (from the root, with /) stay behind?"""
        if name.startswith("tests/"):
            return name not in self.tests
        return any(matches(name, pattern) for patterns in self.leave_out.values() for pattern in patterns)

    def rewrite(self, name: str, text: str, kept: set[str]) -> str:
        """The text of the file as the edition has it; `kept` are the names of all its files."""
        for rule in self.cut:
            if rule["file"] == name:
                text = self._cut(rule, text)
        for rule in self.words:
            if rule["file"] == name and rule["find"] in text:
                text = text.replace(rule["find"], rule["put"])
                self.used.add(f"words: {rule['file']}: {rule['find']}")
        if name.endswith(".md"):
            for rule in self.pages:
                text, count = re.subn(rule["find"], rule["put"], text)
                if count:
                    self.used.add(f"pages: {rule['find']}")
            text = without_dead_links(name, text, kept)
        if name == "labkit/cli.py":
            text = self._without_verbs(text, kept)
        return text

    def _cut(self, rule: dict, text: str) -> str:
        lines = text.splitlines(keepends=True)
        start = next((i for i, line in enumerate(lines) if line.startswith(rule["from"])), None)
        if start is None:
            return text
        self.used.add(f"cut: {rule['file']}: {rule['from']}")
        later = (i for i in range(start + 1, len(lines)) if lines[i].startswith(rule["until"]))
        return "".join(lines[:start] + lines[next(later, len(lines)) :]).rstrip("\n") + "\n"

    def _without_verbs(self, text: str, kept: set[str]) -> str:
        def keep(entry: re.Match) -> str:
            file = entry["module"].replace(".", "/")
            gone = entry["verb"] in self.verbs or not {f"{file}.py", f"{file}/__init__.py"} & kept
            return "" if gone else entry[0]

        pattern = r'^    "(?P<verb>[\w-]+)": \(\s*"(?P<module>labkit[\w.]*)",.*?\),\n'
        return re.sub(pattern, keep, text, flags=re.M | re.S)

    @property
    def idle(self) -> list[str]:
        """Rules of text that found nothing: the text has changed, and edition.yaml has not."""
        every = [f"pages: {r['find']}" for r in self.pages]
        every += [f"cut: {r['file']}: {r['from']}" for r in self.cut]
        every += [f"words: {r['file']}: {r['find']}" for r in self.words]
        return [rule for rule in every if rule not in self.used]


def read(file: Path = FILE) -> Rules:
    """The rules of an edition."""
    return Rules(**yaml.safe_load(file.read_text(encoding="utf-8")))


def matches(name: str, pattern: str) -> bool:
    """`*` stays inside one folder, a last `**` is everything below."""
    if pattern.endswith("/**"):
        head = pattern.removesuffix("/**").split("/")
        parts = name.split("/")
        return len(parts) > len(head) and all(map(fnmatchcase, parts, head))
    parts, wanted = name.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def without_dead_links(name: str, text: str, kept: set[str]) -> str:
    """Markdown in which a link to a file that is not in the edition is its words alone."""
    folders = {str(parent) for file in kept for parent in PurePosixPath(file).parents}

    def link(found: re.Match) -> str:
        target = found[3].split("#")[0]
        if not target or "://" in target or target.startswith(("mailto:", "<")):
            return found[0]
        path = os.path.normpath(PurePosixPath(name).parent / target).replace(os.sep, "/")
        return found[0] if path in kept or path in folders else found[2]

    parts = _FENCE.split(text)
    return "".join(part if part.startswith("```") else _LINK.sub(link, part) for part in parts)
