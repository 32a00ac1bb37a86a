"""Gives every cue of a stage its time. Pure.

A stage's length is fixed and the length of speech is measured; a pause counts from the
end of its cue; a synced cue waits for its part of the breath; flex pauses share the rest
equally. `at` times divide a stage into stretches that are laid out separately.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from nidra_box.score.breath import BreathLine
from nidra_box.score.script import FLEX, Cue, Say, Stage
from nidra_box.score.vocabulary import Part

PRECISION_S = 1e-6
"""The precision of flex pauses between synced cues: a twentieth of a frame."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A cue and the seconds of the night at which it begins and its own sound ends."""

    cue: Cue
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A stage laid out. Times are seconds of the night.

    `over_s`: how far speech and fixed pauses exceed the stage (0 if they fit); `unclaimed_s`:
    the silence at the end that no pause asked for; `flex_s`: the shortest flex pause (None
    without one); `speech_s`: the words alone.
    """

    placed: tuple[Placed, ...]
    over_s: float
    unclaimed_s: float
    flex_s: float | None
    speech_s: float


def lay_out(
    stage: Stage,
    start_s: float,
    length_s: Callable[[Cue], float],
    breath: BreathLine,
) -> Layout:
    """Place the cues of `stage`, which begins at `start_s` of the night.

    `length_s` gives the length of a cue without its pause: measured for words, 0 for a bowl
    (it rings on under the next cue) and for silence.
    """
    speech = sum(length_s(cue) for cue in stage.cues if isinstance(cue, Say))
    whole = Layout((), 0.0, 0.0, None, speech)
    for stretch in stretches_of(stage, start_s):
        part = _fit(stretch, length_s, breath)
        flexes = [f for f in (whole.flex_s, part.flex_s) if f is not None]
        whole = replace(
            whole,
            placed=whole.placed + part.placed,
            over_s=max(whole.over_s, part.over_s),
            unclaimed_s=max(whole.unclaimed_s, part.unclaimed_s),
            flex_s=min(flexes) if flexes else None,
        )
    return whole


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive cues between two fixed times of the night."""

    begin_s: float
    end_s: float
    cues: tuple[Cue, ...]

    def tight_end_s(self, length_s: Callable[[Cue], float], breath: BreathLine) -> float:
        """When the cues end with flex pauses of 0; never earlier if a cue becomes longer."""
        return _walk(self, 0.0, length_s, breath)[1]


def stretches_of(stage: Stage, start_s: float) -> list[Stretch]:
    """The stretches between the start of `stage` at `start_s`, its `at` times and its end."""
    cuts: list[tuple[float, list[Cue]]] = [(start_s, [])]
    for cue in stage.cues:
        if cue.at_s is not None:
            cuts.append((start_s + cue.at_s, []))
        cuts[-1][1].append(cue)
    ends = [begin for begin, _ in cuts[1:]] + [start_s + stage.duration_s]
    return [
        Stretch(begin, end, tuple(cues))
        for (begin, cues), end in zip(cuts, ends, strict=True)
        if cues
    ]


def _walk(
    stretch: Stretch, flex_s: float, length_s: Callable[[Cue], float], breath: BreathLine
) -> tuple[list[Placed], float]:
    """The cues placed with flex pauses of `flex_s`, and when the last pause ends."""
    now, placed = stretch.begin_s, []
    for cue in stretch.cues:
        if cue.sync:
            waited = breath.next_start(Part(cue.sync), now)
            now = now if waited is None else waited
        length = length_s(cue)
        placed.append(Placed(cue, now, now + length))
        now += length + (flex_s if cue.pause_s == FLEX else cue.pause_s)
    return placed, now


def _fit(stretch: Stretch, length_s: Callable[[Cue], float], breath: BreathLine) -> Layout:
    end = stretch.end_s
    flexible = any(cue.pause_s == FLEX for cue in stretch.cues)
    tight, done = _walk(stretch, 0.0, length_s, breath)
    if done > end + 1e-6:
        return Layout(tuple(tight), done - end, 0.0, 0.0 if flexible else None, 0.0)
    if not flexible:
        return Layout(tuple(tight), 0.0, end - done, None, 0.0)
    low, high = 0.0, end - stretch.begin_s
    if not any(cue.sync for cue in stretch.cues):  # no cue waits: divide the rest
        low = high = (end - done) / sum(cue.pause_s == FLEX for cue in stretch.cues)
    while high - low > PRECISION_S:
        middle = (low + high) / 2
        if _walk(stretch, middle, length_s, breath)[1] <= end:
            low = middle
        else:
            high = middle
    return Layout(tuple(_walk(stretch, low, length_s, breath)[0]), 0.0, 0.0, low, 0.0)
