"""What a person did who wrote YAML that cannot be read, and what to do about it. Pure.

Told from the place where reading ended, since YAML's own words speak of tokens and contexts.
"""

from __future__ import annotations

import re

Place = tuple[int, int]
"""Line and column, both from 0."""

_QUOTE = 'put the words in double quotes (")'
_COMMA = ", or a comma before the next key"
_PAIR = re.compile(r"[\s-]*([\w.-]+)(?::(?=[^\s/])|:\xa0|\s*=\s*)(\S{1,40})")


def pair_meant(text: str) -> str:
    """`: write light: 12` for `light:12` and `light = 12`, else an empty string."""
    match = _PAIR.match(text)
    return f": write {match[1]}: {match[2]}" if match else ""


def how_to_fix(text: str, at: Place, opened: Place, said: str) -> tuple[int, str, str]:
    """Line (from 1), key path (none) and message for what ended the reading at `at`, inside of
    what `opened`; `said` are YAML's own words, used where nothing better is known."""
    lines = [*text.splitlines(), "", ""]
    line, column = lines[at[0]], at[1]
    before, rest, start = line[:column], line[column:], lines[opened[0]][opened[1] :]
    row, wrong, in_braces = at[0], "", start[:1] in ("{", "[")
    in_quotes, ended = start[:1] in ("'", '"'), before.rstrip()[-1:]
    no_pair = said.startswith("could not find expected")
    if "\t" in line[: len(line) - len(line.lstrip())] or rest.startswith("\t"):
        wrong = "a tab stands before the words: write spaces"
    elif rest.startswith(("---", "...", "%")) and not before:
        wrong = f"a file holds one document, without a line {rest[:3]}"
    elif in_quotes and "\\" in before[-2:] + rest[:1]:
        wrong = "a \\ in double quotes stands for something else: write it twice"
    elif in_quotes and said.endswith("end of stream"):
        row, wrong = opened[0], f"the {start[0]} is never closed: {_QUOTE}, on both sides"
    elif ended in ("'", '"') and rest[:1] not in ("", ":"):
        inside = _QUOTE if ended == "'" else 'write \\" for a quote inside the words'
        wrong = f"the words end at the {ended} before {rest[:12]!r}: {inside}"
        wrong += _COMMA if in_braces else ""
    elif in_braces and (row > opened[0] or not rest):
        wrong = f"the {start[0]} of line {opened[0] + 1} is not closed, or a comma is missing"
    elif no_pair or (rest.startswith(":") and ": " not in before):
        row, wrong = _no_pair(lines, opened[0] if no_pair else row)
    elif rest.startswith(":"):
        wrong = f"a colon stands inside the words: {_QUOTE}{_COMMA if in_braces else ''}"
    elif before.strip() and rest.startswith(tuple("@`%|>&*!?,-]}")):
        wrong = f"{rest[0]} cannot begin words: {_QUOTE}"
    elif start.startswith(tuple("|>&*!")):
        wrong = f"{start[0]} cannot begin words: {_QUOTE}"
    elif not before.strip():
        wrong = "must begin in the same column as the lines that it belongs to"
    return row + 1, "", wrong or f"not valid YAML: {said}"


def _no_pair(lines: list[str], row: int) -> tuple[int, str]:
    """The line near `row` that was read as the words of the one before, and why."""
    for near in (row, row - 1):
        if near >= 0 and (hint := pair_meant(lines[near])):
            return near, f"has no colon with a space after it{hint}"
    if ":" not in lines[row]:
        return row, "must be `key: value`; words of several lines belong in double quotes"
    return row, "must begin in the same column as the line above"
