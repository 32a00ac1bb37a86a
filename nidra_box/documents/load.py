"""YAML text → nodes with line numbers. The one module that imports PyYAML.

A user's file is untrusted input: only the core tags are read, nothing is
constructed, anchors and aliases are refused (they allow a small file to unfold into
gigabytes), and the size, the depth and the number of values are bounded.

A mistake that leaves the rest readable goes to the caller's `Problems`, and what it is about is
left out, so that it hides no other mistake.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from nidra_box.documents.mistakes import how_to_fix, pair_meant
from nidra_box.documents.node import (
    DocumentError,
    Entry,
    Mapping,
    Node,
    Problem,
    Problems,
    Scalar,
    ScalarKind,
    Sequence,
)
from nidra_box.files import CannotRead, read_text

MAX_BYTES = 256 * 1024  # the longest programme we ship is 12 kB
MAX_DEPTH = 20
MAX_VALUES = 20_000
"""Keys and values together; each takes about 2 kB of memory while it is read."""
MAX_KEY_CHARACTERS = 100

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TYPOGRAPHIC = tuple("“”„‟«»‘‚")

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_KINDS = {
    "str": ScalarKind.TEXT,
    "int": ScalarKind.INTEGER,
    "float": ScalarKind.NUMBER,
    "bool": ScalarKind.BOOLEAN,
    "null": ScalarKind.EMPTY,
}


def read_document(path: Path, problems: Problems) -> Mapping:
    """The mapping that fills the file. Raises DocumentError where there is none."""
    return parse_document(read_lines(path), problems)


def read_lines(path: Path) -> str:
    """The text of a script, settings or a night. Raises DocumentError."""
    try:
        return read_text(path, MAX_BYTES)
    except CannotRead as error:
        raise DocumentError([Problem(str(path), error.line, "", str(error))]) from error


def parse_document(text: str, problems: Problems) -> Mapping:
    """One YAML document whose top is a mapping. Raises DocumentError where there is none."""
    if unseen := _UNSEEN.search(text):
        problems.stop(text.count("\n", 0, unseen.start()) + 1, "", _unseen(unseen[0]))
    try:
        _check_events(text, problems)
        if problems.errors:
            raise DocumentError(problems.errors)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        at, opened = (
            (mark.line, mark.column) if mark else (0, 0)
            for mark in (error.problem_mark or error.context_mark, error.context_mark)
        )
        problems.stop(*how_to_fix(text, at, opened, error.problem or error.context or ""))
    except yaml.YAMLError as error:
        problems.stop(0, "", f"not valid YAML: {str(error).splitlines()[0]}")
    if root is None:
        problems.stop(0, "", "is empty")
    node = _convert(root, "", problems)
    if isinstance(node, Mapping):
        return node
    if not problems.errors:
        hint = pair_meant(node.text) if isinstance(node, Scalar) else ""
        problems.error(1, "", f"must be a list of `key: value` lines at its top{hint}")
    raise DocumentError(problems.errors)


def _check_events(text: str, problems: Problems) -> None:
    """Walk the parser's events, which needs no recursion, before anything recursive
    sees the text: bounds depth and values, and refuses aliases."""
    depth = values = 0
    event: Any  # the stubs do not agree on whether it knows its place; from a text it does
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1
        values += isinstance(event, yaml.NodeEvent)
        if values > MAX_VALUES:
            problems.stop(line, "", f"has more than {MAX_VALUES:,} keys and values")
        if getattr(event, "anchor", None):
            problems.error(line, "", "words that begin with & or * belong in double quotes")
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                problems.stop(line, "", f"is nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _convert(raw: Any, path: str, problems: Problems) -> Node | None:
    """The node, or None for what goes to `problems`."""
    line = raw.start_mark.line + 1
    if isinstance(raw, yaml.MappingNode) and raw.tag == _CORE + "map":
        return _convert_mapping(raw, path, problems)
    if isinstance(raw, yaml.SequenceNode) and raw.tag == _CORE + "seq":
        items = [
            _convert(item, f"{path}[{index}]", problems) for index, item in enumerate(raw.value)
        ]
        return Sequence(tuple(item for item in items if item is not None), line)
    if isinstance(raw, yaml.ScalarNode):
        kind = _KINDS.get(raw.tag.removeprefix(_CORE), ScalarKind.OTHER)
        if kind in (ScalarKind.INTEGER, ScalarKind.NUMBER) and ":" in raw.value:
            kind = ScalarKind.SEXAGESIMAL
        if kind is ScalarKind.OTHER and raw.tag.startswith(_CORE + "timestamp"):
            kind = ScalarKind.TEXT
        if kind is not ScalarKind.OTHER:
            wrong = _wrong_text(raw)
            if wrong:
                problems.error(line, path, wrong)
            return None if wrong else Scalar(raw.value, kind, line)
    problems.error(line, path, "words that begin with ! belong in double quotes")
    return None


def _convert_mapping(raw: Any, path: str, problems: Problems) -> Mapping:
    entries: list[Entry] = []
    first_line: dict[str, int] = {}
    for key_node, value_node in raw.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            problems.error(line, path, "a key must be one word")
            continue
        key = str(key_node.value)
        if len(key) > MAX_KEY_CHARACTERS:
            problems.error(line, path, f"a key may have {MAX_KEY_CHARACTERS} characters")
            continue
        here = f"{path}.{key}" if path else key
        if wrong := _wrong_text(key_node):
            problems.error(line, path, wrong)
        elif raw.flow_style and key_node.end_mark.index == value_node.end_mark.index:
            hint = pair_meant(key) or ": words with a comma belong in double quotes"
            problems.error(line, path, f"{key!r} has no value{hint}")
        elif key in first_line:
            problems.error(line, here, f"stands twice (first on line {first_line[key]})")
        else:
            first_line[key] = line
            value = _convert(value_node, here, problems)
            entries += [Entry(key, line, value)] if value is not None else []
    return Mapping(tuple(entries), raw.start_mark.line + 1)


def _wrong_text(raw: Any) -> str:
    """What keeps a scalar from being used, or nothing."""
    if unseen := _UNSEEN.search(raw.value):
        return _unseen(unseen[0])
    if not raw.style and raw.value[:1] in _TYPOGRAPHIC:
        return f'{raw.value[0]} is no quote for YAML and would be part of the words: write "'
    return ""


def _unseen(character: str) -> str:
    return f"holds a character that cannot be seen (U+{ord(character):04X}): delete it"
