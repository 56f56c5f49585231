"""What a schema cannot say: order, counts, exactly one right choice, concepts declared and used."""

from __future__ import annotations

from collections import Counter

from labkit import course
from labkit.quizzes.marked import Marked, Slip

QUIZ_ITEMS = 40
INTERVIEW_ITEMS = 30
RAPID_ITEMS = 5


def slips(source: Marked, name: str, structure: list[Slip]) -> list[Slip]:
    """The slips of meaning; an item whose structure is not right is looked at for its id alone."""
    if name not in ("quiz", "interview") or not isinstance(source.data, dict):
        return []
    items = source.data.get("items")
    if not isinstance(items, list):
        return []
    key = source.data.get(name)
    found = _ids(source, items)
    if isinstance(key, str) and key != source.file.stem:
        found.append(source.slip((name,), f"`{name}` is {key!r}, the file's name says {source.file.stem!r}"))
    broken = {slip.item for slip in structure}
    for number, item in enumerate(items):
        place = ("items", number)
        if source.item(place) not in broken and isinstance(item, dict) and name == "quiz":
            found += _quiz_item(source, item, place)
    return found + (_quiz(source, items) if name == "quiz" else _interview(source, items))


def _ids(source: Marked, items: list) -> list[Slip]:
    """Ids are unique, and within a kind (q, i, r) they count up from 01."""
    found, seen, next_one = [], Counter(), Counter()
    for number, item in enumerate(items):
        name = item.get("id") if isinstance(item, dict) else None
        if not isinstance(name, str) or name.count("-") != 2:
            continue
        place = ("items", number, "id")
        if seen[name]:
            found.append(source.slip(place, "this id is taken by an item above: ids are unique"))
        else:
            prefix = name.rsplit("-", 1)[0]
            next_one[prefix] += 1
            if name != f"{prefix}-{next_one[prefix]:02d}":
                wanted = f"{prefix}-{next_one[prefix]:02d}"
                found.append(source.slip(place, f"ids count up in order: {wanted} was expected here"))
                digits = name.rsplit("-", 1)[1]
                next_one[prefix] = int(digits) if digits.isdigit() else next_one[prefix]
        seen[name] += 1
    phase = source.file.stem.split("-")[1] if "-" in source.file.stem else ""
    for number, item in enumerate(items):
        name = item.get("id") if isinstance(item, dict) else None
        if isinstance(name, str) and name.count("-") == 2 and phase.isdigit() and name.split("-")[1] != phase:
            found.append(source.slip(("items", number, "id"), f"the file is phase {phase}: the id holds {phase} too"))
    return found


def _quiz(source: Marked, items: list) -> list[Slip]:
    concepts = source.data.get("concepts")
    found = []
    if isinstance(concepts, dict):
        used = {item.get("concept") for item in items if isinstance(item, dict)}
        for concept in concepts:
            if concept not in used:
                says = f"the concept {concept!r} is declared and no item uses it: remove it, or write an item"
                found.append(source.slip(("concepts", concept), says))
    if len(items) < QUIZ_ITEMS:
        found.append(source.slip(("items",), f"at least {QUIZ_ITEMS} items are expected, there are {len(items)}"))
    return found


def _quiz_item(source: Marked, item: dict, place: tuple) -> list[Slip]:
    found = []
    concepts = source.data.get("concepts")
    if isinstance(concepts, dict) and item["concept"] not in concepts:
        says = f"`concept` {item['concept']!r} is not declared at the head of the file: {', '.join(concepts)}"
        found.append(source.slip((*place, "concept"), says))
    if item["kind"] in ("single", "multiple"):
        found += _choices(source, item, place)
    for kind, entries in item.get("tries", {}).items():
        count = Counter(language for entry in entries for language in entry)
        for language in course.LANGUAGES:
            if count[language] < 2:
                says = f"`tries.{kind}` needs at least 2 answers in {language}, it has {count[language]}"
                found.append(source.slip((*place, "tries", kind), says))
    for number, idea in enumerate(item.get("ideas", [])):
        for language in course.LANGUAGES:
            for n, phrase in enumerate(idea[language]):
                if phrase != phrase.lower():
                    says = f"`ideas.{number + 1}.{language}`: {phrase!r} must be in lower case, as answers are compared"
                    found.append(source.slip((*place, "ideas", number, language, n), says))
    return found


def _choices(source: Marked, item: dict, place: tuple) -> list[Slip]:
    found = []
    right = sum(choice.get("right", False) for choice in item["choices"])
    if item["kind"] == "single" and right != 1:
        found.append(source.slip((*place, "choices"), f"a single choice has exactly one `right: true`, it has {right}"))
    if item["kind"] == "multiple" and right < 1:
        found.append(source.slip((*place, "choices"), "a multiple choice has at least one `right: true`, it has none"))
    for number, choice in enumerate(item["choices"]):
        at, field = (*place, "choices", number), f"`choices.{number + 1}`"
        if choice.get("right") and "misunderstanding" in choice:
            found.append(source.slip(at, f"{field} is right and names a misunderstanding: keep one of the two"))
        if not choice.get("right") and "misunderstanding" not in choice:
            says = f"{field} is wrong and lacks `misunderstanding`: the misunderstanding it stands for, in a few words"
            found.append(source.slip(at, says))
    for language in course.LANGUAGES:
        texts = [choice["text"][language].strip() for choice in item["choices"]]
        for text, times in Counter(texts).items():
            if times > 1:
                found.append(source.slip((*place, "choices"), f"two choices read the same in {language}: {text!r}"))
    return found


def _interview(source: Marked, items: list) -> list[Slip]:
    found = []
    kinds = Counter(item.get("kind") for item in items if isinstance(item, dict))
    if len(items) < INTERVIEW_ITEMS:
        found.append(source.slip(("items",), f"at least {INTERVIEW_ITEMS} items are expected, there are {len(items)}"))
    if kinds["rapid"] < RAPID_ITEMS:
        says = f"at least {RAPID_ITEMS} items of kind `rapid` are expected, there are {kinds['rapid']}"
        found.append(source.slip(("items",), says))
    for number, item in enumerate(items):
        name, kind = (item.get("id"), item.get("kind")) if isinstance(item, dict) else (None, None)
        if isinstance(name, str) and kind in ("question", "rapid") and name[0] != {"question": "i", "rapid": "r"}[kind]:
            says = f"a {kind} item's id begins with {'i' if kind == 'question' else 'r'}-"
            found.append(source.slip(("items", number, "id"), says))
    return found
