"""The JSON Schemas (draft 2020-12) of scripts and settings, made by the parsers themselves.

`Recorder` is given to a parser in place of `Fields`. It notes each key that the parser asks
for: type, words, range, default. So a schema cannot differ from what the box reads. The
samples hold every form of every part once; a part's keys are those of all its forms. Sums,
neighbours and the caps of a stage are rules, which only `nidra-box check` knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nidra_box import config
from nidra_box.documents.fields import DURATION, REQUIRED, Fields
from nidra_box.documents.load import parse_document
from nidra_box.documents.node import Mapping as Node
from nidra_box.documents.node import Problems
from nidra_box.score import parse
from nidra_box.sound.beds import KNOWN_SOUNDS
from nidra_box.studio.writing.comments import comments_of
from nidra_box.studio.writing.sample import SAMPLE, WORDS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": ["string", "number"]}
"""A number without quotes is text as well: `title: 2026`."""


def script_schema() -> str:
    """The schema of `nidra-script/1`, as it lies in docs/schema/nidra-script-1.json."""
    top = _recorder(SAMPLE)
    parse.read_script(top, KNOWN_SOUNDS)
    return _as_text(top.shapes, "script", "A Nidra Box programme", WORDS)


def config_schema(shipped: str) -> str:
    """The schema of the settings; `shipped` is the text of config/nidra-box.yaml, whose
    comments describe them."""
    top = _recorder(shipped)
    config.read_settings(top)
    return _as_text(top.shapes, "config", "Nidra Box settings", comments_of(shipped))


def _recorder(sample: str) -> Recorder:
    problems = Problems("sample")
    return Recorder(parse_document(sample, problems), "", problems, {})


@dataclass(slots=True)
class Asked:
    """What a parser asked for under one key: its types, and what else there is to say of it."""

    schemas: list[Schema] = field(default_factory=list)
    defaults: list[Any] = field(default_factory=list)
    hint: str = ""

    def as_schema(self, words: str) -> Schema:
        if self.hint and self.hint not in words:
            words = f"{words} ({self.hint})" if words else self.hint
        found: Schema = {"description": words} if words else {}
        found |= self.schemas[0] if len(self.schemas) == 1 else {"anyOf": self.schemas}
        if len(self.defaults) == 1:
            found["default"] = self.defaults[0]
        return found


@dataclass(slots=True)
class Shape:
    """A mapping with its keys, and which of them each of its forms cannot do without."""

    keys: dict[str, Asked] = field(default_factory=dict)
    forms: list[set[str]] = field(default_factory=list)

    def as_schema(self, place: str, words: Mapping[str, str]) -> Schema:
        path = f"{place}." if place else ""
        keys = {key: a.as_schema(words.get(path + key, "")) for key, a in self.keys.items()}
        found: Schema = {"type": "object", "properties": keys, "additionalProperties": False}
        if ANY_NAME in keys:
            found |= {"properties": {}, "additionalProperties": keys[ANY_NAME]}
        least = {frozenset(f) for f in self.forms if not any(other < f for other in self.forms)}
        needed = sorted([key for key in keys if key in form] for form in least)
        if len(needed) == 1:
            return found | ({"required": needed[0]} if needed[0] else {})
        return found | {"oneOf": [{"required": form} for form in needed]}


ANY_NAME = "any-name"
"""Stands in the sample where people give names of their own."""


class Recorder(Fields):
    """Reads like `Fields` and notes in `shapes` what is asked for, by the name of its mapping."""

    def __init__(self, node: Node, path: str, problems: Problems, shapes: dict[str, Shape]) -> None:
        super().__init__(node, path, problems)
        self.shapes = shapes
        self._place = re.sub(r"\[\d+\]", "", path).rpartition(".")[2]
        self._shape = shapes.setdefault(self._place, Shape())
        self._needed: set[str] = set()
        self._shape.forms.append(self._needed)

    def inside(self, node: Node, path: str) -> Fields:
        return Recorder(node, path, self.problems, self.shapes)

    def _note(self, key: str, schema: Schema, default: Any, hint: str = "") -> None:
        asked = self._shape.keys.setdefault(key, Asked(hint=hint))
        if schema not in asked.schemas:
            asked.schemas.append(schema)
        if default is REQUIRED:
            self._needed.add(key)
        default = list(default) if isinstance(default, tuple) else default
        if isinstance(default, (bool, int, float, str, list)):
            plain = _plain(default) if isinstance(default, float) else default
            if plain not in asked.defaults and plain in schema.get("enum", [plain]):
                asked.defaults.append(plain)

    def text(self, key: str, default: Any = REQUIRED, pattern: str = "", says: str = "") -> str:
        form = {"pattern": f"^(?:{pattern})$"} if pattern else {}
        self._note(key, TEXT | form, default, says)
        return super().text(key, default, pattern, says)

    def choice(self, key: str, options: Sequence[str], default: Any = REQUIRED) -> str:
        self._note(key, {"enum": [str(option) for option in options]}, default)
        return super().choice(key, options, default)

    def number(
        self,
        key: str,
        low: float,
        high: float,
        unit: str = "",
        default: Any = REQUIRED,
        words: dict[str, float] | None = None,
    ) -> float:
        number = _range("number", low, high)
        schema = {"anyOf": [number, {"enum": list(words)}]} if words else number
        self._note(key, schema, default, _span(low, high, unit))
        return super().number(key, low, high, unit, default, words)

    def integer(
        self, key: str, low: int, high: int, unit: str = "", default: Any = REQUIRED
    ) -> int:
        self._note(key, _range("integer", low, high), default, _span(low, high, unit))
        return super().integer(key, low, high, unit, default)

    def flag(self, key: str, default: Any = REQUIRED) -> bool:
        self._note(key, {"type": "boolean"}, default)
        return super().flag(key, default)

    def duration(self, key: str, default: Any = REQUIRED) -> float:
        self._note(key, {"type": "string", "pattern": f"^{DURATION}$"}, default)
        return super().duration(key, default)

    def numbers(
        self,
        key: str,
        counts: tuple[int, ...],
        low: float,
        high: float,
        unit: str = "",
        default: Any = REQUIRED,
    ) -> tuple[float, ...]:
        one = _range("number", low, high)
        several = _list(one) | {"minItems": min(counts), "maxItems": max(counts)}
        slides = "; [from, to] slides" if 1 in counts else ""
        schema = {"anyOf": [one, several]} if 1 in counts else several
        needed = REQUIRED if default is REQUIRED else None
        self._note(key, schema, needed, _span(low, high, unit) + slides)
        return super().numbers(key, counts, low, high, unit, default)

    def texts(
        self, key: str, default: Any = REQUIRED, options: Sequence[str] = ()
    ) -> tuple[str, ...]:
        self._note(key, _list({"enum": list(options)} if options else TEXT), default)
        return super().texts(key, default, options)

    def fields(self, key: str, default: Any = REQUIRED) -> Fields | None:
        self._note(key, _refer(key), default)
        return super().fields(key, default)

    def each(self, key: str, default: Any = REQUIRED, alone: bool = False) -> list[Fields]:
        several = _list(_refer(key))
        self._note(key, {"anyOf": [_refer(key), several]} if alone else several, default)
        return super().each(key, default, alone)


def _plain(value: float) -> float | int:
    """1.0 as 1: the same number, as a person writes it."""
    return int(value) if value == int(value) else value


def _range(kind: str, low: float, high: float) -> Schema:
    return {"type": kind, "minimum": _plain(low), "maximum": _plain(high)}


def _span(low: float, high: float, unit: str) -> str:
    return f"{low:g} to {high:g} {unit}".strip()


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _refer(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _as_text(shapes: dict[str, Shape], name: str, title: str, words: Mapping[str, str]) -> str:
    parts = {place: shape.as_schema(place, words) for place, shape in shapes.items()}
    found: Schema = {"$schema": DIALECT, "$id": f"urn:nidra-box:{name}:1", "title": title}
    found |= parts.pop("") | {"$defs": parts}
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"
