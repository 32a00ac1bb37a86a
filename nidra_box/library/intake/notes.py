"""What was found out about a recording, as its record: names, tags, chapters, notes. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

import numpy as np

from nidra_box.library.intake.hearing import Heard, Rows
from nidra_box.library.intake.part import Part
from nidra_box.library.intake.plan import Plan
from nidra_box.library.intake.probe import MOST_CHAPTER_LETTERS
from nidra_box.library.intake.tags import cleaned
from nidra_box.library.person import Person
from nidra_box.library.record import Chapter, Damage, Record
from nidra_box.units import RATE_HZ
from nidra_box.words import format_duration

OFF_S, OFF_SHARE = 1.0, 0.01  # a promise that is nearer than both is kept
SILENT = 1e-7  # -70 dB
AT_ENDS_S, INSIDE_S = 10.0, 60.0
ROW_S = 0.1


def record_of(
    programme: str,
    name: str,
    parts: Sequence[Part],
    heard: Heard,
    found: Plan,
    person: Person,
    sound: str,
    frames: int,
    channels: int,
    spots: Mapping[int, Sequence[Damage]],
) -> Record:
    tags = [part.tags for part in parts]
    single = len(parts) == 1
    return Record(
        id=programme,
        title=(tags[0].title if single else "") or called(name, is_file=single),
        originals=tuple(part.original for part in parts),
        sound=sound,
        frames=frames,
        channels=channels,
        lufs=found.lufs,
        true_peak_db=found.true_peak_db,
        gain_db=found.gain_db,
        held_by=found.held_by,
        lit_s=person.soft_from_s,
        soften=person.soften,
        loop=person.loop,
        softening_s=found.softening_s,
        softening_db=found.softening_db,
        anywhere_s=found.anywhere_s,
        anywhere_db=found.anywhere_db,
        jolts=found.jolts,
        damage=damage_of(heard, spots),
        chapters=chapters_of(parts, heard),
        levels_db=found.levels_db,
        ends_softly=found.ends_softly,
        even=found.even,
        promised_s=promised_s(parts, heard, spots),
        kind=", ".join(dict.fromkeys(part.found.kind for part in parts)),
        teacher=_common([each.teacher for each in tags]),
        album=_common([each.album for each in tags]),
        language=_common([each.language for each in tags]),
        date=_common([each.date for each in tags]),
        comment=_common([each.comment for each in tags]),
        notes=tuple(notes_of(parts, heard)),
    )


def called(name: str, is_file: bool) -> str:
    """A title from a name; one that is not UTF-8 is read as Latin-1."""
    raw = os.fsencode(PurePath(name).stem if is_file else PurePath(name).name)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return cleaned(text) or "recording"


def damage_of(heard: Heard, spots: Mapping[int, Sequence[Damage]]) -> tuple[Damage, ...]:
    starts = _starts(heard)
    return tuple(
        Damage(round(starts[number] + each.at_s, 3), round(each.lost_s, 3))
        for number in sorted(spots)
        for each in spots[number]
    )


def chapters_of(parts: Sequence[Part], heard: Heard) -> tuple[Chapter, ...]:
    """Those of the file that begin within it; of a folder its files."""
    if len(parts) == 1:
        return tuple(each for each in parts[0].found.chapters if each.start_s < heard.seconds)
    titles = [
        part.tags.title[:MOST_CHAPTER_LETTERS] or called(part.name, is_file=True) for part in parts
    ]
    return tuple(
        Chapter(title, round(start, 3)) for title, start in zip(titles, _starts(heard), strict=True)
    )


def promised_s(parts: Sequence[Part], heard: Heard, spots: Mapping[int, Sequence[Damage]]) -> float:
    """The length that the headers told, if they told of clearly more than there is, with what is
    missing in damaged spots; else 0."""
    is_short, whole_s = False, 0.0
    for number, part in enumerate(parts):
        held_s = heard.frames[number] / RATE_HZ
        there_s = held_s + sum(spot.lost_s for spot in spots.get(number, ()))
        is_short |= part.found.promises and _is_less(there_s, part.found.seconds)
        whole_s += part.found.seconds if part.found.promises else held_s
    return round(whole_s, 3) if is_short else 0.0


def _is_less(held_s: float, promise_s: float) -> bool:
    missing = promise_s - held_s
    return missing > OFF_S and missing > OFF_SHARE * promise_s


def notes_of(parts: Sequence[Part], heard: Heard) -> Iterator[str]:
    mixed = max(part.found.mixed_from for part in parts)
    if mixed:
        yield f"its {mixed} channels are mixed down to two"
    for part, frames in zip(parts, heard.frames, strict=True):
        if part.found.header_says_less:
            told = format_duration(part.found.header_says_less * frames / RATE_HZ)
            held = format_duration(frames / RATE_HZ)
            yield f"its header says {told}, it holds {held}: all that it holds plays"
    for number in heard.gave_up:
        at = format_duration(heard.frames[number] / RATE_HZ)
        yield f"the decoder could go no further than {at}: what comes before plays"
    if heard.not_numbers:
        yield f"{heard.not_numbers:,} samples in it were no numbers: they are silent"
    yield from _silences(heard.rows)


def _silences(rows: Rows) -> Iterator[str]:
    silent = rows[:, 0] < SILENT
    if silent.all():
        yield "there is nothing to hear in it"
        return
    edges = np.flatnonzero(np.diff(np.concatenate(([0], silent.astype(np.int8), [0]))))
    stretches = [(int(a) * ROW_S, int(b) * ROW_S) for a, b in edges.reshape(-1, 2)]
    end_s, long = len(rows) * ROW_S, 0
    longest = (0.0, 0.0)
    for begin, end in stretches:
        if begin == 0.0:
            if end >= AT_ENDS_S:
                yield f"it begins with {format_duration(end)} of silence"
        elif end >= end_s - ROW_S / 2:
            if end - begin >= AT_ENDS_S:
                yield f"it ends with {format_duration(end - begin)} of silence"
        elif end - begin >= INSIDE_S:
            long += 1
            longest = max(longest, (end - begin, begin))
    if long:
        said = f"{format_duration(longest[0])} at {format_duration(longest[1])}"
        many = f"{long} silences of a minute or more, the longest" if long > 1 else "a silence of"
        yield f"in it is {many} {said}" if long == 1 else f"in it are {many} {said}"


def _starts(heard: Heard) -> list[float]:
    """When each part begins."""
    return [sum(heard.frames[:number]) / RATE_HZ for number in range(len(heard.frames))]


def _common(values: Sequence[str]) -> str:
    """What all say, or the only one that is said; else nothing."""
    said = {value for value in values if value}
    return said.pop() if len(said) == 1 else ""
