"""The mixdown: a state and a number of frames in, 16-bit frames and the next state out.

In each playback every layer (the voice, each bed, each recording) has a level in dB: what
the score wants, plus the volume, plus the sleep timer's fade, limited in its rise. Then
come the sum, the limiter, dither, 16 bits. An offline render of the same commands at the
same frames on the same grid of blocks gives the same samples, bit for bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.curves import amplitudes
from nidra_box.score.score import Clip, Score
from nidra_box.score.track import TrackSpan
from nidra_box.score.vocabulary import TITLE_AFTER_S, TITLE_LUFS
from nidra_box.sound.mix.levels import Grid, Level, raised_cosine, rise_limited, while_it_lasts
from nidra_box.sound.mix.limiter import DELAY, LimiterState, limit
from nidra_box.sound.mix.looped import looped, places_between
from nidra_box.sound.mix.pcm import Pcm, to_pcm
from nidra_box.sound.mix.state import MixState, Playback
from nidra_box.units import RATE_HZ, SILENT_LUFS, amplitude

Frames = NDArray[np.float32]

CENTRE = np.float32(math.sqrt(0.5))
"""What a mono sound is given in each of two channels, to measure in both together what its
file measures (BS.1770 adds the channels' power)."""
CLIP_EDGE = RATE_HZ // 200
"""5 ms: a codec leaves a little at the end of a clip, which must not break off with a click."""

BED_LUFS = -23.0
"""The loudness that every synthesised bed is normalised to (see `sound.beds`)."""


class Reader(Protocol):
    """Where decoded sound comes from. Called on the thread that mixes; never blocks in the
    running box (an offline reader may decode on the spot)."""

    def read(self, source: str, start: int, n: int) -> Frames | None:
        """Frames [start, start + n) of `source`, (n, 1) or (n, 2) at RATE_HZ; zeros outside
        it and for a source that is broken. None when they are not decoded yet."""
        ...

    def is_broken(self, source: str) -> bool:
        """Whether `source` cannot be read; it may come (a bed that is being made)."""
        ...

    def decoded_until(self, source: str, start: int) -> int:
        """The first frame from `start` on that is not decoded: all that a broken one has left."""
        ...


class NotDecoded(Exception):
    """A layer's sound is not there yet."""


def mix(state: MixState, n: int, reader: Reader, patient: bool = False) -> tuple[Pcm, MixState]:
    """Render the next `n` frames: int16 (n, 2), and the state after them.

    The samples lie DELAY frames behind the state's frame count (the limiter's look-ahead). A
    layer that is not decoded yet is silent and rises from silence later; when `patient`,
    NotDecoded is raised instead, for the caller to come again.
    """
    if state.is_silent:
        ended = replace(state, frame=state.frame + n, limiter=LimiterState())
        return np.zeros((n, 2), np.int16), ended
    grid = Grid(state.frame, n)
    total = np.zeros((n, 2), np.float32)
    playbacks = []
    for playback in state.playbacks:
        frames, after = _mix_playback(state, playback, grid, reader, patient)
        total += frames
        playbacks.append(after)
    limited, limiter = limit(total, state.limiter)
    tail = DELAY if state.playbacks else state.tail - n
    after_state = replace(_past(state, playbacks, grid), limiter=limiter, tail=tail)
    return to_pcm(limited, state.frame), after_state


@dataclass(frozen=True, slots=True)
class Heard:
    """One layer over a grid: `level` in dB as it sounds, `envelope` the amplitude of its
    playback's fade-out (1 when it does not fade)."""

    layer: str
    level: Level
    envelope: Level


def trace_levels(state: MixState, grid: Grid) -> tuple[list[Heard], MixState]:
    """The levels of every layer over a grid that begins at the state's frame, and the state
    after it, without any sound: what a proof or a chart of a night needs."""
    heard: list[Heard] = []
    playbacks = []
    for before in state.playbacks:
        envelope = _envelope(before, grid)
        after = before
        for key, wanted in _wanted_levels(state, before, grid):
            level, after = _limited(after, key, wanted, grid)
            heard.append(Heard(f"{before.start}/{key}", level, envelope))
        playbacks.append(after)
    return heard, replace(_past(state, playbacks, grid), limiter=LimiterState())


def _past(state: MixState, playbacks: list[Playback], grid: Grid) -> MixState:
    left = tuple(p for p in playbacks if not p.is_over(grid.end))
    return replace(state, frame=grid.end, playbacks=left, tail=DELAY if left else 0)


def _wanted_levels(state: MixState, playback: Playback, grid: Grid) -> list[tuple[str, Level]]:
    """The level in dB that each layer of the score should have over the grid."""
    score = playback.score
    local = grid.shifted(playback.from_frame - playback.start)
    master = state.volume.over(grid) + state.fade.over(grid) + playback.rise.over(grid)
    wanted: list[tuple[str, Level]] = []
    if score.clips:
        wanted.append(("voice", score.voice_lufs + master))
    for bed in score.beds:
        if bed.lufs.is_constant(local.start, local.end):
            level: Level = bed.lufs.at(local.start)
        else:
            level = bed.lufs.over(local.frames())
        wanted.append((f"bed:{bed.id}", _off_below_floor(level) + master))
    for track in score.tracks:
        if track.start < local.end and track.end > local.start:
            wanted.append((f"track:{track.start}", _track_level(track, local) + master))
    if playback.announces and grid.start < playback.start + title_end(score):
        wanted.append(("title", TITLE_LUFS + master))
    return wanted


def _track_level(track: TrackSpan, local: Grid) -> Level:
    if track.is_plain(local.start, local.end):
        return track.level_lufs
    return track.level_lufs + track.shape(local.frames())


def _off_below_floor(level: Level) -> Level:
    """A bed at SILENT_LUFS is off, not quiet."""
    if isinstance(level, float):
        return level if level > SILENT_LUFS else -np.inf
    return np.where(level > SILENT_LUFS, level, -np.inf)


def _limited(playback: Playback, key: str, wanted: Level, grid: Grid) -> tuple[Level, Playback]:
    """The layer's level after the limit on its rise, and the playback that remembers it."""
    remembered = dict(playback.levels)
    level, remembered[key] = rise_limited(wanted, remembered.get(key, SILENT_LUFS), grid)
    return level, replace(playback, levels=tuple(remembered.items()))


def _envelope(playback: Playback, grid: Grid) -> Level:
    if not playback.fades:
        return 1.0
    return raised_cosine(playback.fade_start, playback.fade_frames, grid)


def _mix_playback(
    state: MixState, playback: Playback, grid: Grid, reader: Reader, patient: bool
) -> tuple[Frames, Playback]:
    start, n = playback.position(grid.start), grid.count
    total = np.zeros((n, 2), np.float32)
    for key, wanted in _wanted_levels(state, playback, grid):
        late = False
        try:
            material, reference_lufs = _material(playback, key, start, n, reader)
        except NotDecoded:
            if patient:
                raise
            material, reference_lufs, late = None, 0.0, True
        # What comes late rises from silence.
        asked = -np.inf if late else wanted
        if key not in {"title", "voice"} and not late:
            source, place = _only_source(playback.score, key, start)
            if reader.is_broken(source):
                before = dict(playback.levels).get(key, SILENT_LUFS)
                left = reader.decoded_until(source, place) - place
                asked = while_it_lasts(wanted, before, grid, left)
        level, playback = _limited(playback, key, asked, grid)
        if material is not None:
            total += material * _column(amplitude_of(level - reference_lufs))
    end = playback.score.frames - start
    if end < n:
        total[max(end, 0) :] = 0.0
    envelope = _envelope(playback, grid)
    if isinstance(envelope, float) and envelope == 1.0:
        return total, playback
    return total * _column(envelope), playback


def amplitude_of(level: Level) -> Level:
    """The factor of a level in dB, for a whole grid or point by point."""
    return amplitude(level) if isinstance(level, float) else amplitudes(level)


def _column(gain: Level) -> np.float32 | Frames:
    """A gain in the shape that multiplies (n, channels) frames."""
    return np.float32(gain) if isinstance(gain, float) else gain[:, None].astype(np.float32)


def _read(reader: Reader, source: str, start: int, n: int) -> Frames:
    frames = reader.read(source, start, n)
    if frames is None:
        raise NotDecoded(source)
    return frames


def _only_source(score: Score, key: str, start: int) -> tuple[str, int]:
    """The source of a layer that has one (a bed, a recording), and its frame at `start`."""
    if key.startswith("bed:"):
        return key, start
    track = _track_of(score, key)
    return track.source, int(track.places(np.array([start]))[0])


def _track_of(score: Score, key: str) -> TrackSpan:
    return next(t for t in score.tracks if key == f"track:{t.start}")


def _material(
    playback: Playback, key: str, start: int, n: int, reader: Reader
) -> tuple[Frames | None, float]:
    """The layer's own sound over the score's frames [start, start + n), None where it has
    none, and the LUFS it stands at. Raises NotDecoded."""
    score = playback.score
    if key == "title":
        return _title(score, start - playback.from_frame, n, reader), TITLE_LUFS
    if key == "voice":
        return _voice(score, start, n, reader), score.voice_lufs
    if key.startswith("bed:"):
        return _read(reader, key, start, n), BED_LUFS
    track = _track_of(score, key)
    return _track(track, start, n, reader), track.lufs


TITLE_AFTER = round(TITLE_AFTER_S * RATE_HZ)


def title_end(score: Score) -> int:
    """The frame, from the start of a playback that announces, at which its title is said."""
    return TITLE_AFTER + score.title_clip.frames if score.title_clip is not None else 0


def _title(score: Score, since: int, n: int, reader: Reader) -> Frames | None:
    clip, first = score.title_clip, since - TITLE_AFTER
    if clip is None or first + n <= 0 or first >= clip.frames:
        return None
    return _clip(clip, first, n, reader)


def _voice(score: Score, start: int, n: int, reader: Reader) -> Frames | None:
    clips = [clip for clip in score.clips_between(start, start + n) if clip.source]
    if not clips:
        return None
    line = np.zeros((n, 1), np.float32)
    for clip in clips:
        line += _clip(clip, start - clip.start, n, reader)
    return line


def _clip(clip: Clip, first: int, n: int, reader: Reader) -> Frames:
    """Frames [first, first + n) of a clip, mono, at its level; zeros outside it."""
    frames = _read(reader, clip.source, first, n)
    mono = frames.mean(axis=1, keepdims=True) if frames.shape[1] > 1 else frames * CENTRE
    edge = raised_cosine(clip.frames - CLIP_EDGE, CLIP_EDGE, Grid(first, n))
    line: Frames = mono * (np.float32(amplitude(clip.gain_db)) * _column(edge))
    line[max(clip.frames - first, 0) :] = 0.0
    return line


def _track(track: TrackSpan, start: int, n: int, reader: Reader) -> Frames:
    def read(place: int, count: int) -> Frames:
        return _read(reader, track.source, place, count)

    first = start - track.start
    frames = read(first, n) if track.loop is None else looped(read, track.loop, first, n)
    return frames * CENTRE if frames.shape[1] == 1 else frames


def title_source(score: Score) -> list[tuple[str, int, int]]:
    """What must be decoded to say the score's title."""
    clip = score.title_clip
    return [] if clip is None else [(clip.source, 0, clip.frames)]


def sources_between(score: Score, start: int, end: int) -> list[tuple[str, int, int]]:
    """What must be decoded to play the score's frames [start, end): source, first, last."""
    needed = [
        (clip.source, max(0, start - clip.start), min(clip.frames, end - clip.start))
        for clip in score.clips_between(start, end)
        if clip.source
    ]
    needed += [
        (f"bed:{bed.id}", start, end)
        for bed in score.beds
        if bed.lufs.highest(start, end) > SILENT_LUFS
    ]
    for track in score.tracks:
        if track.start < end and track.end > start:
            needed += _needed_of(track, max(0, start - track.start), end - track.start)
    return needed


def _needed_of(track: TrackSpan, first: int, last: int) -> list[tuple[str, int, int]]:
    if track.loop is None:
        return [(track.source, first, last)]
    return [(track.source, a, b) for a, b in places_between(track.loop, first, last)]
