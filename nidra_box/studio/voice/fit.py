"""Which words are too long for their place, by how much, and how long they may be. Pure.

A cue has no place of its own: it shares a stretch of its stage with others, with fixed pauses
and with waits for the breath. What runs over is put down to those that take the most more than
the script's pace gives them, and to no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nidra_box.score.breath import BreathLine
from nidra_box.score.compile import estimated_s, spoken_words
from nidra_box.score.layout import Stretch, lay_out, stretches_of
from nidra_box.score.script import FLEX, Cue, Say, Script
from nidra_box.score.vocabulary import MAX_UNCLAIMED_S

TOLERANCE_S = 0.001
_HALVINGS = 30


@dataclass(frozen=True, slots=True)
class Misfit:
    """Words that do not fit, or (with `words` empty) a stage that does not work out.

    `length_s` is what they take now (a stage: its speech); `over_s` by how much they are too
    long, below 0 the seconds of a stage that no pause claims.
    """

    stage: str
    words: str
    length_s: float
    over_s: float


def lengths_of(script: Script, measured: Mapping[str, float]) -> dict[str, float]:
    """Spoken words → seconds: measured, or estimated at the script's pace."""
    return {
        spoken_words(cue): measured.get(spoken_words(cue), estimated_s(cue, script))
        for _, cue in script.spoken()
    }


def misfits(script: Script, measured: Mapping[str, float], breath: BreathLine) -> list[Misfit]:
    """Everything that keeps words of these lengths (seconds) from being laid out."""
    paced, lengths = lengths_of(script, {}), lengths_of(script, measured)
    found: list[Misfit] = []
    for stage, start in zip(script.stages, script.starts_s(), strict=False):
        before = len(found)
        for stretch in stretches_of(stage, start):
            found += _too_long(stage.id, stretch, lengths, paced, breath)
        if len(found) == before:
            layout = lay_out(stage, start, lambda cue: _length(cue, lengths), breath)
            if layout.unclaimed_s > MAX_UNCLAIMED_S:
                found.append(Misfit(stage.id, "", layout.speech_s, -layout.unclaimed_s))
    return found


def longest_s(
    script: Script, words: str, measured: Mapping[str, float], breath: BreathLine
) -> float:
    """The seconds that `words` may take in every place where they are spoken, when all other
    words take what was measured or estimated and flex pauses shrink to nothing."""
    lengths = lengths_of(script, measured)
    longest = script.duration_s
    for stage, start in zip(script.stages, script.starts_s(), strict=False):
        for stretch in stretches_of(stage, start):
            if words in _words_in(stretch):
                whole = min(longest, stretch.end_s - stretch.begin_s)
                longest = _longest(stretch, words, 0.0, whole, lengths, breath)
    return longest


def shortest_flex_s(
    script: Script, measured: Mapping[str, float], breath: BreathLine
) -> float | None:
    """The shortest of the pauses that bend, in seconds; None without any."""
    lengths = lengths_of(script, measured)
    found = [
        lay_out(stage, start, lambda cue: _length(cue, lengths), breath).flex_s
        for stage, start in zip(script.stages, script.starts_s(), strict=False)
        if any(cue.pause_s == FLEX for cue in stage.cues)
    ]
    return min((flex for flex in found if flex is not None), default=None)


def _too_long(
    stage: str,
    stretch: Stretch,
    lengths: Mapping[str, float],
    paced: Mapping[str, float],
    breath: BreathLine,
) -> list[Misfit]:
    """The cues to shorten so that the stretch fits, those furthest over their pace first."""
    now, found = dict(lengths), []
    words = sorted(_words_in(stretch), key=lambda w: paced[w] - lengths[w])
    for cue in words:
        excess = lengths[cue] - paced[cue]
        if _over(stretch, now, breath) <= TOLERANCE_S or excess <= TOLERANCE_S:
            break
        now[cue] = _longest(stretch, cue, paced[cue], lengths[cue], now, breath)
        found.append(Misfit(stage, cue, lengths[cue], lengths[cue] - now[cue]))
    over = _over(stretch, now, breath)
    if over > TOLERANCE_S:  # even at the script's pace
        found.append(Misfit(stage, "", sum(lengths[cue] for cue in words), over))
    return found


def _longest(
    stretch: Stretch,
    words: str,
    low: float,
    high: float,
    lengths: Mapping[str, float],
    breath: BreathLine,
) -> float:
    """The longest that `words` may be between `low` and `high`; `low` when nothing helps."""
    if _over(stretch, {**lengths, words: high}, breath) <= 0.0:
        return high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _over(stretch, {**lengths, words: middle}, breath) <= 0.0:
            low = middle
        else:
            high = middle
    return low


def _over(stretch: Stretch, lengths: Mapping[str, float], breath: BreathLine) -> float:
    """How many seconds the stretch runs past its end."""
    return stretch.tight_end_s(lambda cue: _length(cue, lengths), breath) - stretch.end_s


def _length(cue: Cue, lengths: Mapping[str, float]) -> float:
    return lengths[spoken_words(cue)] if isinstance(cue, Say) else 0.0


def _words_in(stretch: Stretch) -> list[str]:
    return list(dict.fromkeys(spoken_words(cue) for cue in stretch.cues if isinstance(cue, Say)))
