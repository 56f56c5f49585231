"""The glossary: data/glossary.yaml as a page in each language, and whether the pages keep to its words.

python -m labkit.site.glossary     everything that is wrong with the file, and every page that uses another word
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from labkit import course
from labkit.quizzes import build, evidence, load, marked, numbers, schema, sources, words
from labkit.quizzes.items import Evidence, Held, Item, Text
from labkit.quizzes.marked import ContentError, Slip
from labkit.site import mirror, mirror_parts
from labkit.site.page import Page
from labkit.site.places import place

FILE = "data/glossary.yaml"
SLUG = "glossary"
SENTENCES = 2
SAY: dict[str, Text] = {
    "title": {"en": "Glossary", "es": "Glosario"},
    "intro": {
        "en": "{count} words of the field, each in a sentence or two, with the place in the course where it is taught. "
        "The pages keep to these words: one thing has one name.",
        "es": "{count} palabras del campo, cada una en una o dos frases, con el lugar del curso donde se enseña. "
        "Las páginas se atienen a ellas: cada cosa tiene un solo nombre.",
    },
}


@dataclass(frozen=True)
class Term:
    """One word, read and found right in form."""

    id: str
    line: int
    term: Text
    text: Text
    english: str  # what the field says in Spanish too; "" where the term is that already
    taught: tuple[str, str]  # page, anchor in the English page
    sources: tuple[Evidence, ...]
    evidence: tuple[Evidence, ...]
    others: dict[str, tuple[str, ...]]  # language -> words that are not to be used for it


def read(root: Path = course.ROOT) -> tuple[Term, ...]:
    """Every term in the order of the file; ContentError tells every slip of form, with file and line."""
    source = marked.read(root / FILE)
    slips = source.slips if source.data is None else source.slips + schema.slips(source, "glossary")
    if not slips:
        ids = [item["id"] for item in source.data["items"]]
        slips += [
            source.slip(("items", n, "id"), "this id is taken by a term above: ids are unique")
            for n, name in enumerate(ids)
            if name in ids[:n]
        ]
    if slips:
        raise ContentError(slips)
    return tuple(_term(source, number) for number in range(len(source.data["items"])))


def _term(source: marked.Marked, number: int) -> Term:
    item, place = source.data["items"][number], ("items", number)
    page, _, anchor = item["taught"].partition("#")
    cited = tuple(
        Evidence("the term", "cite", key, (), source.line((*place, "sources", key)), section=section)
        for key, section in item.get("sources", {}).items()
    )
    return Term(
        id=item["id"],
        line=source.line(place),
        term={language: item[language]["term"] for language in course.LANGUAGES},
        text={language: " ".join(item[language]["text"].split()) for language in course.LANGUAGES},
        english=item["es"].get("english", ""),
        taught=(page, anchor),
        sources=cited,
        evidence=build._evidence(source, place) if "evidence" in item else (),
        others={language: tuple(item.get("not", {}).get(language, ())) for language in course.LANGUAGES},
    )


def slips(root: Path = course.ROOT) -> list[Slip]:
    """Everything that does not hold: form, evidence, numbers, places, lengths, sources."""
    try:
        terms, references = read(root), load.references(root / "data")
    except ContentError as error:
        return error.slips
    where = evidence.Places(root, root / "data/measurements")
    found: list[Slip] = []
    for term in terms:
        held = tuple(Held(name, text, term.line) for name, text in (("term", term.term), ("text", term.text)))
        item = Item(term.id, root / FILE, term.line, term.term, (*term.evidence, *term.sources), held)
        found += numbers.slips(item)
        if item.evidence:
            found += [slip for slip in evidence.slips(item, references, where) if slip not in found]
        for language, text in term.text.items():
            sentences = len(re.findall(r"[.?!](?=\s|$)", text))
            if not 1 <= sentences <= SENTENCES:
                says = f"`{language}.text` has {sentences} sentences: one or two are enough"
                found.append(Slip(root / FILE, term.line, term.id, says))
        try:
            place(*term.taught, "en", root)
        except ValueError as error:
            found.append(Slip(root / FILE, term.line, term.id, f"`taught`: {error}"))
    return sorted(set(found))


def pages(language: str, root: Path = course.ROOT) -> list[Page]:
    """The glossary's page, its terms in the order of the language's alphabet, its anchors the same in both."""
    terms, references = read(root), load.references(root / "data")
    title = SAY["title"][language]
    lines = [f"# {title}", "", SAY["intro"][language].format(count=len(terms)), ""]
    ordered = sorted(terms, key=lambda term: order(term.term[language]))
    letters = dict.fromkeys(order(term.term[language])[0][0] for term in ordered)
    lines += [" · ".join(f"[{letter.upper()}](#letter-{letter})" for letter in letters), ""]
    for letter in letters:
        lines += [f"## {letter.upper()} {{ #letter-{letter} }}", ""]
        for term in ordered:
            if order(term.term[language])[0][0] == letter:
                lines += _entry(term, language, root, references)
    return [Page(SLUG, title, "\n".join(lines), FILE)]


def _entry(term: Term, language: str, root: Path, references: dict) -> list[str]:
    brackets = f" (*{term.english}*)" if language == "es" and term.english else ""
    head = f"### {term.term[language]}{brackets} {{ #{term.id} }}"
    return [head, "", term.text[language], "", _where(term, language, root, references), ""]


def _where(term: Term, language: str, root: Path, references: dict) -> str:
    page, anchor, heading = place(*term.taught, language, root)
    name = term.taught[0]
    if name.isdigit():
        where = words.say(language, "lab", number=name)
    else:
        where = mirror_parts.parse((root / page).read_text(encoding="utf-8"))[1].title.split(":")[0]
    heading = re.sub(r"[*]", "", heading)
    parts = [f"[{where[:1].upper()}{where[1:]}: {heading}](../{page}#{anchor})"]
    for entry in term.sources:
        source = references[entry.target]
        who = f"{source['authors']} ({source['year']})"
        section = _in_spanish(entry.section) if language == "es" else entry.section
        parts.append(f"[{who}]({source['url']}), {section}" if source.get("url") else f"{who}, {section}")
    parts += [sources.told(entry, references, language) for entry in term.evidence]
    return f"{' · '.join(parts)}\n{{ .where }}"


def _in_spanish(section: str) -> str:
    for english, spanish in (("section", "sección"), ("equation", "ecuación"), ("abstract", "resumen")):
        section = re.sub(rf"\b{english}\b", spanish, section)
    return section


def order(word: str) -> tuple[str, str]:
    """What sorts a word: letters without case and accents, ñ after n, signs aside; then the word itself."""
    plain = unicodedata.normalize("NFD", word.casefold().replace("ñ", "n\uffff"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9\uffff ]", "", plain).strip() or plain, word


def other_words(root: Path = course.ROOT) -> list[str]:
    """Every place in the learner's pages that uses a word which the glossary gives another name."""
    found = []
    terms = read(root)
    for pair in mirror.pairs(root):
        for language, page in zip(course.LANGUAGES, pair):
            if page.is_file():
                found += _other_words(page, language, terms)
    return found


