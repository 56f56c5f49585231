"""One piece of evidence in words: for the terminal, the pages and the exports. Nothing is evaluated here."""

from __future__ import annotations

from labkit.quizzes import words
from labkit.quizzes.items import Evidence

MEASUREMENTS = "data/measurements"
_KINDS = {"test": "tested", "formula": "computed", "measurement": "measured", "cite": "cited"}


def told(entry: Evidence, references: dict, language: str, link=None) -> str:
    """`computed: …`, `measured: …`, `tested: …`, `source: …`; `link(text, target)` makes a link where one can be."""
    link = link or (lambda text, target: text)
    kind = words.say(language, _KINDS[entry.kind])
    says = " / ".join(entry.says)
    if entry.kind == "test":
        name = "/".join(entry.target.split("/")[-2:])
        return f"{kind}: {link(f'`{name}`', entry.target.split('::')[0])}"
    if entry.kind == "formula":
        return f"{kind}: `{entry.target}` = {says}"
    if entry.kind == "measurement":
        file = f"{MEASUREMENTS}/{entry.target}.json"
        where = f"`{entry.value or entry.path}`" if entry.value or entry.path else ""
        return f"{kind}: {link(f'`{file}`', file)} {where} = {says}".replace("  ", " ")
    return f"{kind}: {cited(entry, references, language, link)}" + (f" ({says})" if says else "")


def cited(entry: Evidence, references: dict, language: str, link) -> str:
    """Authors (year), title, where, version, section."""
    source = references.get(entry.target)
    if source is None:
        return entry.target
    title = link(source["title"], source["url"]) if source.get("url") else source["title"]
    parts = [f"{source['authors']} ({source['year']}), {title}, {source['where']}"]
    if source.get("version"):
        parts.append(words.say(language, "version", version=source["version"]))
    return ", ".join([*parts, entry.section])
