"""Do the English page and the Spanish one say the same? Structure, code, numbers, figures, links; and tables' bars.

    python -m labkit.site.mirror      every pair of pages; exit code 1 if two differ

A difference is told with both files' lines and what to do. What cannot be compared is left to the reader: the words.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from labkit import course
from labkit.site import mirror_parts as parts
from labkit.site.mirror_parts import Section

Pair = tuple[Path, Path]
_ANCHOR = re.compile(r'(?:id|name)="([^"]+)"')


def pairs(root: Path = course.ROOT) -> list[Pair]:
    """Every English page beside its Spanish one: README(.es).md, and the pages of docs/, which link to each other."""
    readmes = [f for f in sorted(root.glob("**/README.md")) if _belongs(f, root)]
    found = [(file, file.with_name("README.es.md")) for file in readmes]
    for file in sorted((root / "docs").glob("en/*.md")) + sorted((root / "docs/code").glob("*/*[a-z].md")):
        if not file.name.endswith(".es.md"):
            found.append((file, spanish_of(file)))
    return found


def _belongs(file: Path, root: Path) -> bool:
    inside = file.relative_to(root).parts
    return not any(part.startswith(".") or part in ("build", "tests", "node_modules", "dist") for part in inside)


def spanish_of(file: Path) -> Path:
    """The Spanish page of `file`: what its line "Español" links to; the generated pages, which have none, by name."""
    link = re.search(r"\[(?:En español|Español)\]\(([^)]+)\)", file.read_text(encoding="utf-8"))
    if link:
        return Path(os.path.normpath(file.parent / link[1]))
    names = {"quizzes": "cuestionarios", "interviews": "entrevistas", "home": "inicio"}
    return file.parent.parent / "es" / f"{names.get(file.stem, file.stem)}.md"


def check(pairs: list[Pair], others: list[Pair] = ()) -> list[str]:
    """Every difference between the pages of each pair, and every table that GitHub would break.

    `others`: pairs that are not looked at, but may be linked to.
    """
    found = []
    for english, spanish in pairs:
        missing = [file for file in (english, spanish) if not file.is_file()]
        found += [f"{course.show_path(file)} is missing: every page exists in both languages" for file in missing]
        if not missing:
            found += _Comparison(english, spanish, [*pairs, *others]).all()
            found += bars(english) + bars(spanish)
    return found


def bars(file: Path) -> list[str]:
    """A bar inside maths or code ends a table's cell on GitHub, though not on the site; and rows of another width."""
    found = []
    for section in parts.parse(file.read_text(encoding="utf-8")):
        for table in section.tables:
            for number, row in enumerate(table.rows, table.line):
                where = f"{course.show_path(file)}:{number}"
                for span in [m[0] for m in parts.MATHS.finditer(row)]:
                    if "|" in span.replace(r"\|", "") or r"\|" in span:
                        found.append(
                            f"{where}: a bar inside {span} breaks the table: write \\lvert and \\rvert (\\lVert)"
                        )
                for span in [m[0] for m in parts.SPAN.finditer(row)]:
                    if re.search(r"(?<!\\)\|", span):
                        found.append(f"{where}: a bar inside {span} breaks the table: write \\| there")
                if parts.cells(row) != table.columns():
                    says = f"has {parts.cells(row)} columns, the table's head {table.columns()}"
                    found.append(f"{where}: this row {says}: make them as many")
    return found


