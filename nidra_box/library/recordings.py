"""A recording as a programme without a script: its sound to its own end, its chapters as stages,
light for a while and then dark.

Everything about a recording that was taken in comes from its record and from what its person
says; nothing is measured here. One that was not taken in yet, on the evening of an upgrade, is
played by what its header says.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nidra_box.documents.node import Problem, Problems
from nidra_box.files import CannotRead, read_text
from nidra_box.library.lamp_light import light_for
from nidra_box.library.person import Lamp, Light, Person, read_person
from nidra_box.library.record import CUES, LEVELS, PERSON, Chapter, Record, read_record
from nidra_box.score.along import NOTHING_ALONG, Along, breathing_along, parse_along
from nidra_box.score.curves import Curve
from nidra_box.score.score import Score, StageSpan
from nidra_box.score.track import ROW, Jolt, Levels, Loop, TrackSpan
from nidra_box.score.vocabulary import VOICE_LUFS, Ending, Kind, StageKind
from nidra_box.sound.sources import SUFFIXES, BadSound, FileSource
from nidra_box.units import RATE_HZ, SILENT_LUFS
from nidra_box.words import format_duration, printable

LIT_S = 20 * 60.0
MIN_S, MAX_S = 10.0, 12 * 3600.0
FADE_S, FADE_SHARE = 60.0, 0.1  # at the end; of one that is short a tenth
SOFT_FADE_S = 1.0  # of one that has faded by itself: no step is left
LOOP_S = 8 * 3600.0
LOOP_FADE_S = 15 * 60.0  # as the last stage of `lower-back-night`
CROSS_S = 4.0  # where a loop begins anew
LOOP_EDGE_S, LOOP_EDGE_DB, LOOP_EDGE_SHARE = 1.0, 3.0, 0.1
"""A loop leaves out the first and the last second of its file, and what is softer than the middle
there: many files fade in and out. At most a tenth at each end."""
AUDIBLE_DB = -80.0
SILENT_END_S = 10.0
"""A recording whose end is silent for longer than this is over when its sound is."""
MAX_STAGE_NAME = 48


# -- taken in ----------------------------------------------------------------------------------


def score_in(place: Path) -> Score:
    """The programme of the recording in a folder of the store. Blocks. Raises OSError and
    ValueError; what is wrong with its cue file is left out."""
    record, (person, _) = read_record(place), read_person(place / PERSON)
    return recording_score(record, person, along_in(place, record.duration_s)[0])


def along_in(place: Path, end_s: float) -> tuple[Along, list[Problem]]:
    """What goes along with the recording in a folder, and every mistake in its cue file."""
    problems = Problems(CUES)
    if not os.path.lexists(place / CUES):
        return NOTHING_ALONG, []
    try:
        return parse_along(read_text(place / CUES), problems, end_s), problems.found
    except CannotRead as error:
        problems.warn(error.line, "", str(error))
        return NOTHING_ALONG, problems.found


def recording_score(record: Record, person: Person, along: Along = NOTHING_ALONG) -> Score:
    """The programme that plays a recording of the store. Pure."""
    track = _looped(record) if person.loop else _once(record)
    track = replace(track, softens=person.soften != "never")
    if (record.lit_s, record.loop) != (person.soft_from_s, person.loop):  # not planned again yet
        levels = track.levels
        held = levels and replace(levels, held=_held(len(levels.db), track.anywhere))
        track = _fading_to_silence(replace(track, softening=track.anywhere, levels=held))
    if person.loop:
        along = NOTHING_ALONG  # nobody wants the same words for eight hours
    lit_s = min(person.lit_s, track.end / RATE_HZ)
    light = light_for(record.id, person.light, lit_s)
    breath = breathing_along(along.marks, light.breath, lit_s)
    return Score(
        id=record.id,
        title=person.title or record.title,
        kind=Kind.UNGUIDED,
        ending=Ending.SLEEP_THROUGH,
        frames=track.end,
        stages=_stages(record.chapters, round(lit_s * RATE_HZ), track.end, person),
        clips=(),
        beds=(),
        tracks=(track,),
        light=replace(light, breath=breath),
        voice_lufs=VOICE_LUFS,
        lines=along.lines,
    )


def _once(record: Record) -> TrackSpan:
    end = _sounding_frames(record)
    fade_s = SOFT_FADE_S if record.ends_softly or end < record.frames else FADE_S
    fade_frames = min(round(fade_s * RATE_HZ), round(end * FADE_SHARE))
    return _track(record, end, fade_frames, None)


def _looped(record: Record) -> TrackSpan:
    loop = loop_of(record.levels_db, record.frames)
    return _track(record, round(LOOP_S * RATE_HZ), round(LOOP_FADE_S * RATE_HZ), loop)


def _track(record: Record, end: int, fade_frames: int, loop: Loop | None) -> TrackSpan:
    softening = _curve(record.softening_s, record.softening_db)
    track = TrackSpan(
        file=record.id,
        start=0,
        end=end,
        gain_db=record.gain_db,
        fade_frames=fade_frames,
        lufs=record.lufs,
        softening=softening,
        anywhere=_curve(record.anywhere_s, record.anywhere_db) or softening,
        loop=loop,
        levels=_levels(record, softening),
        jolts=tuple(
            Jolt(round(j.start_s * RATE_HZ), round(j.end_s * RATE_HZ), j.over_db)
            for j in record.jolts
        ),
    )
    return _fading_to_silence(track)


def _curve(at_s: tuple[float, ...], db: tuple[float, ...]) -> Curve | None:
    return Curve(tuple(s * RATE_HZ for s in at_s), db) if at_s else None


def as_recorded(track: TrackSpan, recording: Score, dark_from: int) -> TrackSpan:
    """A `recording` that a script plays whose dark begins at frame `dark_from`, as its record has
    it: its loudness, what is held down of it, and where it is shorter than its stage the end that
    it has by itself."""
    (taken,) = recording.tracks
    end = min(track.end, track.start + taken.end)
    softening, levels = taken.softening, taken.levels
    is_elsewhere = max(dark_from - track.start, 0) != recording.dark_from
    if is_elsewhere and end > dark_from and taken.loop is None:
        softening = taken.anywhere
        levels = levels and replace(levels, held=_held(len(levels.db), softening))
    return _fading_to_silence(
        replace(
            track,
            end=end,
            fade_frames=taken.fade_frames if end < track.end else track.fade_frames,
            gain_db=taken.gain_db + track.gain_db,
            lufs=taken.lufs,
            softening=softening,
            softens=taken.softens,
            loop=taken.loop,
            levels=levels,
            jolts=taken.jolts,
        )
    )


def _fading_to_silence(track: TrackSpan) -> TrackSpan:
    """The fade takes the loudest that is in it down to silence."""
    loudest = replace(track, fade_frames=0).loudest(track.end - track.fade_frames, track.end)
    return replace(track, fade_db=loudest - SILENT_LUFS)


def _levels(record: Record, softening: Curve | None) -> Levels | None:
    """The level of every second, as the record has it; the lowest point of the softening in it
    counts for all of it, since what is softened may be as short as a clap."""
    if not record.levels_db:
        return None
    db = np.asarray(record.levels_db, np.float32)
    return Levels(RATE_HZ, db, _held(len(db), softening))


def _held(seconds: int, softening: Curve | None) -> NDArray[np.float32]:
    held = np.zeros(seconds, np.float32)
    if softening is not None:
        rows = np.arange(seconds * 10) * ROW + ROW / 2
        held[:] = softening.over(rows).reshape(-1, 10).min(axis=1)
        inside = np.clip(np.array(softening.xs) / RATE_HZ, 0, seconds - 1).astype(np.int64)
        np.minimum.at(held, inside, np.array(softening.ys, np.float32))
    return held


def exactly(score: Score, folder: Path) -> Score:
    """The score of the recording in `folder` with its level in every tenth of a second, as
    proofs and charts want it. Raises OSError and ValueError."""
    rows = np.load(folder / LEVELS, mmap_mode="r", allow_pickle=False)
    if rows.ndim != 2 or rows.shape[1] != 3 or rows.dtype != np.float32:
        raise ValueError(f"{LEVELS} is not what the intake writes")
    return with_levels(score, rows)


def with_levels(score: Score, rows: NDArray[np.float32]) -> Score:
    """The score of a recording with the `rows` of its `levels.npy`. Pure."""
    db = 10.0 * np.log10(np.maximum(rows[:, 0].astype(np.float64), 1e-12))
    levels = Levels(ROW, db.astype(np.float32))
    return replace(score, tracks=tuple(replace(t, levels=levels) for t in score.tracks))


def _sounding_frames(record: Record) -> int:
    """The length of what is heard of it: a long silence at its end is none of it."""
    heard = [s for s, db in enumerate(record.levels_db) if db + record.gain_db > AUDIBLE_DB]
    if not heard:
        return record.frames
    over = (heard[-1] + 2) * RATE_HZ
    return over if record.frames - over > SILENT_END_S * RATE_HZ else record.frames


def loop_of(levels_db: tuple[float, ...], frames: int) -> Loop:
    """The middle of a recording with these levels in each second, as even as it can be had."""
    levels = np.array(levels_db)
    first, last = 0, frames
    edge = int(len(levels) * LOOP_EDGE_SHARE)
    if edge > LOOP_EDGE_S:
        even = np.flatnonzero(levels >= np.median(levels) - LOOP_EDGE_DB)
        first = round((min(int(even[0]), edge) + LOOP_EDGE_S) * RATE_HZ)
        last = round((max(int(even[-1]), len(levels) - 1 - edge) - LOOP_EDGE_S + 1) * RATE_HZ)
        last = min(last, frames)
    overlap = min(round(CROSS_S * RATE_HZ), (last - first) // 4)
    return Loop(first, last, overlap)


# -- stages ------------------------------------------------------------------------------------


def _stages(
    chapters: tuple[Chapter, ...], lit: int, end: int, person: Person
) -> tuple[StageSpan, ...]:
    """The chapters, cut in two where the dark begins; without chapters a lit and a dark part."""
    light_only = "breathe" if person.light.lamp is Lamp.BREATH else "rest"
    parts = [(0, light_only), (lit, "listen")]
    if chapters and not person.loop:
        parts = _named(chapters, end)
        if 0 < lit < end and all(begin != lit for begin, _ in parts):
            inside = [name for begin, name in parts if begin < lit]
            parts = sorted([*parts, (lit, inside[-1])])
    parts = [part for part in parts if part[0] < end]
    ends = [begin for begin, _ in parts[1:]] + [end]
    return tuple(
        StageSpan(name, StageKind.BREATH if begin < lit else StageKind.SLEEP, begin, until)
        for (begin, name), until in zip(parts, ends, strict=True)
        if until > begin
    )


def _named(chapters: tuple[Chapter, ...], end: int) -> list[tuple[int, str]]:
    """(first frame, name) of each chapter in order, the first at 0."""
    parts: dict[int, str] = {}
    for number, chapter in enumerate(sorted(chapters, key=lambda c: c.start_s), 1):
        begin = round(max(chapter.start_s, 0.0) * RATE_HZ)
        name = printable(chapter.title).strip()[:MAX_STAGE_NAME] or f"chapter {number}"
        if begin < end:
            parts.setdefault(begin, name)
    if 0 not in parts:
        parts[0] = "beginning"
    return sorted(parts.items())


# -- not taken in: the evening of the upgrade --------------------------------------------------


def is_recording(name: str) -> bool:
    """Whether a file in the library folder is meant to be played, by its name."""
    return not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES


def score_of_recording(path: Path) -> Score:
    """The programme that plays the file at `path`, by its header. Raises BadSound."""
    source = FileSource(path)
    frames = source.frames
    source.close()
    seconds = frames / RATE_HZ
    if seconds < MIN_S:
        raise BadSound(f"is only {seconds:.1f} s long; at least {MIN_S:g} s can be a programme")
    if seconds > MAX_S:
        raise BadSound(f"is {format_duration(seconds)} long; at most 12 hours can be played")
    return score_by_header(path.name, frames)


def score_by_header(name: str, frames: int) -> Score:
    """The score of a file of which only its length is known, in frames. Pure."""
    person = Person(light=Light(lit_s=LIT_S))
    lit_s = min(LIT_S, frames / RATE_HZ)
    fade_frames = min(round(FADE_S * RATE_HZ), round(frames * FADE_SHARE))
    return Score(
        id=name,
        title=Path(name).stem,
        kind=Kind.UNGUIDED,
        ending=Ending.SLEEP_THROUGH,
        frames=frames,
        stages=_stages((), round(lit_s * RATE_HZ), frames, person),
        clips=(),
        beds=(),
        tracks=(TrackSpan(name, 0, frames, 0.0, fade_frames),),
        light=light_for(name, person.light, lit_s),
        voice_lufs=VOICE_LUFS,
    )
