"""A page of the site, before it is built: its place, its Markdown, and where its links start from."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Page:
    """One page in one language.

    slug: its place in the site, the same in every language, without ".md": "labs/01", "quizzes/index".
    title: what the navigation calls it.
    text: Markdown as in the repository; its links are relative to the folder of `source`.
    source: path from the repository's root, with "/". For a page that a generator wrote, the page it stands for.
    nav: False for a page that is reached by links alone.
    search: False keeps its text out of the search (answers to questions, for example).
    """

    slug: str
    title: str
    text: str
    source: str
    nav: bool = True
    search: bool = True
    meta: dict = field(default_factory=dict)
