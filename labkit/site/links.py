"""The links of a page, from the repository's to the site's.

A link that leads to another page of the site leads there; one to any other file of the repository leads to a copy
of it as plain text; one to the same page in the other language goes, since each page has a switch.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from urllib.parse import quote

from labkit.site.page import Page
from labkit.site.table import Site, SiteError

FILES = "files"  # where the copies lie
NAMES = {"en": "English", "es": "Español"}
_FENCE = re.compile(r"(^ *(?:```|~~~).*?^ *(?:```|~~~)[ \t]*$)", re.M | re.S)
_LINK = re.compile(r"(?P<bang>!?)\[(?P<words>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<to>[^)\s]+)(?P<title>\s+\"[^\"]*\")?\)")
_BY_NAME = re.compile(r"\[[^\]\n]+\]\[[\w -]+\]")  # [words][name]: the builder would print it as it is
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)


class Rewriter:
    """Rewrites the links of the pages of one language and remembers which files they want copied."""

    def __init__(self, site: Site, others: set[str], root: Path, published=lambda name: True):
        """`others`: sources of the same pages in other languages. `published(name)`: may this file be shown?"""
        self.site, self.others, self.root, self.published = site, others, root, published
        self.slugs = {page.source: page.slug for page in reversed(site.pages)}
        self.copies: dict[str, str] = {}  # place in the site -> path in the repository

    def page(self, page: Page) -> str:
        """The page's Markdown with the site's links; SiteError names a link that leads nowhere."""
        text = "\n".join(line for line in page.text.split("\n") if not self._is_switch(line, page))
        parts = _FENCE.split(text)
        parts[::2] = [self._part(part, page) for part in parts[::2]]
        return "".join(parts)

    def _part(self, text: str, page: Page) -> str:
        kept: list[str] = []

        def hide(match: re.Match) -> str:
            kept.append(match[0])
            return f"\0{len(kept) - 1}\0"

        # Code in a link's words stays where it is: it is put back before the link is read.
        text = _CODE.sub(hide, text)
        if lost := _BY_NAME.search(_LINK.sub("", text)):
            raise SiteError(f"{page.source}: the link {lost[0]} has no definition: write [words](address)")
        text = _LINK.sub(lambda match: self._link(match, page), text)
        return re.sub("\0(\\d+)\0", lambda match: kept[int(match[1])], text)

    def _is_switch(self, line: str, page: Page) -> bool:
        """A line that holds nothing but the link to the page in another language."""
        alone = re.fullmatch(r"[*_]*\[[^\]]*\]\(([^)\s]+)\)[*_.]*", line.strip())
        return bool(alone) and self._path(alone[1], page)[0] in self.others

    def _link(self, match: re.Match, page: Page) -> str:
        if self._path(match["to"], page)[0] in self.others and match["words"] in NAMES.values():
            return ""  # the switch within a line of text
        to = self.target(match["to"], page)
        if to is None:
            return match["words"]
        return f"{match['bang']}[{match['words']}]({to}{match['title'] or ''})"

    def target(self, to: str, page: Page) -> str | None:
        """Where a link of `page` leads on the site; None: nowhere, its words stay."""
        if re.match(r"[a-z][a-z0-9+.-]*:|#", to):
            return to
        path, anchor = self._path(to, page)
        if path in self.site.stands_for:
            slug = self.site.stands_for[path](anchor) if anchor else self.site.stands_for[path]("")
            return relative(f"{slug}.md", page) + (f"#{anchor}" if anchor else "")
        if path in self.slugs:
            return relative(f"{self.slugs[path]}.md", page) + (f"#{anchor}" if anchor else "")
        if not self.published(path):
            return None
        if not (self.root / path).exists():
            raise SiteError(f"{page.source}: the link to {to} leads nowhere: there is no {path}")
        return relative(self.copy(path), page)

    def copy(self, path: str) -> str:
        """Have a file of the repository copied; gives its place in the site. A folder becomes a list of its files."""
        place = f"{FILES}/{path}"
        if (self.root / path).is_dir():
            place = f"{place.rstrip('/')}/index.txt"
        elif not path.endswith((".json", ".svg", ".png")):  # browsers show these; any other name may be downloaded
            place += ".txt"
        self.copies[place] = path.rstrip("/")
        return place

    def _path(self, to: str, page: Page) -> tuple[str, str]:
        to, _, anchor = to.partition("#")
        return posixpath.normpath(posixpath.join(posixpath.dirname(page.source), to)), anchor


def relative(place: str, page: Page) -> str:
    """From the folder of the page's Markdown to a place in the site."""
    return quote(posixpath.relpath(place, posixpath.dirname(page.slug) or "."))


def write_copies(copies: dict[str, str], root: Path, folder: Path) -> None:
    """Copy the files that the pages link to, as text that a browser shows in the right encoding."""
    for place, path in copies.items():
        target, source = folder / place, root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            names = sorted(p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file())
            names = [name for name in names if "__pycache__" not in name]
            target.write_text("\n".join([f"{path}/", *(f"  {name}" for name in names), ""]), encoding="utf-8")
        elif place.endswith(".txt"):  # the mark tells a browser that this is UTF-8, whatever the server says
            target.write_text(source.read_text(encoding="utf-8"), encoding="utf-8-sig")
        else:
            target.write_bytes(source.read_bytes())
