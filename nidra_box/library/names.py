"""Which programme is meant by a name: an id, a title, or the name of a file in the library. Pure.

What a person writes into the settings or at a terminal is found although its case, its accents
(NFC or NFD) or the bytes of a file from an old stick are others.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from nidra_box.library.record import Entry
from nidra_box.words import did_you_mean, printable


def id_of(name: str, ids: Iterable[str], entries: Sequence[Entry]) -> str | None:
    """The id of the programme called `name`, of scripts (by `ids`) and recordings that are ready;
    None for none. What is exactly so comes first, then an id, a file's name, a title, a file's
    name without its ending."""
    known = [(programme, programme) for programme in ids]
    known += [(entry.id, entry.id) for entry in entries]
    known += [(entry.name, entry.id) for entry in entries]
    known += [(entry.title, entry.id) for entry in entries]
    known += [(PurePath(entry.name).stem, entry.id) for entry in entries]
    for alike in (str, _folded):
        wanted = alike(name)
        for called, programme in known:
            if alike(called) == wanted or (alike is _folded and printable(called) == name):
                return programme
    return None


def names_meant(name: str, ids: Iterable[str], entries: Sequence[Entry]) -> str:
    """` (did you mean 'x'?)` for a name that is not there, else an empty string."""
    titles = [each for entry in entries for each in (entry.title, entry.name)]
    known = [*ids, *map(printable, titles)]
    if near := did_you_mean(name, known):
        return near
    begun = [each for each in known if name and _folded(each).startswith(_folded(name))]
    return f" (did you mean {begun[0]!r}?)" if begun else ""


def _folded(name: str) -> str:
    """What is left of a name where case, the form of accents and the encoding do not count."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
