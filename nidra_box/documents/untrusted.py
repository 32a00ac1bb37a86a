"""JSON that anybody may have changed: values of their kind and in range, or a ValueError that
says why not. The one place that parses JSON, so that nothing odd gets further than this."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

MAX_NUMBER = 1e10
"""Three hundred years in seconds: the sum of a few such numbers still is a date."""
MAX_COUNT = 2**31 - 1
TEXT = re.compile("[^\ud800-\udfff]*", re.DOTALL)
FILE_NAMES = re.compile("[^\ud800-\udc7f\udd00-\udfff]*", re.DOTALL)
"""The same, and what Python makes of a file name that is not UTF-8."""

Kind = TypeVar("Kind")


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object that `raw` is. Raises ValueError."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is torn or not JSON") from error
    if not isinstance(found, dict):
        raise ValueError("it is not a JSON object")
    return found


def fill(kind: type[Kind], found: object, text: re.Pattern[str] = TEXT) -> Kind:
    """A dataclass by the names and types of its fields. A missing one has its default, an unknown
    one is ignored. `text` is what every string must be. Raises ValueError naming the first field
    that is wrong."""
    if not isinstance(found, dict):
        raise ValueError(f"{kind.__name__.lower()}: not an object")
    shape: Any = kind
    values: dict[str, Any] = {}
    for field in fields(shape):
        if field.name in found:
            hint = _hints(shape)[field.name]
            try:
                values[field.name] = _value(hint, found[field.name], text)
            except ValueError as error:
                raise ValueError(f"{field.name}: {error}") from error
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{field.name}: missing")
    return kind(**values)


def _value(hint: Any, value: Any, text: re.Pattern[str]) -> Any:
    """`value` as the type `hint`; `type(…) is`, since a bool is an int, too."""
    kind, inner = get_origin(hint) or hint, get_args(hint)
    if kind is UnionType:  # X | None
        return None if value is None else _value(inner[0], value, text)
    if kind in (list, tuple) and type(value) is list:
        return kind(_value(inner[0], item, text) for item in value)
    if is_dataclass(kind):
        return fill(kind, value, text)  # type: ignore[arg-type]
    if isinstance(kind, type) and issubclass(kind, StrEnum) and value in list(kind):
        return kind(value)
    if kind is str and type(value) is str and text.fullmatch(value):
        return value
    if kind is bool and type(value) is bool:
        return value
    if kind is int and type(value) is int and 0 <= value <= MAX_COUNT:
        return value
    if kind is float and type(value) in (int, float) and abs(value) <= MAX_NUMBER:
        return float(value)
    raise ValueError(f"not a usable {kind.__name__}")


def is_file_name(name: str) -> bool:
    """Whether `name` is that of one file in a folder, and no way out of it."""
    return name not in ("", ".", "..") and not {"/", "\0"} & set(name)
