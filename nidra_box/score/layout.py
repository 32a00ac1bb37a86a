"""Where every cue of a stage falls. Pure.

A stage's length is fixed and the length of speech is measured; a pause counts from the
end of its cue; a synced cue waits for its part of the breath; what is then left over is
shared equally by the flex pauses. `at` times cut a stage into stretches that are laid
out one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from nidra_box.score.breath import BreathLine
from nidra_box.score.script import FLEX, Cue, Say, Stage
from nidra_box.score.vocabulary import Part


@dataclass(frozen=True, slots=True)
class Placed:
    """A cue and the seconds of the night at which it begins and its own sound ends."""

    cue: Cue
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A stage laid out. Times are seconds of the night.

    `over_s` how far speech and fixed pauses run past the stage's end (0 when they fit);
    `unclaimed_s` what is left at the end without a pause that asked for it;
    `flex_s` the shortest flex pause (None without one); `speech_s` the words alone.
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

    `length_s` gives the seconds that a cue itself takes: measured for words, 0 for a
    bowl (it rings on under what follows) and for silence (it is all pause).
    """
    end_s = start_s + stage.duration_s
    speech = sum(length_s(cue) for cue in stage.cues if isinstance(cue, Say))
    stretches = _stretches(stage, start_s, end_s)
    whole = Layout((), 0.0, 0.0, None, speech)
    for begin, end, cues in stretches:
        part = _fit(cues, begin, end, length_s, breath)
        flexes = [f for f in (whole.flex_s, part.flex_s) if f is not None]
        whole = replace(
            whole,
            placed=whole.placed + part.placed,
            over_s=max(whole.over_s, part.over_s),
            unclaimed_s=max(whole.unclaimed_s, part.unclaimed_s),
            flex_s=min(flexes) if flexes else None,
        )
    return whole


def _stretches(
    stage: Stage, start_s: float, end_s: float
) -> list[tuple[float, float, tuple[Cue, ...]]]:
    """(begin, end, cues) between the stage's start, its `at` times and its end."""
    cuts: list[tuple[float, list[Cue]]] = [(start_s, [])]
    for cue in stage.cues:
        if cue.at_s is not None:
            cuts.append((start_s + cue.at_s, []))
        cuts[-1][1].append(cue)
    ends = [begin for begin, _ in cuts[1:]] + [end_s]
    return [
        (begin, end, tuple(cues)) for (begin, cues), end in zip(cuts, ends, strict=True) if cues
    ]


def _fit(
    cues: tuple[Cue, ...],
    begin: float,
    end: float,
    length_s: Callable[[Cue], float],
    breath: BreathLine,
) -> Layout:
    def walk(flex_s: float) -> tuple[list[Placed], float]:
        now, placed = begin, []
        for cue in cues:
            if cue.sync:
                waited = breath.next_start(Part(cue.sync), now)
                now = now if waited is None else waited
            length = length_s(cue)
            placed.append(Placed(cue, now, now + length))
            now += length + (flex_s if cue.pause_s == FLEX else cue.pause_s)
        return placed, now

    flexible = any(cue.pause_s == FLEX for cue in cues)
    tight, done = walk(0.0)
    if done > end + 1e-6:
        return Layout(tuple(tight), done - end, 0.0, 0.0 if flexible else None, 0.0)
    if not flexible:
        return Layout(tuple(tight), 0.0, end - done, None, 0.0)
    low, high = 0.0, end - begin
    for _ in range(50):  # halves the doubt to under a microsecond
        middle = (low + high) / 2
        if walk(middle)[1] <= end:
            low = middle
        else:
            high = middle
    return Layout(tuple(walk(low)[0]), 0.0, 0.0, low, 0.0)
