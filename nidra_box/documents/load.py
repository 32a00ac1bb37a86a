"""YAML text → nodes with line numbers. The one module that imports PyYAML.

A user's file is untrusted input: only the core tags are read, nothing is
constructed, anchors and aliases are refused (they allow a small file to unfold into
gigabytes), and the size, the depth and the number of values are bounded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

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

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_KINDS = {
    "str": ScalarKind.TEXT,
    "int": ScalarKind.INTEGER,
    "float": ScalarKind.NUMBER,
    "bool": ScalarKind.BOOLEAN,
    "null": ScalarKind.EMPTY,
}


def read_document(path: Path) -> Mapping:
    """The mapping that fills the file. Raises DocumentError naming what is wrong."""
    return parse_document(read_lines(path), str(path))


def read_lines(path: Path) -> str:
    """The text of a script, settings or a night. Raises DocumentError."""
    try:
        return read_text(path, MAX_BYTES)
    except CannotRead as error:
        raise DocumentError([Problem(str(path), error.line, "", str(error))]) from error


def parse_document(text: str, file: str) -> Mapping:
    """Parse one YAML document whose top is a mapping; `file` is the name in messages."""
    problems = Problems(file)
    try:
        _check_events(text, problems)
        if problems.errors:
            raise DocumentError(problems.errors)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        message = f"not valid YAML: {error.problem or error.context}"
        raise DocumentError([Problem(file, line, "", message)]) from error
    except yaml.YAMLError as error:
        first = str(error).splitlines()[0]
        raise DocumentError([Problem(file, 0, "", f"not valid YAML: {first}")]) from error
    if root is None:
        raise DocumentError([Problem(file, 0, "", "is empty")])
    node = _convert(root, "", problems)
    if not isinstance(node, Mapping):
        problems.error(1, "", "must be a list of `key: value` lines at its top")
    if problems.errors:
        raise DocumentError(problems.errors)
    assert isinstance(node, Mapping)
    return node


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
        if isinstance(event, yaml.AliasEvent):
            problems.error(line, "", "anchors and aliases (&, *) are not used here: write it out")
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                problems.stop(line, "", f"is nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _convert(raw: Any, path: str, problems: Problems) -> Node:
    line = raw.start_mark.line + 1
    if isinstance(raw, yaml.MappingNode) and raw.tag == _CORE + "map":
        return _convert_mapping(raw, path, problems)
    if isinstance(raw, yaml.SequenceNode) and raw.tag == _CORE + "seq":
        return Sequence(
            tuple(
                _convert(item, f"{path}[{index}]", problems) for index, item in enumerate(raw.value)
            ),
            line,
        )
    if isinstance(raw, yaml.ScalarNode):
        kind = _KINDS.get(raw.tag.removeprefix(_CORE), ScalarKind.OTHER)
        if kind in (ScalarKind.INTEGER, ScalarKind.NUMBER) and ":" in raw.value:
            kind = ScalarKind.SEXAGESIMAL
        if kind is ScalarKind.OTHER and raw.tag.startswith(_CORE + "timestamp"):
            kind = ScalarKind.TEXT
        if kind is not ScalarKind.OTHER:
            return Scalar(raw.value, kind, line)
    problems.error(line, path, f"the tag {raw.tag!r} is not used here")
    return Scalar("", ScalarKind.EMPTY, line)


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
        if key in first_line:
            problems.error(line, here, f"stands twice (first on line {first_line[key]})")
            continue
        first_line[key] = line
        entries.append(Entry(key, line, _convert(value_node, here, problems)))
    return Mapping(tuple(entries), raw.start_mark.line + 1)
