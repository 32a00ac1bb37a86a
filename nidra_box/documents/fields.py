"""Typed values out of a `Mapping`, each mistake recorded and none of them final.

Every reader returns a usable value: what was written, or the default when it was
missing or wrong (after recording a `Problem`), so that one pass finds everything.
Pure: knows nodes, not YAML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nidra_box.documents.mistakes import pair_meant
from nidra_box.documents.node import Mapping, Node, Problems, Scalar, ScalarKind
from nidra_box.documents.node import Sequence as NodeSequence
from nidra_box.words import did_you_mean

DURATION = r"(?:(\d{1,2}):)?(\d{1,2}):([0-5]\d)(\.\d{1,3})?"
_NUMERIC = (ScalarKind.INTEGER, ScalarKind.NUMBER)
_NUMBER_MEANT = re.compile(r"(?i)(?:GPIO|BCM)?\s*([+-]?\d+(?:\.\d+)?)\D*")

REQUIRED: Any = object()


def parse_duration(text: str) -> float | None:
    """Seconds of `m:ss`, `mm:ss` or `h:mm:ss`, with an optional `.mmm`; None if it is
    neither. Minutes run to 99 without an hour part, to 59 with one."""
    match = re.fullmatch(DURATION, text)
    if not match:
        return None
    hours, minutes, seconds = int(match[1] or 0), int(match[2]), int(match[3])
    if match[1] is not None and minutes > 59:
        return None
    return hours * 3600 + minutes * 60 + seconds + float(match[4] or 0)


class Fields:
    """The keys of one mapping, taken one by one; `finish` reports those nobody took."""

    def __init__(self, node: Mapping, path: str, problems: Problems) -> None:
        self.node = node
        self.path = path
        self.problems = problems
        self._entries = {entry.key: entry for entry in node.entries}
        self._taken: list[str] = []

    def inside(self, node: Mapping, path: str) -> Fields:
        """The reader of a mapping inside this one."""
        return Fields(node, path, self.problems)

    # -- where ----------------------------------------------------------------------

    def has(self, key: str) -> bool:
        return key in self._entries

    def line(self, key: str | None = None) -> int:
        entry = self._entries.get(key) if key is not None else None
        return entry.line if entry else self.node.line

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def error(self, key: str, message: str) -> None:
        self.problems.error(self.line(key), self.at(key), message)

    def warn(self, key: str, message: str) -> None:
        self.problems.warn(self.line(key), self.at(key), message)

    def take(self, key: str, default: Any = REQUIRED) -> Node | None:
        """The node under `key`, or None (recorded as missing when there is no default)."""
        self._taken.append(key)
        entry = self._entries.get(key)
        if entry is None:
            if default is REQUIRED and not self.problems.blames(self.at(key)):
                self.problems.error(self.node.line, self.at(key), "is missing")
            return None
        return entry.value

    def finish(self) -> None:
        """Unknown keys are mistakes: a misspelt setting must not be ignored in silence."""
        for key, entry in self._entries.items():
            if key not in self._taken:
                known = f" (known here: {', '.join(self._taken)})"
                hint = pair_meant(key) or did_you_mean(key, self._taken) or known
                self.problems.error(entry.line, self.at(key), f"unknown key{hint}")

    # -- scalars --------------------------------------------------------------------

    def text(self, key: str, default: Any = REQUIRED, pattern: str = "", says: str = "") -> str:
        """A string; `pattern` is a regular expression that it must fill, `says` its words."""
        fallback = "" if default is REQUIRED else default
        node = self.take(key, default)
        if node is None:
            return fallback
        if wrong := _no_text(node):
            self.error(key, wrong)
            return fallback
        assert isinstance(node, Scalar)
        if pattern and not re.fullmatch(pattern, node.text):
            self.error(key, f"{node.text!r} must be {says or 'of the form ' + pattern}")
            return fallback
        return node.text

    def choice(self, key: str, options: Sequence[str], default: Any = REQUIRED) -> str:
        """One of `options`."""
        fallback = options[0] if default is REQUIRED else default
        node = self.take(key, default)
        if node is None:
            return fallback
        allowed = " | ".join(options)
        if isinstance(node, Scalar) and node.kind is ScalarKind.BOOLEAN:
            dark = "; a light that is out is dark" if "dark" in options else ""
            self.error(key, f"{_boolean_trap(node.text)}{dark}; allowed: {allowed}")
            return fallback
        if not isinstance(node, Scalar) or node.text not in options:
            word = node.text if isinstance(node, Scalar) else "a list"
            self.error(
                key, f"{word!r} is not allowed{did_you_mean(word, options)}; allowed: {allowed}"
            )
            return fallback
        return node.text

    def number(
        self,
        key: str,
        low: float,
        high: float,
        unit: str = "",
        default: Any = REQUIRED,
        words: dict[str, float] | None = None,
    ) -> float:
        """A number in [low, high]; `unit` is for the message, `words` stand for numbers."""
        fallback = low if default is REQUIRED else default
        node = self.take(key, default)
        if node is None:
            return fallback
        if words and isinstance(node, Scalar) and node.text in words:
            return words[node.text]
        value = self._number(key, node, low, high, unit)
        return fallback if value is None else value

    def integer(
        self, key: str, low: int, high: int, unit: str = "", default: Any = REQUIRED
    ) -> int:
        """A whole number in [low, high]."""
        fallback = low if default is REQUIRED else default
        node = self.take(key, default)
        if node is None:
            return fallback
        value = self._number(key, node, low, high, unit)
        if value is None:
            return fallback
        if value != int(value):
            self.error(key, f"{value:g} must be a whole number")
            return fallback
        return int(value)

    def flag(self, key: str, default: Any = REQUIRED) -> bool:
        """`true` or `false`."""
        fallback = False if default is REQUIRED else default
        node = self.take(key, default)
        if node is None:
            return fallback
        words = ("true", "false")  # `yes`, `on` and a quoted "true" are not taken for it
        written = isinstance(node, Scalar) and node.kind is ScalarKind.BOOLEAN
        if not isinstance(node, Scalar) or not written or node.text.lower() not in words:
            self.error(key, "must be true or false")
            return fallback
        return node.text.lower() == "true"

    def duration(self, key: str, default: Any = REQUIRED) -> float:
        """Seconds, written quoted as `"m:ss"` or `"h:mm:ss"`."""
        fallback = 0.0 if default is REQUIRED else default
        node = self.take(key, default)
        if node is None:
            return fallback
        if isinstance(node, Scalar) and node.kind is ScalarKind.SEXAGESIMAL:
            self.error(key, _sexagesimal_trap(node.text))
            meant = parse_duration(node.text)
            return fallback if meant is None else meant
        seconds = parse_duration(node.text) if isinstance(node, Scalar) else None
        if seconds is None:
            word = repr(node.text) if isinstance(node, Scalar) else "this"
            self.error(key, f'{word} must be a quoted duration like "2:00" or "8:07:24"')
            return fallback
        return seconds

    # -- several --------------------------------------------------------------------

    def numbers(
        self,
        key: str,
        counts: tuple[int, ...],
        low: float,
        high: float,
        unit: str = "",
        default: Any = REQUIRED,
    ) -> tuple[float, ...]:
        """One number or a list of them; `counts` are the lengths allowed."""
        fallback = (low,) * counts[-1] if default is REQUIRED else default
        node = self.take(key, default)
        if node is None:
            return fallback
        items = node.items if isinstance(node, NodeSequence) else (node,)
        if len(items) not in counts:
            wanted = " or ".join(str(c) for c in counts)
            self.error(key, f"must be {wanted} numbers, not {len(items)}")
            return fallback
        values = [self._number(key, item, low, high, unit) for item in items]
        if any(value is None for value in values):
            return fallback
        return tuple(value for value in values if value is not None)

    def texts(
        self, key: str, default: Any = REQUIRED, options: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """A list of strings, each one of `options` when there are any."""
        fallback = () if default is REQUIRED else default
        node = self.take(key, default)
        if node is None:
            return fallback
        if not isinstance(node, NodeSequence):
            self.error(key, f"must be a list: [one, two]{_dash_meant(node)}")
            return fallback
        words: list[str] = []
        for index, item in enumerate(node.items):
            where = f"{self.at(key)}[{index}]"
            if wrong := _no_text(item):
                self.problems.error(item.line, where, wrong)
                continue
            assert isinstance(item, Scalar)
            if options and item.text not in options:
                hint = did_you_mean(item.text, options)
                allowed = " | ".join(options)
                self.problems.error(
                    item.line, where, f"{item.text!r} is not allowed{hint}; allowed: {allowed}"
                )
            else:
                words.append(item.text)
        return tuple(words)

    def fields(self, key: str, default: Any = REQUIRED) -> Fields | None:
        """The mapping under `key`."""
        node = self.take(key, default)
        if node is None:
            return None
        if not isinstance(node, Mapping):
            hint = pair_meant(node.text) if isinstance(node, Scalar) else ""
            self.error(key, "must be a mapping: {key: value}" + hint)
            return None
        return self.inside(node, self.at(key))

    def each(self, key: str, default: Any = REQUIRED, alone: bool = False) -> list[Fields]:
        """The mappings of the list under `key`; `alone` takes one without a list as well."""
        node = self.take(key, default)
        if node is None:
            return []
        if alone and isinstance(node, Mapping):
            return [self.inside(node, self.at(key))]
        if not isinstance(node, NodeSequence):
            self.error(key, f"must be a list{_dash_meant(node)}")
            return []
        found: list[Fields] = []
        for index, item in enumerate(node.items):
            where = f"{self.at(key)}[{index}]"
            if isinstance(item, Mapping):
                found.append(self.inside(item, where))
            else:
                hint = pair_meant(item.text) if isinstance(item, Scalar) else ""
                self.problems.error(item.line, where, "must be a mapping: {key: value}" + hint)
        return found

    def _number(self, key: str, node: Node, low: float, high: float, unit: str) -> float | None:
        if isinstance(node, Scalar) and node.kind in _NUMERIC:
            try:
                value = float(node.text.replace("_", ""))
            except ValueError:  # YAML's .nan and 0x17
                value, unit = float("nan"), f"{unit} in decimal digits".strip()
            if low <= value <= high:
                return value
            span = f"{low:g} to {high:g}" + (f" {unit}" if unit else "")
            self.error(key, f"{node.text} is out of range; allowed: {span}")
            return None
        word = repr(node.text) if isinstance(node, Scalar) else "a list or mapping"
        self.error(key, f"must be a number, not {word}{_number_meant(node, low, high)}")
        return None


def _number_meant(node: Node, low: float, high: float) -> str:
    """`: write 23` for `GPIO23`, `"23"`, `23 dB`; else an empty string. Not for `pin 16`, which
    counts the header's pins."""
    text = node.text.replace("−", "-").replace(",", ".") if isinstance(node, Scalar) else ""
    match = _NUMBER_MEANT.fullmatch(text)
    return f": write {match[1]}" if match and low <= float(match[1]) <= high else ""


def _dash_meant(node: Node) -> str:
    first = node.entries[0].key if isinstance(node, Mapping) and node.entries else ""
    text = node.text if isinstance(node, Scalar) else first
    return "; a space belongs after the -" if text.startswith("-") else ""


def _no_text(node: Node) -> str:
    """Why it is no text and what to do, or nothing."""
    if isinstance(node, Mapping):
        return "must be text: words with a colon belong in double quotes"
    if isinstance(node, NodeSequence):
        return "must be text, not a list: words that begin with [ belong in double quotes"
    quoted = f'write "{node.text}"'
    if node.kind is ScalarKind.EMPTY:
        return f"must be text: {quoted if node.text else 'nothing stands here'}"
    if node.kind is ScalarKind.BOOLEAN:
        return f"{_boolean_trap(node.text)}: {quoted}"
    return _sexagesimal_trap(node.text) if node.kind is ScalarKind.SEXAGESIMAL else ""


def _boolean_trap(text: str) -> str:
    return f"{text!r} without quotes is read as true/false by YAML"


def _sexagesimal_trap(text: str) -> str:
    return f'{text} without quotes is read as a base-60 number by YAML: write "{text}"'
