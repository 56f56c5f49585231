"""What the builder's strict mode lets through, found in the built HTML.

Links and anchors that lead nowhere, images without words, anything a browser would fetch from elsewhere.
"""

from __future__ import annotations

import gzip
import posixpath
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What makes a browser fetch something by itself. A plain link to elsewhere is the reader's own choice.
FETCHED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "object": "data",
}
_STYLE_RELS = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch"}


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[tuple[str, str, bool]] = []  # tag, address, does the browser fetch it by itself?
        self.images_without_words: list[str] = []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs[name] for name in ("id", "name") if attrs.get(name)}
        if tag == "a" and attrs.get("href"):
            self.links.append((tag, attrs["href"], False))
        elif tag == "link" and attrs.get("href"):
            self.links.append((tag, attrs["href"], bool(_STYLE_RELS & set(attrs.get("rel", "").split()))))
        elif tag in FETCHED and attrs.get(FETCHED[tag]):
            self.links.append((tag, attrs[FETCHED[tag]], True))
        if tag == "img" and not attrs.get("alt"):
            self.images_without_words.append(attrs.get("src", "?"))


@lru_cache(maxsize=4096)
def _read(file: Path) -> _Page:
    page = _Page()
    page.feed(file.read_text(encoding="utf-8"))
    return page


def slips(site: Path) -> list[str]:
    """One line for each thing wrong, with the page it is on; empty when nothing is."""
    _read.cache_clear()
    found = []
    for file in sorted(site.rglob("*.html")):
        name = file.relative_to(site).as_posix()
        page = _read(file)
        found += [
            f"{name}: the image {src} has no words for those who cannot see it" for src in page.images_without_words
        ]
        for tag, address, fetched in page.links:
            parts = urlsplit(address)
            if parts.scheme in ("data", "mailto") or (tag == "link" and parts.hostname == "localhost"):
                continue
            if parts.scheme or parts.netloc:
                if fetched:
                    found.append(f"{name}: <{tag}> fetches {address}: the site must hold it itself")
                continue
            says = _dead(site, file, parts.path, parts.fragment)
            if says and not (name.endswith("404.html") and parts.path.startswith("/")):
                found.append(f"{name}: <{tag}> {address}: {says}")
    for style in sorted(site.rglob("*.css")):
        text = style.read_text(encoding="utf-8")
        if "url(http" in text or "url(//" in text or "@import" in text:
            found.append(f"{style.relative_to(site).as_posix()}: the style sheet fetches from elsewhere")
    return sorted(set(found))


def _dead(site: Path, file: Path, path: str, fragment: str) -> str:
    target = file
    if path:
        place = posixpath.normpath(posixpath.join(file.parent.as_posix(), unquote(path)))
        target = Path(place)
        if target.is_dir():
            target /= "index.html"
    if not target.is_file():
        return "there is no such file in the site"
    if fragment and target.suffix == ".html" and unquote(fragment) not in _read(target).ids | {"__skip"}:
        return f"{target.relative_to(site).as_posix()} has no place called #{unquote(fragment)}"
    return ""


def weight(site: Path, page: Path) -> dict[str, int]:
    """Bytes of a page before its figures: the HTML, and the style sheets and scripts it names; as files and gzipped."""
    files = [page]
    for tag, address, fetched in _read(page).links:
        parts = urlsplit(address)
        if fetched and tag in ("script", "link") and not parts.scheme:
            files.append(Path(posixpath.normpath(posixpath.join(page.parent.as_posix(), unquote(parts.path)))))
    blobs = [file.read_bytes() for file in dict.fromkeys(files)]
    return {"raw": sum(map(len, blobs)), "gzip": sum(len(gzip.compress(blob, 6)) for blob in blobs)}