def _other_words(page: Path, language: str, terms: tuple[Term, ...]) -> list[str]:
    found = []
    for section in mirror_parts.parse(page.read_text(encoding="utf-8")):
        if section.title in ("References", "Referencias"):  # titles are as they are
            continue
        lines = [line for _, line in section.prose]
        text = re.sub(mirror_parts.SPAN, _blank, "\n".join(lines))
        for aside in (
            r"\[[^\]]*\]\(http[^)]*\)",
            r"\]\([^)]*\)",
            r"<[^>]+>",
            r"«[^»]*»",
            r"“[^”]*”",
            r"(?<!\*)\*[^*\n]+\*(?!\*)",
        ):
            text = re.sub(aside, _blank, text)  # links to sources, quotations, titles
        for term in terms:
            for word in term.others[language]:
                flags = 0 if word != word.lower() else re.I
                spaced = r"\s+".join(map(re.escape, word.split()))
                for match in re.finditer(rf"(?<![\w(]){spaced}(?![\w)-])", text, flags):
                    line = section.prose[text.count("\n", 0, match.start())][0]
                    says = f"{match[0]!r} is called {term.term[language]!r} here: write that"
                    found.append(f"{course.show_path(page)}:{line}: {says} (data/glossary.yaml, {term.id})")
    return found


def _blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def main() -> int:
    found = [str(slip) for slip in slips()]
    found += other_words() if not found else []
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(found)} slips")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
