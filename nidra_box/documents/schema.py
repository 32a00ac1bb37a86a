"""The parts of a JSON Schema (draft 2020-12) for documents that `fields` reads. Pure.

Each function gives the schema of what the reader of the same name in `Fields` takes, so that
an editor underlines what the box would refuse. What a schema cannot say (sums, neighbours,
the lengths of words) stays with the rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

DURATION = r"^(?:[0-9]{1,2}:[0-5]?[0-9]|[0-9]{1,2}):[0-5][0-9](?:\.[0-9]{1,3})?$"
"""What `parse_duration` takes: m:ss or h:mm:ss, with up to three decimals."""

_NOTHING = r"^[0:.]*$"  # a duration of 0


def said(schema: Schema, words: str, default: Any = None) -> Schema:
    """`schema` with its description (before the range it may name itself), and its default
    when there is one."""
    described = " ".join(part for part in (words, schema.get("description", "")) if part)
    rest = {key: value for key, value in schema.items() if key != "description"}
    found = {"description": described, **rest} if described else rest
    if default is not None:
        found["default"] = default
    return found


def text(pattern: str = "", numeric: bool = False) -> Schema:
    """A string in which `pattern` is found. `numeric`: a bare number is words as well."""
    found: Schema = {"type": ["string", "number"] if numeric else "string"}
    if pattern:
        found["pattern"] = pattern
    return found


def filled(pattern: str) -> str:
    """The pattern of a text that `pattern` fills from its first letter to its last."""
    return f"^(?:{pattern})$"


def choice(options: Iterable[str]) -> Schema:
    return {"enum": [str(option) for option in options]}


def number(low: float, high: float, unit: str = "") -> Schema:
    """A number in [low, high]. JSON Schema knows no units: they go into the description."""
    found: Schema = {"type": "number", "minimum": plain(low), "maximum": plain(high)}
    if unit:
        found["description"] = f"({plain(low)} to {plain(high)} {unit})"
    return found


def integer(low: float, high: float, unit: str = "") -> Schema:
    return {**number(low, high, unit), "type": "integer"}


def numbers(low: float, high: float, unit: str = "") -> Schema:
    """One number, or a list of one or two."""
    one = number(low, high)
    several: Schema = {"type": "array", "items": one, "minItems": 1, "maxItems": 2}
    found: Schema = {"anyOf": [one, several]}
    if unit:
        found["description"] = f"({plain(low)} to {plain(high)} {unit}; [from, to] slides)"
    return found


def flag() -> Schema:
    return {"type": "boolean"}


def duration(nothing: bool = False) -> Schema:
    """A quoted duration; `nothing` allows "0:00"."""
    found: Schema = {"type": "string", "pattern": DURATION}
    if not nothing:
        found["not"] = {"pattern": _NOTHING}
    return found


def texts(options: Sequence[str] = ()) -> Schema:
    return {"type": "array", "items": choice(options) if options else text(numeric=True)}


def mapping(properties: dict[str, Schema], required: Sequence[str] = ()) -> Schema:
    """A mapping of these keys and no others."""
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        found["required"] = list(required)
    return found


def refer(name: str) -> Schema:
    """The definition `name` under `$defs`."""
    return {"$ref": f"#/$defs/{name}"}


def when(condition: Schema, then: Schema) -> Schema:
    """`then` holds where `condition` does."""
    return {"if": condition, "then": then}


def any_case(pattern: str) -> str:
    """`pattern` so that it matches small and capital letters alike: JSON Schema has no flag
    for that. Escapes (`\\b`) are left as they are."""
    found, escaped = [], False
    for letter in pattern:
        plain_letter = letter.isalpha() and not escaped
        found.append(f"[{letter.upper()}{letter.lower()}]" if plain_letter else letter)
        escaped = letter == "\\" and not escaped
    return "".join(found)


def plain(value: float) -> float | int:
    """1.0 as 1: the same number, as a person writes it."""
    return int(value) if value == int(value) else value


def as_text(schema: Schema) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
