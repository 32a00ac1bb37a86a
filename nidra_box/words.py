"""How times, untrusted names, errors and near misses are written for a person. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def format_duration(seconds: float) -> str:
    """`m:ss` under an hour, else `h:mm:ss`; rounded to the nearest second."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"


def printable(text: str) -> str:
    """Untrusted text (a file name) in one line of visible characters."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def reason_of(error: Exception) -> str:
    """Why it failed, without Python's `[Errno 2]` and without the file, which the caller names."""
    return getattr(error, "strerror", None) or str(error)


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """` (did you mean 'x'?)` when one of the options is near, else an empty string."""
    near = difflib.get_close_matches(word, [str(option) for option in options], n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""
