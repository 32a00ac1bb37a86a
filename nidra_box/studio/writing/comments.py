"""The comments of a settings file, by key: its words serve the schema too. Pure."""

from __future__ import annotations

import re

_KEY = re.compile(r"(?P<indent> *)(?P<key>[a-z_]+):(?P<rest>.*)")


def comments_of(text: str) -> dict[str, str]:
    """Key path (`volume.start_db`) → the comment beside the key, or else the one above it.
    For files of two levels, in which a comment belongs to the key that follows it, and one right
    below a comment beside a key to that."""
    found: dict[str, str] = {}
    section, key, beside_column, above = "", "", -1, list[str]()
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#"):
            words = stripped.lstrip("# ").rstrip()
            if line.index("#") == beside_column:
                found[key] += f" {words}"
            else:
                above.append(words)
            continue
        beside_column = -1
        match = _KEY.fullmatch(line)
        if match:
            key = match["key"] if not match["indent"] else f"{section}.{match['key']}"
            section = section if match["indent"] else match["key"]
            _, mark, beside = match["rest"].partition("#")
            words = beside.strip() if mark else " ".join(above)
            beside_column = line.index("#") if mark else -1
            if words:
                found[key] = words
        above = []
    return found
