"""Everything that can be played, could be or will be, as one list: scripts, recordings that are
ready, and every file and folder in `library/` that is not one of them, with its state.

The states are words for people and programs alike. Reads folders; opens no sound.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nidra_box.config import Config
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.filenames import is_cues, is_passed_over
from nidra_box.library.findings import about
from nidra_box.library.judge import judge
from nidra_box.library.names import id_of, names_meant
from nidra_box.library.record import Entry, Item
from nidra_box.library.stick import as_items
from nidra_box.score.vocabulary import Ending, Kind
from nidra_box.words import natural, printable

READY, TAKING, WAITING, REFUSED = "ready", "being taken in", "waiting", "not played"
_STATES = {"ready": READY, "taking": TAKING, "waiting": WAITING, "refused": REFUSED}
GONE = "its file is gone from the library; it plays all the same"


@dataclass(frozen=True, slots=True)
class Listed:
    """A programme, or a file of the library that is none (yet): then `id` is its name. `chosen`:
    the second press comes to it. `lacks` is what will not be heard of it, or worth knowing."""

    id: str
    state: str
    title: str | None = None
    teacher: str | None = None
    duration_s: float | None = None
    kind: str | None = None
    ending: str | None = None
    file: str | None = None
    share: float | None = None
    left_s: float | None = None
    lacks: str | None = None
    reason: str | None = None
    chosen: bool = True

    @property
    def progress(self) -> str:
        """`being taken in, 37 %, about 4 min`; without a reason."""
        if self.state != TAKING:
            return self.state
        parts = [f"{self.share or 0.0:.0%}".replace("%", " %")]
        parts += [about(self.left_s)] if self.left_s else []
        return ", ".join([self.state, *parts])


def listed(catalogue: Catalogue, programmes: Sequence[str]) -> list[Listed]:
    """What the second press comes to, in its order (`programmes` of the settings, or all), then
    the rest: other scripts and recordings, then what is not ready, in natural order."""
    scripts, ids = catalogue.scripts(), catalogue.ids()
    entries, items = catalogue.stock.entries, catalogue.stock.items
    by_id = {entry.id: entry for entry in entries}
    every = [name for name in ids if name in scripts] + [*by_id]
    named = catalogue.stock.named
    chosen = [id_of(name, scripts, named) or name for name in programmes] or every
    names = _in_library(catalogue)
    files = {item.name: item for item in as_items(catalogue.folders.library)}
    files |= {name: Item(name, "waiting") for name in names} | {item.name: item for item in items}
    there = {item.id for item in items if item.name in names}
    rows = []
    for name in dict.fromkeys([*chosen, *every]):
        if name in by_id:
            entry = by_id[name]
            gone = entry.name not in names and entry.id not in there
            rows.append(_ready(entry, entry.name or None, GONE if gone else None, name in chosen))
            if entry.name in files and files[entry.name].state != "refused":
                del files[entry.name]
        elif name in scripts:
            rows.append(_script(catalogue, name, name in chosen))
        elif name in files:
            rows.append(_file(files.pop(name), True))
        else:
            reason = f"there is no programme of this name{names_meant(name, ids, named)}"
            rows.append(Listed(name, REFUSED, reason=reason))
    return rows + list(_others(files, by_id))


def missing_programmes(catalogue: Catalogue, config: Config) -> list[tuple[str, str]]:
    """(setting, what is wrong) for each programme that the settings name and nobody has. A file
    that is still to be taken in is there."""
    scripts, ids = catalogue.scripts(), catalogue.ids()
    stock = catalogue.stock
    if not stock.is_whole:
        return []  # nobody can say then which there are
    entries = stock.named
    coming = _in_library(catalogue)
    wanted = [("programmes", name) for name in config.programmes]
    wanted.append(("hold_programme", config.hold_programme))
    return [
        (key, f"{name!r}, which is not there{names_meant(name, ids, entries)}")
        for key, name in wanted
        if name and not id_of(name, scripts, entries) and not id_of(name, coming, ())
    ]


def _script(catalogue: Catalogue, name: str, chosen: bool) -> Listed:
    judged = judge(catalogue, name)
    score = judged.score
    if score is None:
        return Listed(name, REFUSED, reason=judged.reason, chosen=chosen)
    return Listed(
        id=name,
        state=READY,
        title=score.title,
        duration_s=score.duration_s,
        kind=str(score.kind),
        ending=str(score.ending),
        lacks=judged.half or None,
        chosen=chosen,
    )


def _ready(entry: Entry, file: str | None, lacks: str | None, chosen: bool) -> Listed:
    return Listed(
        id=entry.id,
        state=READY,
        title=entry.title,
        teacher=entry.teacher or None,
        duration_s=entry.length_s,
        kind=str(Kind.UNGUIDED),
        ending=str(Ending.SLEEP_THROUGH),
        file=file,
        lacks=lacks,
        chosen=chosen,
    )


def _others(files: dict[str, Item], by_id: dict[str, Entry]) -> Iterator[Listed]:
    """Files and folders that are not listed yet: those that the intake knows, what came since,
    and those that hold the same as another."""
    for name in sorted(files, key=natural):
        entry = by_id.get(files[name].id)
        if files[name].state == "ready" and entry is not None:
            yield _ready(entry, name, f"the same sound as {printable(entry.name)}", False)
        else:
            yield _file(files[name], False)


def _file(item: Item, chosen: bool) -> Listed:
    taking = item.state == "taking"
    state = "waiting" if item.state == "ready" else item.state  # its recording is there no more
    return Listed(
        id=item.name,
        state=_STATES.get(state, state),
        file=item.name,
        share=item.share if taking else None,
        left_s=item.left_s if taking and item.left_s else None,
        reason=item.reason or None,
        chosen=chosen,
    )


def _in_library(catalogue: Catalogue) -> set[str]:
    """The names of files and folders that are meant to be recordings."""
    try:
        names = os.listdir(catalogue.folders.library)
    except OSError:
        return set()
    return {name for name in names if not is_passed_over(name) and not is_cues(name)}
