"""One file, or one folder as one programme, becomes a recording in the store: whole, or not at all.

The steps: open and examine, hash (the id), look at slices (mono? FLAC or Opus?), then one pass that
decodes, listens and writes. Where the decoder told of damage, it is located, and the pass is done
again with the spots bridged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import soundfile

from nidra_box.library.intake.damage import locate
from nidra_box.library.intake.hearing import Heard, NotMono, hear
from nidra_box.library.intake.notes import record_of
from nidra_box.library.intake.part import Part, id_of, part_of
from nidra_box.library.intake.plan import plan
from nidra_box.library.intake.sample import MAX_S, Sample, sample
from nidra_box.library.intake.sniff import Forgotten, NotNow, Refused, opened
from nidra_box.library.intake.store import MUST_STAY_FREE, check_room, is_forgotten, keep, making
from nidra_box.library.person import Person
from nidra_box.library.record import Damage, Record, read_record
from nidra_box.words import printable, reason_of

Progress = Callable[[float, float], None]
"""Told the share that is done, and the seconds that are left (0: nobody knows)."""

ROOM_EVERY_S = 300.0
_MOST_PASSES = 4


def take_in(
    path: Path,
    store: Path,
    *,
    files: Sequence[Path] = (),
    person: Person | None = None,
    quality: str = "auto",
    progress: Progress = lambda share, left_s: None,
    must_stay: int = MUST_STAY_FREE,
) -> Record:
    """The record of the file at `path`, or of the folder with these `files`, taken into `store`;
    the one that there is, if it holds the same. Nothing at `path` is changed. Raises Refused and
    NotNow, after which nothing of it is left."""
    with ExitStack() as held:
        parts = []
        for each in files or [path]:
            try:
                file = held.enter_context(opened(each))
                parts.append(part_of(str(each.relative_to(path.parent)), file))
            except Refused as error:
                if not files:
                    raise
                raise Refused(f"of {printable(each.name)} in it: {error}") from error
        programme = id_of([part.sha256 for part in parts])
        if is_forgotten(store, programme):
            raise Forgotten(programme)
        if (store / programme).exists():
            return _there(store, programme)
        return _made(
            path.name, programme, parts, store, person or Person(), quality, progress, must_stay
        )


def _there(store: Path, programme: str) -> Record:
    try:
        return read_record(store / programme)
    except (OSError, ValueError) as error:
        raise NotNow(f"what is in the store of it is broken: {reason_of(error)}") from error


def _made(
    name: str,
    programme: str,
    parts: Sequence[Part],
    store: Path,
    person: Person,
    quality: str,
    progress: Progress,
    must_stay: int,
) -> Record:
    looked = sample(parts)
    sound, total_s = looked.choice(quality), sum(part.found.seconds for part in parts)
    total_s = min(total_s, MAX_S)  # whatever a header promises, no more is written
    check_room(store, total_s * looked.bytes_per_s(sound), must_stay)
    watch = _Watch(progress, total_s, lambda: check_room(store, 0.0, must_stay))
    with making(store) as place:
        heard, channels, spots = _heard(parts, place / sound, looked, watch)
        for part in parts:
            if not part.file.is_unchanged():
                raise NotNow("it changed while it was read: it is tried again when it lies still")
        frames = soundfile.info(place / sound).frames
        damage = [each for number in spots for each in spots[number]]
        found = plan(heard.rows, person.soft_from_s, person.soften, damage, person.loop)
        record = record_of(
            programme, name, parts, heard, found, person, sound, frames, channels, spots
        )
        keep(place, store, record, heard.rows)
    return record


def _heard(
    parts: Sequence[Part], sound: Path, looked: Sample, watch: _Watch
) -> tuple[Heard, int, dict[int, list[Damage]]]:
    """A pass that counts: with the channels that there are, and every damaged spot bridged."""
    channels, spots = looked.channels, dict[int, list[Damage]]()
    for _ in range(_MOST_PASSES):
        sound.unlink(missing_ok=True)
        try:
            heard = hear(parts, sound, channels, spots, watch)
        except NotMono:
            channels = 2
            continue
        if spots or not heard.complained:
            break
        spots = {
            number: locate(parts[number].file, parts[number].found) for number in heard.complained
        }
        spots = {number: found for number, found in spots.items() if found}
        if not spots:
            break
    return heard, channels, spots


class _Watch:
    """Called with the seconds that are done: tells the progress, and stops where the disk gets
    full."""

    def __init__(self, progress: Progress, total_s: float, check: Callable[[], None]) -> None:
        self._progress, self._total_s, self._check = progress, total_s, check
        self._began, self._checked_s = time.monotonic(), 0.0

    def __call__(self, done_s: float) -> None:
        if done_s - self._checked_s >= ROOM_EVERY_S:
            self._checked_s = done_s
            self._check()
        share = min(done_s / self._total_s, 0.99) if self._total_s > 0 else 0.0
        spent_s = time.monotonic() - self._began
        self._progress(share, spent_s * (1 - share) / share if share > 0.02 else 0.0)
