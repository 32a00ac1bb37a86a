"""How times, names, columns, errors and near misses are written for a person. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any
from unicodedata import east_asian_width

MOST_LINES = 10
"""More of a kind than these are one line with their number."""


def format_duration(seconds: float) -> str:
    """`m:ss` under an hour, else `h:mm:ss`; rounded to the nearest second."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"


def printable(text: str) -> str:
    """Untrusted text (a file name) in one line of visible characters."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def natural(name: str) -> tuple[list[Any], str]:
    """The key by which names are sorted everywhere: night 2 before night 10, b between A and C."""
    parts = re.split(r"(\d+)", name.casefold())
    # Python refuses to read more than 4,300 digits; nobody counts so far.
    return [int(part[:999]) if number % 2 else part for number, part in enumerate(parts)], name


def width_of(text: str) -> int:
    """How many columns of a terminal it takes."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def fitted(text: str, columns: int) -> str:
    """`text` in exactly so many columns: filled with spaces, or cut, which … shows."""
    if width_of(text) > columns:
        while text and width_of(text) >= columns:
            text = text[:-1]
        text += "…"
    return text + " " * (columns - width_of(text))


def reason_of(error: Exception) -> str:
    """Why it failed, without Python's `[Errno 2]` and without the file, which the caller names."""
    return getattr(error, "strerror", None) or str(error)


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """` (did you mean 'x'?)` when one of the options is near, whatever its case; else an
    empty string."""
    known = {str(option).casefold(): str(option) for option in options}
    near = difflib.get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    return f" (did you mean {known[near[0]]!r}?)" if near else ""