class _Comparison:
    """One pair of pages."""

    def __init__(self, english: Path, spanish: Path, pairs: list[Pair]):
        self.files = (english, spanish)
        self.sections = tuple(parts.parse(file.read_text(encoding="utf-8")) for file in self.files)
        self.other = {other.resolve(): one.resolve() for one, other in pairs}

    def told(self, lines: tuple[int, int], says: str) -> str:
        places = [f"{course.show_path(file)}:{line}" for file, line in zip(self.files, lines)]
        return f"{' / '.join(places)}: {says}"

    def all(self) -> list[str]:
        """Headings first; where they differ, nothing below can be compared."""
        one, other = self.sections
        levels = [[section.level for section in side] for side in self.sections]
        if levels[0] != levels[1]:
            at = next((n for n, (a, b) in enumerate(zip(*levels)) if a != b), min(len(one), len(other)))
            lines = tuple(side[min(at, len(side) - 1)].line for side in self.sections)
            titles = [
                f"{'#' * side[at].level} {side[at].title}" if at < len(side) else "the end" for side in self.sections
            ]
            says = (
                f"the headings part here, {titles[0]!r} against {titles[1]!r}: give both the same sections in one order"
            )
            return [self.told(lines, says)]
        return [says for a, b in zip(one, other) for says in self._section(a, b)]

    def _section(self, one: Section, other: Section) -> Iterator[str]:
        yield from self._codes(one, other)
        yield from self._tables(one, other)
        same = "write it in both, or in neither"
        yield from self._in_order(one.items, other.items, one, other, "list item", same)
        yield from self._in_order(one.boxes, other.boxes, one, other, "box, details or marker", same)
        pictures = [
            [(n, self._plain(side, src)) for n, src, _ in parts.figures(s)] for side, s in ((0, one), (1, other))
        ]
        yield from self._in_order(*pictures, one, other, "figure", "show it on both pages")
        for side, section in ((0, one), (1, other)):
            for line, source, alt in parts.figures(section):
                if not alt.strip():
                    yield f"{course.show_path(self.files[side])}:{line}: {source} has no alt text: say what it shows"
        yield from self._as_bags(
            parts.quoted(one), parts.quoted(other), one, other, "numbers", "quote the same on both"
        )
        yield from self._as_bags(parts.names(one), parts.names(other), one, other, "names", "name the same on both")
        codes = (parts.identifiers(one), parts.identifiers(other))
        yield from self._as_bags(*codes, one, other, "identifiers", "name the same on both")
        yield from self._as_bags(parts.formulas(one), parts.formulas(other), one, other, "formulas", "write it alike")
        targets = [[(n, self._target(side, t)) for n, _, t in parts.links(s)] for side, s in ((0, one), (1, other))]
        yield from self._as_bags(*targets, one, other, "links", "lead both to the same page, each to its own language")
        for side, section in ((0, one), (1, other)):
            yield from self._dead(side, section)

    def _codes(self, one: Section, other: Section) -> Iterator[str]:
        if len(one.codes) != len(other.codes):
            at = min(len(one.codes), len(other.codes))
            lines = tuple(s.codes[at].line if at < len(s.codes) else s.line for s in (one, other))
            says = f"{len(one.codes)} code blocks in this section against {len(other.codes)}: show the same ones"
            yield self.told(lines, says)
            return
        for a, b in zip(one.codes, other.codes):
            if a.info != b.info:
                yield self.told(
                    (a.line, b.line), f"the code block is {a.info!r} here and {b.info!r} there: name it alike"
                )
            for kind, take in (("commands or lines of code", parts.typed), ("numbers in the block", parts.answered)):
                left, right = Counter(take(a)), Counter(take(b))
                if left != right:
                    yield self.told((a.line, b.line), _bags_say(kind, left, right, "let the blocks be the same"))

    def _tables(self, one: Section, other: Section) -> Iterator[str]:
        if len(one.tables) != len(other.tables):
            says = f"{len(one.tables)} tables in this section against {len(other.tables)}: show the same ones"
            yield self.told((one.line, other.line), says)
            return
        for a, b in zip(one.tables, other.tables):
            sizes = [(len(t.rows) - 2, t.columns()) for t in (a, b)]
            if sizes[0] != sizes[1]:
                says = "the table has {} rows of {} columns here".format(*sizes[0])
                yield self.told((a.line, b.line), says + " and {} of {} there: make them alike".format(*sizes[1]))

    def _in_order(self, left, right, one: Section, other: Section, kind: str, mend: str) -> Iterator[str]:
        """Lists of (line, what) that must be equal one by one; only the first difference is told."""
        if [what for _, what in left] == [what for _, what in right]:
            return
        at = next((n for n, (a, b) in enumerate(zip(left, right)) if a[1] != b[1]), min(len(left), len(right)))
        lines = tuple(s[at][0] if at < len(s) else h.line for s, h in ((left, one), (right, other)))
        whats = [s[at][1].strip() if at < len(s) else "none" for s in (left, right)]
        says = (
            f"the {kind}s differ ({len(left)} and {len(right)} in this section): {whats[0]} against {whats[1]}: {mend}"
        )
        yield self.told(lines, says)

    def _as_bags(self, left, right, one: Section, other: Section, kind: str, mend: str) -> Iterator[str]:
        """Lists of (line, what) that must hold the same as often, in any order: word order differs by language."""
        bags = [Counter(what for _, what in side) for side in (left, right)]
        if bags[0] != bags[1]:
            more = [bag - rest for bag, rest in (bags, bags[::-1])]
            firsts = [next((n for n, what in side if what in m), None) for side, m in zip((left, right), more)]
            lines = tuple(first or section.line for first, section in zip(firsts, (one, other)))
            yield self.told(lines, _bags_say(kind, *bags, mend))

    def _target(self, side: int, target: str) -> str:
        """Where a link leads, the same for both languages: the English page, and the place of its heading."""
        if re.match(r"[a-z]+:", target):
            return re.sub(r"//(en|es)\.", "//", target)
        path, _, anchor = target.partition("#")
        page = (self.files[side].parent / path).resolve() if path else self.files[side].resolve()
        if anchor and page.is_file() and page.suffix == ".md":
            text = page.read_text(encoding="utf-8")
            if anchor not in _ANCHOR.findall(text):  # an anchor of our own is the same in both
                anchor = str(parts.slugs(parts.parse(text)).get(anchor, anchor))
        return f"{self._plain(side, path) if path else '.'}#{anchor}" if anchor else self._plain(side, path)

    def _plain(self, side: int, path: str) -> str:
        """A path from the root, the same for both languages."""
        if re.match(r"[a-z]+:", path):
            return path
        page = (self.files[side].parent / path).resolve()
        named = course.show_path(self.other.get(page, page))
        return re.sub(r"[.-](?:en|es)(?=\.)", "", named)

    def _dead(self, side: int, section: Section) -> Iterator[str]:
        """Links to an anchor that no heading makes; and to the other language's page, unless the words say so."""
        file = self.files[side]
        for line, words, target in parts.links(section):
            path, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            page = (file.parent / path).resolve() if path else file.resolve()
            where = f"{course.show_path(file)}:{line}"
            wrong = self.other if side == 0 else {one: two for two, one in self.other.items()}
            if path and page in wrong:
                yield f"{where}: [{words}]({target}) is the other language's page: link to {wrong[page].name}"
            if anchor and page.suffix == ".md" and page.is_file():
                text = page.read_text(encoding="utf-8")
                if anchor not in parts.slugs(parts.parse(text)) and anchor not in _ANCHOR.findall(text):
                    yield f"{where}: {target} leads to no heading of {course.show_path(page)}: write its anchor anew"


def _bags_say(kind: str, left: Counter, right: Counter, mend: str) -> str:
    only = [(name, more) for name, more in (("English", left - right), ("Spanish", right - left)) if more]
    told = "; ".join(f"only in {name}: {', '.join(_often(what, n) for what, n in more.items())}" for name, more in only)
    return f"not the same {kind}, {told}: {mend}"


def _often(what: str, times: int) -> str:
    what = what if len(what) <= 80 else what[:77] + "…"
    return what if times == 1 else f"{what} ({times} times)"


def main() -> int:
    all_pairs = pairs()
    found = check(all_pairs)
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(all_pairs)} pairs of pages, {len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
