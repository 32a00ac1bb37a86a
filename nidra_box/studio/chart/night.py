"""What a chart shows of a night: its sound, its light, and what is marked on it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.curves import FloatArray
from nidra_box.score.score import Score
from nidra_box.score.vocabulary import MIN_BREATH_RATE, RECORDING_LUFS, Kind
from nidra_box.units import NOTHING_DB, RATE_HZ, SILENT_LUFS
from nidra_box.words import format_duration

SAMPLES_HZ = 5
"""How often a night is looked at. A breath of the light turns with zero slope: a sample is
never more than 0.2 L* from its floor or its peak."""

LONGEST_BREATH_S = 60.0 / MIN_BREATH_RATE
DARK_S = 1.0  # exactly 0 for longer than this is dark, and no turn of a breath
JOIN_S, JOIN_SHARE = 600.0, 0.04  # what happens closer together than this is one stretch
LONG_LIGHT_S = 300.0  # a hand in the dark gets no close-up
BEFORE_S, AFTER_S = 90.0, 120.0
MOST_STRETCHES = 3

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a hand or (`by_world`) the world did. `steps` are the detents of a turn."""

    at_s: float
    name: str
    steps: int = 0
    count: int = 1
    by_world: bool = False


@dataclass(frozen=True, slots=True)
class LateJolt:
    """What stands out of a recording in the dark by `over_db`, and by how much it is held down
    (0 where its person wants it as it is)."""

    begin_s: float
    end_s: float
    over_db: float
    held_db: float


@dataclass(slots=True)
class Night:
    """A night ready to be drawn. All times in seconds from its beginning.

    `sound_db` is the level at `sound_s`, NOTHING_DB or less in silence; `sound_label` says
    what it is measured in. `lightness` (L*) and `redness` (0 amber, 1 red) are samples at
    `SAMPLES_HZ` from 0 on. Stages are (begin, end, name), words and bells (begin, end).
    """

    title: str
    facts: tuple[str, ...]
    length_s: float
    sound_s: FloatArray
    sound_db: FloatArray
    sound_label: str
    lightness: FloatArray
    redness: FloatArray
    stages: list[tuple[float, float, str]]
    words: list[Span] = field(default_factory=list)
    bells: list[Span] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    jolts: list[LateJolt] = field(default_factory=list)

    @property
    def sounds(self) -> bool:
        return bool((self.sound_db > NOTHING_DB).any())

    @property
    def is_lit(self) -> bool:
        return bool((self.lightness > 0).any())

    def envelope(self) -> tuple[FloatArray, FloatArray]:
        """The floor and the peak between which the light breathes, at every sample."""
        return envelope(self.lightness)

    def stretches(self) -> list[Span]:
        """Where somebody is to see or to understand: words, or light for long, with a margin."""
        near = max(JOIN_S, JOIN_SHARE * self.length_s)
        lit = joined(runs_of(self.lightness > 0, 1 / SAMPLES_HZ), LONGEST_BREATH_S)
        long_lit = [
            (begin, end)
            for begin, end in lit
            if end - begin >= LONG_LIGHT_S or any(begin <= said < end for said, _ in self.words)
        ]
        busy = joined(sorted([*long_lit, *self.words, *self.bells]), near)
        longest = sorted(busy, key=lambda span: span[0] - span[1])[:MOST_STRETCHES]
        wide = [
            (
                0.0 if begin < near else begin - BEFORE_S,
                self.length_s if self.length_s - end < near else end + AFTER_S,
            )
            for begin, end in sorted(longest)
        ]
        return joined(wide, near)


def joined(spans: list[Span], near: float) -> list[Span]:
    """Ordered spans, those with less than `near` between them made one."""
    result: list[Span] = []
    for begin, end in spans:
        if result and begin - result[-1][1] < near:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((begin, end))
    return result


def runs_of(mask: NDArray[np.bool_], step_s: float) -> list[Span]:
    """The spans over which `mask`, a value every `step_s`, is true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(float(a) * step_s, float(b) * step_s) for a, b in edges.reshape(-1, 2)]


# -- the envelope of a breath ---------------------------------------------------------------


def envelope(lightness: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(floor, peak): valleys narrower than the longest breath filled up, and peaks narrower
    than it taken off. Both are 0 where it is dark."""
    window = int(LONGEST_BREATH_S * SAMPLES_HZ) + 1
    wide = np.pad(lightness, window - 1, mode="edge")
    peak = _slide(_slide(wide, window, np.maximum), window, np.minimum)
    floor = _slide(_slide(wide, window, np.minimum), window, np.maximum)
    for begin, end in runs_of(lightness <= 0, 1.0):
        if end - begin > DARK_S * SAMPLES_HZ:
            peak[int(begin) : int(end)] = 0.0
    return floor, peak


