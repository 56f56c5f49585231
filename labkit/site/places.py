"""Where something is taught: a page and the heading in it, in either language.

Written down once, by the anchor of the English heading; the Spanish one is the heading in the same place, since the
pages mirror each other (labkit.site.mirror).
"""

from __future__ import annotations

from pathlib import Path

from labkit import course
from labkit.quizzes.pages import lab_pages
from labkit.site import mirror, mirror_parts


def place(name: str, anchor: str, language: str, root: Path = course.ROOT) -> tuple[str, str, str]:
    """(page from the root, anchor, heading) of the page called `name`: a lab's number, or a file's name in docs/en.

    ValueError says what is not there.
    """
    labs = lab_pages(root)
    english = root / (labs[name]["en"] if name in labs else f"docs/en/{name}.md")
    if not english.is_file():
        raise ValueError(f"there is no lab {name!r} and no docs/en/{name}.md")
    sections = mirror_parts.parse(english.read_text(encoding="utf-8"))
    anchors = mirror_parts.slugs(sections)
    own = [name for section in sections for _, name in section.boxes if name == f"#{anchor}"]
    if own:  # an anchor that the page itself sets is the same in both languages; its heading follows it
        page = english if language == "en" else spanish(name, root)
        return page.relative_to(root).as_posix(), anchor, _after(anchor, page)
    if anchor not in anchors:
        raise ValueError(f"{course.show_path(english)} has no heading #{anchor}; it has {', '.join(list(anchors)[1:])}")
    page, at = english, anchors[anchor]
    if language != "en":
        page = spanish(name, root)
        sections = mirror_parts.parse(page.read_text(encoding="utf-8"))
        anchor = next(slug for slug, number in mirror_parts.slugs(sections).items() if number == at)
    return page.relative_to(root).as_posix(), anchor, sections[at].title


def spanish(name: str, root: Path) -> Path:
    """The Spanish page of what is called `name`."""
    labs = lab_pages(root)
    return root / labs[name]["es"] if name in labs else mirror.spanish_of(root / f"docs/en/{name}.md")


def _after(anchor: str, page: Path) -> str:
    """The heading that follows an anchor of the page's own."""
    sections = mirror_parts.parse(page.read_text(encoding="utf-8"))
    at = next(n for n, section in enumerate(sections) if any(name == f"#{anchor}" for _, name in section.boxes))
    return sections[min(at + 1, len(sections) - 1)].title
