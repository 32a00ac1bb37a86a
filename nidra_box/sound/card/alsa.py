"""libasound writes a line to stderr for each underrun, which on a slow machine fills the journal.
After the card was opened once it is told to be quiet.

Its handler must not be Python: SDL joins a thread of its own, which asks libasound for cards every
5 s, while pygame holds Python's lock; a handler that waits for that lock stood still for ever
(seen). So it gets a function of libc that takes nothing and does nothing.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

_MAPS = Path("/proc/self/maps")
SONAME = "libasound.so.2"
_kept: dict[str, object] = {}
"""By path: the libraries that were told, for as long as the process lives."""


def libraries(maps: Path = _MAPS) -> list[str]:
    """Every libasound that SDL may use. A wheel of pygame brings one of its own, and yet SDL
    opens the system's by name if there is one, and lets it go when a card cannot be opened."""
    try:
        lines = maps.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    loaded = (line.split(maxsplit=5)[5] for line in lines if "/libasound" in line)
    return [*dict.fromkeys(path for path in loaded if ".so" in path), SONAME]


def hush() -> bool:
    """No more lines of libasound. Call it when the mixer has been opened once (or could not be):
    it has then said in full what is wrong with the card. Whether there was a library to tell."""
    for path in libraries():
        if path in _kept:
            continue
        try:
            library = ctypes.CDLL(path)  # what is loaded already is the same one, and now stays
            nothing = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p)
            library.snd_lib_error_set_handler(nothing)
        except (OSError, AttributeError):
            continue
        _kept[path] = library
    return bool(_kept)
