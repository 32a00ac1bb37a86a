"""What libasound has to say, counted. By itself it writes a line to stderr for each underrun,
which on a slow machine fills the journal.

Its errors come to a function of ours, on whichever thread they happen (SDL's audio thread
among them); it waits for Python's lock there, counts, and returns. Nothing else may be done in
it. pygame (2.1.2 and 2.6.1, read) lets go of that lock while it closes the mixer, so the two
never wait for each other.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from pathlib import Path

_MAPS = Path("/proc/self/maps")
SONAME = "libasound.so.2"
_HANDLER = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)
"""snd_lib_error_handler_t: file, line, function, error, format. The values of the format follow;
they are not looked at, and need not be: the caller clears them away."""
UNDERRUN = b"%s occurred"
"""What libasound says of an underrun, when SDL has it recover."""

_counts: Counter[str] = Counter()
_kept: dict[str, tuple[object, object]] = {}
"""By path: the library and the function that it calls, for as long as the process lives."""


def _count(file: bytes, line: int, function: bytes, error: int, words: bytes) -> None:
    name = (function or b"?").decode("ascii", "replace")
    _counts["underrun" if words == UNDERRUN else name] += 1


def libraries(maps: Path = _MAPS) -> list[str]:
    """Every libasound that SDL may use. A wheel of pygame brings one of its own, and yet SDL
    opens the system's by name if there is one, and lets it go when a card cannot be opened."""
    try:
        lines = maps.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    loaded = (line.split(maxsplit=5)[5] for line in lines if "/libasound" in line)
    return [*dict.fromkeys(path for path in loaded if ".so" in path), SONAME]


def listen() -> bool:
    """From now on libasound's errors are counted, not written. Call it when the mixer has been
    opened once (or could not be): it has then said in full what is wrong with the card. Returns
    whether there was a library to listen to."""
    for path in libraries():
        if path in _kept:
            continue
        try:
            library = ctypes.CDLL(path)  # what is loaded already is the same one, and now stays
            handler = _HANDLER(_count)
            library.snd_lib_error_set_handler(handler)
        except (OSError, AttributeError, MemoryError):  # the last: no callbacks in this sandbox
            continue
        _kept[path] = (library, handler)
    return bool(_kept)


def complaints() -> str:
    """What was counted since the last time, in a person's words; empty when nothing was."""
    counted = dict(_counts)
    _counts.subtract(counted)
    return ", ".join(f"{name} {count} ×" for name, count in counted.items() if count)