def _slide(
    values: FloatArray, window: int, best: Callable[[FloatArray, FloatArray], FloatArray]
) -> FloatArray:
    """The best of every `window` neighbours."""
    result, reach = values, 1
    while reach < window:
        step = min(reach, window - reach)
        result = best(result[:-step], result[step:])
        reach += step
    return result


# -- a programme as it is written ------------------------------------------------------------


def night_of_score(score: Score) -> Night:
    """A programme as it is written, at full volume."""
    times = np.arange(int(score.duration_s * SAMPLES_HZ) + 1) / SAMPLES_HZ
    lightness, redness = _light(score, times)
    night = Night(
        title=score.title,
        facts=(),
        length_s=score.duration_s,
        sound_s=times,
        sound_db=_levels(score, times),
        sound_label="sound in LUFS, at full volume",
        lightness=lightness,
        redness=redness,
        stages=[(s.start_s, s.end_s, s.id) for s in score.stages],
        words=[
            *((c.start / RATE_HZ, c.end / RATE_HZ) for c in score.clips if c.words),
            *((line.at_s, line.until_s) for line in score.lines),
        ],
        bells=[(c.start / RATE_HZ, c.end / RATE_HZ) for c in score.clips if not c.words],
    )
    night.jolts = jolts_of(score)
    night.facts = _facts(night, score)
    return night


def jolts_of(score: Score) -> list[LateJolt]:
    """The late jolts of the recordings in a score, in its seconds."""
    found = []
    for track in score.tracks:
        for jolt in track.jolts:
            held = 0.0
            if track.softening is not None:
                places = np.linspace(jolt.first, jolt.last, 50)
                held = max(0.0, -float(track.softening.over(places).min()))
            begin, end = ((track.start + at) / RATE_HZ for at in (jolt.first, jolt.last))
            found.append(LateJolt(begin, end, jolt.over_db, held))
    return found


def told_jolts(jolts: list[LateJolt]) -> list[str]:
    """How many there are, as facts for a title."""
    facts = []
    for held, what in ((True, "held down"), (False, "as it is")):
        count = sum((jolt.held_db > 0.0) == held for jolt in jolts)
        words = what if count == 1 or held else "as they are"
        if count:
            facts.append(f"{count} late jolts {words}" if count > 1 else f"a late jolt {words}")
    return facts


def _light(score: Score, times: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The light at every time; the breath is only followed where there is any."""
    line = score.light
    lit = (line.peak.over(times) > 0) | (line.floor.over(times) > 0)
    lit[1:] |= lit[:-1].copy()
    lit[:-1] |= lit[1:].copy()
    lightness = np.zeros(len(times))
    lightness[lit] = [score.lightness(float(t)) for t in times[lit]]
    return lightness, line.redness.over(times)


def _levels(score: Score, times: FloatArray) -> FloatArray:
    """`Score.level_at` at every time."""
    frames = times * RATE_HZ
    power = np.zeros(len(times))
    for bed in score.beds:
        level = bed.lufs.over(frames)
        power += np.where(level > SILENT_LUFS, 10.0 ** (level / 10.0), 0.0)
    for clip in score.clips:
        inside = slice(*np.searchsorted(frames, (clip.start, clip.end)))
        power[inside] += 10.0 ** (clip.level_lufs / 10.0)
    for track in score.tracks:
        inside = slice(*np.searchsorted(frames, (track.start, track.end)))
        power[inside] += 10.0 ** (track.level(frames[inside].astype(np.int64)) / 10.0)
    power[frames >= score.frames] = 0.0
    return decibels(power)


def decibels(power: FloatArray) -> FloatArray:
    """NOTHING_DB where there is nothing."""
    with np.errstate(divide="ignore"):
        return np.maximum(10.0 * np.log10(power), NOTHING_DB)


def _facts(night: Night, score: Score) -> tuple[str, ...]:
    """What a person wants to know before the picture: length, kind, words, light."""
    facts = [format_duration(night.length_s), str(score.kind).replace("-", " ")]
    if night.words:
        said = [clip.words for clip in score.clips] + [line.words for line in score.lines]
        count = sum(len(words.split()) for words in said)
        facts.append(f"{count} words until {format_duration(night.words[-1][1])}")
    if night.bells:
        count = len(night.bells)
        facts.append(f"{count} bells (○)" if count > 1 else "a bell (○)")
    if any(track.levels is None for track in score.tracks):
        facts.append(f"its sound taken to be at {RECORDING_LUFS:.0f} LUFS".replace("-", "−"))
    facts += told_jolts(night.jolts)
    if not night.sounds and score.kind is not Kind.LIGHT_ONLY:
        facts.append("no sound")
    lit = np.flatnonzero(night.lightness > 0)
    if len(lit):
        until = float(lit[-1] + 1) / SAMPLES_HZ
        at_the_end = night.length_s - until < LONGEST_BREATH_S
        facts.append("light to the end" if at_the_end else f"light until {format_duration(until)}")
    else:
        facts.append("no light")
    return tuple(facts)
