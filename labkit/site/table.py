"""docs/site.yaml: which page stands where, and every page of one language."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from labkit import course
from labkit.site.page import Page

FILE = "docs/site.yaml"


class SiteError(Exception):
    """Something that the site cannot be built with; the message says where and what mends it."""


@dataclass
class Section:
    """A part of the navigation; a section without a title is one page at the top."""

    title: str
    pages: list[Page] = field(default_factory=list)


@dataclass
class Site:
    """Everything of one language."""

    language: str
    name: str
    description: str
    sections: list[Section]
    figures: dict[str, list[str]]  # figure -> names of the measurements it is drawn from
    stands_for: dict[str, object] = field(default_factory=dict)  # a page in the repository -> anchor -> slug

    @property
    def pages(self) -> list[Page]:
        return [page for section in self.sections for page in section.pages]


def read(language: str, root: Path = course.ROOT) -> Site:
    """The site in one language; SiteError for a source that is missing or a table that says something unknown."""
    file = root / FILE
    if not file.is_file():
        raise SiteError(f"{FILE} is missing: it says which page stands where")
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    site = Site(language, data["name"][language], data["description"][language], [], data["figures"])
    for entry in data["nav"]:
        if "slug" in entry:
            site.sections.append(Section("", _present([_page(entry, language, root)])))
            continue
        section = Section(entry["section"][language])
        if "generated" in entry:
            module = importlib.import_module(entry["generated"])
            section.pages += module.pages(language, root)
            if "stands_for" in entry:
                site.stands_for[entry["stands_for"][language]] = module.anchor_page
        section.pages += _present([_page(each, language, root) for each in _entries(entry, root)])
        if section.pages:
            site.sections.append(section)
    _each_slug_once(site)
    return site


def hidden(root: Path = course.ROOT) -> list[str]:
    """Patterns of the files that no page may show."""
    return yaml.safe_load((root / FILE).read_text(encoding="utf-8"))["not_shown"]


def pairs(root: Path = course.ROOT) -> list[tuple[Path, Path]]:
    """The English and the Spanish source of every page that stands in the repository, in the order of the site."""
    data = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
    entries = []
    for entry in data["nav"]:
        entries += [entry] if "slug" in entry else _entries(entry, root)
        entries += [entry["stands_for"]] if "stands_for" in entry else []
    sources = [tuple(root / each[language] for language in course.LANGUAGES) for each in entries]
    return [(en, es) for en, es in sources if en.is_file() or es.is_file()]


def _entries(section: dict, root: Path) -> list[dict]:
    """The pages of a section; the word "labs" stands for every lab of the course."""
    entries = []
    for entry in section.get("pages", []):
        entries += _labs(root) if entry == "labs" else [entry]
    return entries


def _labs(root: Path) -> list[dict]:
    entries = []
    for lab in course.labs(root):
        folder = lab.folder.relative_to(root).as_posix()
        title = {language: f"{lab.number} · {lab.title[language]}" for language in course.LANGUAGES}
        entries.append({"slug": f"labs/{lab.number}", "title": title,
                        "en": f"{folder}/README.md", "es": f"{folder}/README.es.md"})  # fmt: skip
    return entries


def _page(entry: dict, language: str, root: Path) -> Page | None:
    """The page, or None if the edition has it in no language (a student edition has no page for instructors)."""
    sources = {each: entry[each] for each in course.LANGUAGES}
    there = {each: (root / source).is_file() for each, source in sources.items()}
    if not any(there.values()):
        return None
    if not there[language]:
        raise SiteError(f"{FILE}: {entry['slug']}: {sources[language]} is missing: every page exists in {_all()}")
    text = (root / sources[language]).read_text(encoding="utf-8")
    if not re.search(r"^# \S", text, re.M):
        raise SiteError(f"{sources[language]} has no title: its first line is `# …`")
    meta = {"hide": entry["hide"]} if "hide" in entry else {}
    return Page(entry["slug"], entry["title"][language], text, sources[language], meta=meta)


def _present(pages: list[Page | None]) -> list[Page]:
    return [page for page in pages if page is not None]


def _all() -> str:
    return " and ".join(course.LANGUAGES)


def _each_slug_once(site: Site) -> None:
    seen: set[str] = set()
    for page in site.pages:
        if page.slug in seen:
            raise SiteError(f"two pages have the slug {page.slug!r}: the second comes from {page.source}")
        seen.add(page.slug)
