"""A programme in numbers: its words, its light and breath, and its sound as it is rendered.

`of_score` reads the score alone. `of_sound` decodes every clip and renders: the bed in ten
half minutes spread over the stages before sleep, everything together from their beginning to
their end and for one minute in the middle of the longest sleep. It never holds more than a
few seconds of sound. For tools; never in the process that plays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.curves import Curve
from nidra_box.score.score import Score
from nidra_box.sound.loudness import block_powers, gated_lufs
from nidra_box.sound.reader import Complain, DirectReader, OpenSource
from nidra_box.studio.writing.meter import LoudnessMeter, PeakMeter
from nidra_box.studio.writing.render import render_frames
from nidra_box.units import RATE_HZ, SILENT_LUFS

BED_PARTS, BED_PART_S = 10, 30.0
SLEEP_PART_S = 60.0

Span = tuple[int, int]
"""Frames [first, last)."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Measures:
    """What a score says. None where there is nothing to measure.

    `speech_share` is of the stages before sleep; `words_per_minute` counts speech alone, and
    `estimated` tells that some of it has no clip yet. `last_sound_s` is the second at which
    the last sound has ended.
    """

    length_s: float
    words: int
    words_per_minute: float | None
    estimated: bool
    speech_share: float | None
    lit_s: float
    slowest_breath: float | None
    fastest_breath: float | None
    last_sound_s: float | None


@dataclass(frozen=True, slots=True)
class SoundMeasures:
    """What was rendered at full volume. LUFS after BS.1770-4, peaks in dBTP; None where there
    is nothing to measure."""

    voice_lufs: float | None
    bed_lufs: float | None
    sleep_lufs: float | None
    true_peak_db: float | None


def of_score(score: Score) -> Measures:
    """The numbers of a score. Pure."""
    spoken = [clip for clip in score.clips if clip.words]
    words = sum(len(clip.words.split()) for clip in spoken)
    speech_s = sum(clip.frames for clip in spoken) / RATE_HZ
    guided_s = sum(last - first for first, last in guided_spans(score)) / RATE_HZ
    periods = [p for s in score.light.breath.spans for p in (s.period_from_s, s.period_to_s)]
    lit = [t for t in range(int(score.duration_s)) if not score.light.is_dark(t, t + 1.0)]
    return Measures(
        length_s=score.duration_s,
        words=words,
        words_per_minute=words * 60.0 / speech_s if speech_s else None,
        estimated=any(not clip.source for clip in spoken),
        speech_share=speech_s / guided_s if spoken and guided_s else None,
        lit_s=float(len(lit)),
        slowest_breath=60.0 / max(periods) if periods else None,
        fastest_breath=60.0 / min(periods) if periods else None,
        last_sound_s=last_sound_s(score),
    )


def guided_spans(score: Score) -> list[Span]:
    """The stretches that are not sleep."""
    spans: list[Span] = []
    for stage in score.stages:
        if stage.is_sleep:
            continue
        if spans and spans[-1][1] == stage.start:
            spans[-1] = (spans[-1][0], stage.end)
        else:
            spans.append((stage.start, stage.end))
    return spans


def sleep_span(score: Score) -> Span | None:
    """A minute in the middle of the longest sleep stage."""
    stages = [stage for stage in score.stages if stage.is_sleep]
    if not stages:
        return None
    longest = max(stages, key=lambda stage: stage.end - stage.start)
    middle, half = (longest.start + longest.end) // 2, round(SLEEP_PART_S / 2 * RATE_HZ)
    return max(longest.start, middle - half), min(longest.end, middle + half)


def last_sound_s(score: Score) -> float | None:
    """When the last clip has ended, the last recording, and the last bed is silent."""
    ends = [float(clip.end) for clip in score.clips]
    ends += [float(track.end) for track in score.tracks]
    ends += [frame for bed in score.beds if (frame := _silent_from(bed.lufs)) is not None]
    return min(max(ends) / RATE_HZ, score.duration_s) if ends else None


def _silent_from(curve: Curve) -> float | None:
    """The frame from which a bed is off for good; None if it never sounds."""
    points = list(zip(curve.xs, curve.ys, strict=True))
    for (_, y0), (x1, y1) in reversed(list(pairwise(points))):
        if max(y0, y1) > SILENT_LUFS:
            return x1
    return None


def of_sound(
    score: Score,
    open_source: OpenSource,
    progress: Progress = lambda share: None,
    complain: Complain = lambda name, reason: None,
) -> SoundMeasures:
    """The numbers of the sound. What cannot be decoded is told to `complain`."""
    if score.is_silent:
        return SoundMeasures(None, None, None, None)
    sleep = sleep_span(score)
    asleep = [sleep] if sleep else []
    guided = guided_spans(score)
    beds = replace(score, clips=(), longest_clip=0)
    parts = [(beds, _spread(guided)), (beds, asleep), (score, guided + asleep)]
    frames = sum(last - first for _, spans in parts for first, last in spans)
    done = 0

    def told(pcm: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal done
        done += len(pcm)
        progress(done / frames)
        return pcm

    reader = DirectReader(open_source, complain)
    try:
        voice = _voice_lufs(score, reader)
        layers = bool(score.beds or score.tracks)
        lufs = [
            _lufs(what, spans, reader, told) if layers and spans else None
            for what, spans in parts[:2]
        ]
        peak = PeakMeter()
        for span in parts[2][1]:
            for pcm in _rendered(score, span, reader):
                peak.feed(told(pcm))
        return SoundMeasures(voice, lufs[0], lufs[1], peak.db())
    finally:
        reader.close()


def _voice_lufs(score: Score, reader: DirectReader) -> float | None:
    """All clips of words, each at its gain, gated together as one voice."""
    powers = []
    for clip in score.clips:
        sound = reader.read(clip.source, 0, clip.frames) if clip.words and clip.source else None
        if sound is not None:
            mono = sound.mean(axis=1) if sound.shape[1] > 1 else sound[:, 0]
            powers.append(block_powers(mono) * 10.0 ** (clip.gain_db / 10.0))
    return gated_lufs(np.concatenate(powers)) if powers else None


def _spread(spans: list[Span]) -> list[Span]:
    """Ten half minutes spread evenly over `spans`; all of them when they are not longer."""
    part = round(BED_PART_S * RATE_HZ)
    if sum(last - first for first, last in spans) <= BED_PARTS * part:
        return spans
    found = []
    for first, last in spans:
        share = (last - first) / sum(b - a for a, b in spans)
        count = max(1, round(BED_PARTS * share))
        free = max(0, last - first - part)
        starts = [first + free * n // max(1, count - 1) for n in range(count)]
        found += [(start, min(start + part, last)) for start in starts]
    return found


def _lufs(
    score: Score,
    spans: list[Span],
    reader: DirectReader,
    told: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> float:
    meter = LoudnessMeter()
    for span in spans:
        for pcm in _rendered(score, span, reader):
            meter.feed(told(pcm))
        meter.cut()
    return meter.lufs()


def _rendered(score: Score, span: Span, reader: DirectReader) -> Iterator[NDArray[np.float32]]:
    for pcm in render_frames(score, span[0], span[1], reader):
        yield pcm.astype(np.float32) / np.float32(32768.0)
