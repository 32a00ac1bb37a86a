"""A few settings changed in the text of a file: every other line, comment and blank stays. Pure.

Made for files of two levels as a person writes them: `section:` with indented keys, or
`section: {key: value}` on one line. Whoever calls reads the result again and compares: a file
that is written in another way is then refused, not damaged.
"""

from __future__ import annotations

import re

_ENDING = re.compile(r"[ \t]*(?:#.*)?(?:\r?\n)?\Z")


def with_settings(text: str, section: str, values: dict[str, str]) -> str:
    """`text` with `section.key` standing at each of `values`, which are YAML already. A key
    that is not there is added to its section, a section that is not there at the end."""
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if any(line.endswith("\r\n") for line in lines) else "\n"
    head = re.compile(rf"\ufeff?{re.escape(section)}[ \t]*:")
    at = next((i for i, line in enumerate(lines) if head.match(line)), None)
    if at is None:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += newline
        gap = [newline] if lines and lines[-1].strip() else []
        return "".join([*lines, *gap, f"{section}:{newline}", *_added("  ", values, newline)])
    if "{" in lines[at].partition("#")[0]:
        lines[at] = _in_braces(lines[at], values)
        return "".join(lines)
    end = _end_of_section(lines, at)
    indent = _indent(lines[at + 1 : end])
    missing = dict(values)
    for i in range(at + 1, end):
        for key, value in values.items():
            if re.match(rf"{indent}{re.escape(key)}[ \t]*:", lines[i]):
                lines[i] = _with_value(lines[i], value)
                missing.pop(key, None)
    lines[at + 1 : at + 1] = _added(indent, missing, newline)
    return "".join(lines)


def _added(indent: str, values: dict[str, str], newline: str) -> list[str]:
    return [f"{indent}{key}: {value}{newline}" for key, value in values.items()]


def _end_of_section(lines: list[str], at: int) -> int:
    """The first line after the section that is one of the top level."""
    for i in range(at + 1, len(lines)):
        if lines[i].strip() and lines[i][0] not in " \t#":
            return i
    return len(lines)


def _indent(lines: list[str]) -> str:
    """What stands before the section's own keys."""
    for line in lines:
        words = line.lstrip(" ")
        if words.strip() and not words.startswith("#"):
            return line[: len(line) - len(words)]
    return "  "


def _with_value(line: str, value: str) -> str:
    """The value of a `key: value  # words` line replaced; the words stay in their column where
    there is room."""
    key, _, rest = line.partition(":")
    found = _ENDING.search(rest)
    ending = rest[found.start() :] if found else ""
    old = rest[: len(rest) - len(ending)].lstrip()
    if ending.strip():
        room = len(old) - len(value) + len(ending) - len(ending.lstrip())
        ending = " " * max(room, 1) + ending.lstrip()
    return f"{key}: {value}{ending}"


def _in_braces(line: str, values: dict[str, str]) -> str:
    before, _, rest = line.partition("{")
    inside, _, after = rest.partition("}")
    for key, value in values.items():
        entry = re.compile(rf"(?<![\w-])({re.escape(key)}\s*:\s*)[^,{{}}]*")
        if entry.search(inside):
            inside = entry.sub(rf"\g<1>{value}", inside, count=1)
        else:
            inside = f"{inside.rstrip()}, {key}: {value}" if inside.strip() else f"{key}: {value}"
    return f"{before}{{{inside}}}{after}"
