"""What became of each file the last times it was looked at, so that it is not decoded again: its
recording, or why there is none. `seen.json` in the store; it can be made again."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from nidra_box import __version__
from nidra_box.documents.untrusted import FILE_NAMES, fill, parse_object
from nidra_box.files import read_file, write_whole
from nidra_box.library.intake.watched import program
from nidra_box.library.record import MAX_INDEX_BYTES

SEEN = "seen.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`id` of a recording, or the `reason` why there is none."""

    name: str
    stamp: str
    id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    by: str  # another version, or another decoder, may judge otherwise
    outcomes: tuple[Outcome, ...]


class Known:
    """The outcomes by name. A file that has changed since is not known."""

    def __init__(self, store: Path) -> None:
        self._path = store / SEEN
        self._by = f"{__version__} {'with' if program('ffmpeg') else 'without'} ffmpeg"
        self._outcomes: dict[str, Outcome] = {}
        with suppress(OSError, ValueError):
            seen = fill(_Seen, parse_object(read_file(self._path, MAX_INDEX_BYTES)), FILE_NAMES)
            for each in seen.outcomes:
                if each.id or seen.by == self._by:
                    self._outcomes[each.name] = each

    def of(self, name: str, stamp: str) -> Outcome | None:
        found = self._outcomes.get(name)
        return found if found is not None and found.stamp == stamp else None

    def note(self, outcome: Outcome) -> None:
        """Does not raise: without it, the file is judged once more."""
        self._outcomes[outcome.name] = outcome
        self.write()

    def forget_all_but(self, names: set[str]) -> None:
        """Of what lies in the library no more."""
        if gone := self._outcomes.keys() - names:
            for name in gone:
                del self._outcomes[name]
            self.write()

    def write(self) -> None:
        content = asdict(_Seen(self._by, tuple(self._outcomes.values())))
        with suppress(OSError):
            write_whole(self._path, json.dumps(content) + "\n", lasting=False)
