"""A page of Markdown taken apart for labkit.site.mirror: sections, and what must be the same in both languages.

No Markdown library: every part keeps the line it stands on; what GitHub and the site's builder read alike is simple.
"""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from dataclasses import dataclass, field
from functools import lru_cache

from labkit.quizzes import numbers

_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(\S*)")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"^(\s*)([-*+]|\d+[.)])\s+")
_ADMONITION = re.compile(r"^\s*(?:(!!!|\?\?\?\+?)\s+(\w+)|>\s*\[!(\w+)\])")
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)[^)]*\)")
_HTML_IMAGE = re.compile(r'(?:srcset|src)="([^"]+)"')
_LANGUAGE_LINK = re.compile(r"^(?:En español|Español|In English|English)$")
MATHS = re.compile(r"\$\$.+?\$\$|(?<![\\$\w])\$(?!\s)(?:[^$\n]|\\\$)+?(?<!\s)\$(?!\d)", re.S)
SPAN = re.compile(r"(`+)(?!`)(?:(?!\n\n).)+?(?<!`)\1(?!`)", re.S)
_NAME = re.compile(r"\b[^\W\d_]+\d+(?:[^\W\d_]+\d*)*\b|\b\d+(?:\.\d+)?B\b")
_THOUSANDS = re.compile(r"(?<![\w.,])(\d[\d.,]*)[ -](million|millones|millón|billion|mil millones)\b")
# What begins a line that is typed, as against what a program answers.
_COMMAND = re.compile(
    r"^\s*(?:[$>] )?(?:[A-Z_]+=\S+ )*(?:\S*/)?"
    r"(?:lab|make|pytest|python3?|py|pip|git|curl|cd|unzip|source|export|set|docker|dask|sudo|\.)(?=\s|$)"
)


@dataclass
class Code:
    """A fenced block."""

    line: int
    info: str
    lines: list[str] = field(default_factory=list)


@dataclass
class Table:
    line: int
    rows: list[str] = field(default_factory=list)

    def columns(self) -> int:
        """The columns of the head; maths and code may hold bars of their own."""
        return cells(self.rows[0])


@dataclass
class Section:
    """From one heading to the next; level 0 is what stands before the first."""

    level: int
    title: str
    line: int
    prose: list[tuple[int, str]] = field(default_factory=list)  # every line outside code, with its number
    codes: list[Code] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    items: list[tuple[int, str]] = field(default_factory=list)  # line, "1." or "-", indented by its depth
    boxes: list[tuple[int, str]] = field(default_factory=list)  # line, admonition, <details> or comment


@lru_cache(maxsize=None)
def parse(text: str) -> tuple[Section, ...]:
    """The sections of a page, in order."""
    sections, fence, table = [Section(0, "", 1)], None, None
    text = re.sub(r"\A---\n.*?\n---\n", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)  # a model card's head
    for number, line in enumerate(text.splitlines(), 1):
        here, mark = sections[-1], _FENCE.match(line)
        if fence:
            if mark and mark[2].startswith(fence) and not mark[3]:
                fence = None
            else:
                here.codes[-1].lines.append(line)
            continue
        if mark:
            fence, table = mark[2], None
            here.codes.append(Code(number, mark[3]))
            continue
        heading = _HEADING.match(line)
        if heading:
            sections.append(Section(len(heading[1]), heading[2], number, [(number, heading[2])]))
            table = None
            continue
        here.prose.append((number, line))
        if line.lstrip().startswith("|"):
            if table is None:
                table = Table(number)
                here.tables.append(table)
            table.rows.append(line)
            continue
        table = None
        item = _ITEM.match(line)
        if item:
            here.items.append((number, f"{' ' * (len(item[1]) // 2)}{'1.' if item[2][0].isdigit() else '-'}"))
        box = _ADMONITION.match(line)
        if box:
            here.boxes.append((number, f"{box[1] or '>'} {(box[2] or box[3]).lower()}"))
        here.boxes += [(number, tag) for tag in re.findall(r"<(?:details|summary)\b", line)]
        here.boxes += [(number, f"#{name}") for name in re.findall(r'<a id="([^"]+)"', line)]
        here.boxes += [(number, f"<!-- {name} -->") for name in re.findall(r"<!-- (\w+: [\w.-]+) -->", line)]
    return tuple(sections)


def cells(row: str) -> int:
    """Columns of a table's row, with maths and code out of the way."""
    plain = SPAN.sub("code", MATHS.sub("maths", row)).replace("\\|", "")
    return len(plain.strip().strip("|").split("|"))


def links(section: Section) -> list[tuple[int, str, str]]:
    """(line, text, target) of each link and image, without those that only change the language."""
    found, text = [], "\n".join(line for _, line in section.prose)
    text = SPAN.sub(lambda m: m[0] if "](" not in m[0] else re.sub(r"[^\n]", " ", m[0]), text)
    starts = [number for number, _ in section.prose]

    def add(at: int, words: str, target: str) -> None:
        found.append((starts[text.count("\n", 0, at)], words, target))

    for match in _LINK.finditer(text):
        if not _LANGUAGE_LINK.match(match[2]):
            add(match.start(), match[2], match[3])
            for inner in _LINK.finditer(match[2]):  # an image that is a link
                add(match.start(), inner[2], inner[3])
    for match in _HTML_IMAGE.finditer(text):
        add(match.start(), "", match[1])
    return found


