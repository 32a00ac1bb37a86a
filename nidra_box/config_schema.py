"""The JSON Schema of the configuration, from the dataclasses in `config`. Pure.

Types, ranges, units and defaults come from the settings themselves, their words from the
comments of the shipped file. Two settings that must fit each other are seen only by `check`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, cast, get_args, get_type_hints

import nidra_box.documents.schema as s
from nidra_box.config import Config
from nidra_box.documents.schema import Schema


def config_schema(words: Mapping[str, str]) -> Schema:
    """The schema; `words` describes each setting by its key path."""
    found: Schema = {
        "$schema": s.DIALECT,
        "$id": "urn:nidra-box:config:1",
        "title": "Nidra Box settings",
    }
    found |= _section(Config, "", words)
    found["properties"]["pins"]["allOf"] = _knob_pins()
    return found


def _section(kind: type[Any], path: str, words: Mapping[str, str]) -> Schema:
    hints = get_type_hints(kind)
    return s.mapping(
        {
            item.name: s.said(
                _setting(item, hints[item.name], f"{path}{item.name}", words),
                words.get(f"{path}{item.name}", ""),
                _default(item),
            )
            for item in dataclasses.fields(kind)
        }
    )


def _default(item: dataclasses.Field[Any]) -> Any:
    if item.default is dataclasses.MISSING:
        return None  # a section: its settings have defaults of their own
    if isinstance(item.default, tuple):
        return list(item.default)
    return s.plain(item.default) if isinstance(item.default, float) else item.default


def _setting(
    item: dataclasses.Field[Any], hint: Any, path: str, words: Mapping[str, str]
) -> Schema:
    """The same cases in the same order as in `config._read_one`."""
    about = item.metadata
    unit = "" if path in words else about.get("unit", "")  # the comment says it, and the range
    if dataclasses.is_dataclass(hint):
        return _section(cast(Any, hint), f"{path}.", words)
    if hint is bool:
        return s.flag()
    if path == "knob.steps_per_detent":
        return {"enum": [4, 2, 1]}
    if hint is int:
        return s.integer(about["low"], about["high"], unit)
    if hint is float:
        return s.number(about["low"], about["high"], unit)
    if hint is str:
        return s.text(numeric=True)
    options = get_args(hint)
    if options and isinstance(options[0], str):
        return s.choice(options)
    return s.texts()


def _knob_pins() -> list[Schema]:
    """A knob has two pins or none: a pin of its own that is left out has its default."""
    pairs = (("knob_a", "knob_b"), ("knob_b", "knob_a"))

    def none(name: str) -> Schema:
        return {"properties": {name: {"const": -1}}, "required": [name]}

    return [s.when(none(name), none(other)) for name, other in pairs]
