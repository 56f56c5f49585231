"""The form of the content files: validated against the JSON schemas, each slip told as a person would.

The structure is in *.schema.json (JSON Schema 2020-12); what a schema cannot say is in checks.py.
"""

from __future__ import annotations

import difflib
import json
import re
from functools import lru_cache
from pathlib import Path

from labkit.quizzes.marked import Marked, Place, Slip

FOLDER = Path(__file__).resolve().parent
NAMES = ("quiz", "interview", "references", "reading", "glossary", "functions")
_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


@lru_cache(maxsize=None)
def _validator(name: str):
    import jsonschema
    import referencing

    schemas = {n: json.loads((FOLDER / f"{n}.schema.json").read_text(encoding="utf-8")) for n in ("common", name)}
    registry = referencing.Registry().with_resources(
        (f"{n}.schema.json", referencing.Resource.from_contents(schema)) for n, schema in schemas.items()
    )
    return jsonschema.Draft202012Validator(schemas[name], registry=registry)


def slips(marked: Marked, name: str) -> list[Slip]:
    """Every way in which `marked` differs from NAME.schema.json."""
    found = []
    for error in _validator(name).iter_errors(marked.data):
        place = tuple(error.absolute_path)
        for inner, says in _tell(error, place, name):
            found.append(marked.slip(inner, says))
    return found


def _tell(error, place: Place, schema: str):
    """(place, message) for each thing that one error of the validator means."""
    field, value, kind = _field(place), error.instance, error.validator
    if kind == "not":
        yield place, f"{field} does not belong to an item of this kind: remove it, or change `kind`"
    elif kind == "required":
        for name in error.validator_value:
            if name not in value:
                wanted = _description(error.schema, name) or _description_of(schema, name)
                yield place, f"{_within(place)}lacks `{name}`{': ' + wanted if wanted else ''}"
    elif kind == "dependentRequired":
        for name, needed in error.validator_value.items():
            for other in needed:
                if name in value and other not in value:
                    yield place, f"{_within(place)}has `{name}` but lacks `{other}`"
    elif kind == "additionalProperties":
        known = error.schema.get("properties", {})
        for name in value:
            if name not in known:
                close = difflib.get_close_matches(str(name), known, 1)
                mend = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(known)}"
                yield (*place, name), f"{_within(place)}has an unknown `{name}`: {mend}"
    elif kind == "propertyNames" or error.parent is not None:
        yield place, f"{field}: {error.message}"
    elif kind == "oneOf":
        kinds = [names["required"][0] for names in error.validator_value]
        given = [name for name in kinds if name in value] or ["none"]
        yield place, f"{field} needs exactly one of {', '.join(kinds)}; it has {' and '.join(given)}"
    elif kind in ("minItems", "maxItems", "minProperties"):
        most = {"minItems": "at least", "maxItems": "at most", "minProperties": "at least"}[kind]
        yield place, f"{field} needs {most} {error.validator_value}, it has {len(value)}"
    else:
        yield place, f"{field} must be {_wanted(error)}, got {_short(value)}"


def _wanted(error) -> str:
    description = error.schema.get("description", "")
    if error.validator == "enum":
        wanted = "one of " + ", ".join(str(v) for v in error.validator_value)
        close = difflib.get_close_matches(str(error.instance), [str(v) for v in error.validator_value], 1)
        return f"{description or wanted}" if not close else f"{wanted} (did you mean {close[0]}?)"
    if error.validator == "type":
        kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        wanted = " or ".join(_KINDS[kind] for kind in kinds)
        if "number" in kinds and re.fullmatch(r"[-+]?\d+e[-+]?\d+", str(error.instance)):
            wanted += " (YAML reads 4e-05 as text: write 4.0e-05)"
        return description if "{en" in description else wanted
    return description or f"as {error.validator} {error.validator_value} asks"


def _description(schema: dict, name: str) -> str:
    wanted = schema.get("properties", {}).get(name)
    if not isinstance(wanted, dict):
        return ""
    if "description" in wanted:
        return wanted["description"]
    return "a text in both languages, {en: …, es: …}" if wanted.get("$ref", "").endswith("/text") else ""


def _description_of(schema: str, name: str) -> str:
    """As `_description`, wherever in the schema `name` is described: an "if" knows only that it is required."""
    described = (_description(part, name) for part in _validator(schema).schema.get("$defs", {}).values())
    return next(filter(None, described), "")


def _field(place: Place) -> str:
    """The place inside its item, lists counted from 1 as a person would: `choices.2.why`."""
    inner = place[2:] if place[:1] == ("items",) and len(place) > 1 else place
    parts = [str(part + 1) if isinstance(part, int) else str(part) for part in inner]
    return f"`{'.'.join(parts)}`" if parts else ("the item" if place else "the file")


def _within(place: Place) -> str:
    field = _field(place)
    return "" if field in ("the item", "the file") else f"{field} "


def _short(value) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 60 else shown[:57] + "…"
