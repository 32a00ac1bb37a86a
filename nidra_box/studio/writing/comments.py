"""The comments of a settings file, by key: its words serve the schema too. Pure."""

from __future__ import annotations

import re

_KEY = re.compile(r"(?P<indent> *)(?P<key>[a-z_]+):(?P<rest>.*)")


def comments_of(text: str) -> dict[str, str]:
    """Key path (`volume.start_db`) → the comment beside the key, or else the one above it.
    For files of two levels, in which a comment belongs to the key that follows it."""
    found: dict[str, str] = {}
    section, above = "", list[str]()
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#"):
            above.append(stripped.lstrip("# ").rstrip())
            continue
        match = _KEY.fullmatch(line)
        if match:
            key = match["key"] if not match["indent"] else f"{section}.{match['key']}"
            section = section if match["indent"] else match["key"]
            _, mark, beside = match["rest"].partition("#")
            words = beside.strip() if mark else " ".join(above)
            if words:
                found[key] = words
        above = []
    return found