def figures(section: Section) -> list[tuple[int, str, str]]:
    """(line, source, alternative text) of each image, Markdown's and HTML's."""
    found = []
    for number, line in section.prose:
        found += [(number, m[3], m[2]) for m in _LINK.finditer(line) if m[1]]
        for tag in re.findall(r"<img\b[^>]*>", line):
            source, alt = re.search(r'src="([^"]*)"', tag), re.search(r'alt="([^"]*)"', tag)
            found.append((number, source[1] if source else "", alt[1] if alt else ""))
    return found


def quoted(section: Section) -> list[tuple[int, str]]:
    """(line, number in plain digits) of every number in the section's words, tables, maths and inline code."""
    found = []
    for number, line in section.prose:
        line = re.sub(r"<!--.*?-->|<img\b[^>]*>|<source\b[^>]*>|^\s*\d+[.)]\s", " ", line)
        line = _THOUSANDS.sub(_written_out, re.sub(r"<[a-z/][^>]*>", " ", line))
        found += [(number, quote.key) for quote in numbers.quotes(_NAME.sub(" ", line))]
    return found


def names(section: Section) -> list[tuple[int, str]]:
    """(line, name) of what is called by a number, each once: INT8, W4A16, a 70B model; a pronoun may stand for it."""
    found = {}
    for number, line in section.prose:
        for match in _NAME.finditer(re.sub(r"<[^>]*>|\]\([^)]*\)|`[^`]*`", " ", MATHS.sub(" ", line))):
            found.setdefault(match[0].lower().rstrip("s"), number)
    return [(number, name) for name, number in found.items()]


def identifiers(section: Section) -> list[tuple[int, str]]:
    """(line, name) of the files, functions and calls among the section's inline code, each once."""
    text, found = "\n".join(line for _, line in section.prose), {}
    for match in SPAN.finditer(text):
        if re.fullmatch(r"`[\w./]*[._/(][\w./]*(?:\(.*)?`", match[0]):
            line = section.prose[text.count("\n", 0, match.start())][0]
            found.setdefault(re.sub(r"[.-](?:en|es)(?=\.)", "", match[0]), line)
    return [(line, name) for name, line in found.items()]


def _written_out(match: re.Match) -> str:
    """7.0 billion and 7000 millones are one number."""
    zeros = 6 if match[2].startswith("mill") else 9
    value = float(match[1].replace(",", "")) * 10**zeros
    return f"{value:.0f} "


def formulas(section: Section) -> list[tuple[int, str]]:
    """(line, formula) of the section, without the words inside."""
    text = "\n".join(SPAN.sub("", line) for _, line in section.prose)
    starts = [number for number, _ in section.prose]
    found = []
    for match in MATHS.finditer(text):
        plain = re.sub(r"\\(?:text|mathrm|operatorname)\{[^{}]*\}", "", match[0])
        plain = re.sub(r"[\s,.;]|\\[ ,;:!]|\\q?quad", "", plain)
        found.append((starts[text.count("\n", 0, match.start())], plain))
    return found


def typed(code: Code) -> list[str]:
    """What a reader types: a program without its comments and words, or the commands among a terminal's lines."""
    if code.info.startswith("py"):
        return _tokens("\n".join(code.lines))
    lines = [line for line in code.lines if _COMMAND.match(line)]
    return [_command(line) for line in lines]


def answered(code: Code) -> list[str]:
    """The numbers of a block's other lines: what was worked out, or what a program answered."""
    if code.info.startswith("py"):
        return []
    lines = [line for line in code.lines if not _COMMAND.match(line)]
    return sorted(quote.key for line in lines for quote in numbers.quotes(line))


def _command(line: str) -> str:
    line = re.sub(r"^\s*[$>] ", "", line)
    line = re.split(r"\s{2,}|\s+#|\s+\(", line.strip())[0]
    line = re.sub(r"\s*--lang \w+", "", line)
    line = re.sub(r'"[^"]*[^\W\d_]{3,}[^"]*"', '"…"', line)
    return re.sub(r"(?<![\w-])[A-ZÁÉÍÓÚÑ]{2,}(?![\w=-])", "NAME", line)


def _tokens(source: str) -> list[str]:
    """A program's lines without comments and without the words in its texts."""
    kept = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source + "\n").readline):
            if token.type in (tokenize.NEWLINE, tokenize.NL):
                kept += ["\n"] if kept and kept[-1] != "\n" else []
            elif token.type in (tokenize.NAME, tokenize.NUMBER, tokenize.OP):
                kept.append(token.string + " " * keyword.iskeyword(token.string))
            elif token.type not in (tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
                fields = re.findall(r"\{[^{}]*\}", token.string)
                kept.append('"' + "".join(fields) + '"')
    except (tokenize.TokenError, SyntaxError):  # an excerpt that begins in the middle
        return [re.sub(r"\s*#.*|\"[^\"]*\"", "", line).strip() for line in source.splitlines()]
    return [line for line in "".join(kept).split("\n") if line not in ("", '""')]


def slugs(sections: tuple[Section, ...]) -> dict[str, int]:
    """Anchor -> place of its heading, as GitHub makes anchors; the site is told to make the same."""
    found: dict[str, int] = {}
    for place, section in enumerate(sections):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"[`*]|\]\([^)]*\)", "", section.title).lower()).replace(" ", "-")
        name, count = slug, 0
        while name in found:
            count += 1
            name = f"{slug}-{count}"
        found[name] = place
    return found
