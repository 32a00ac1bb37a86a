"""The cues of a script as a person meets them: numbered in the order in which they are heard,
words that are said twice only once, with the seconds that they should and may take. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from nidra_box.score.breath import BreathLine
from nidra_box.score.compile import estimated_s, spoken_words
from nidra_box.score.script import Say, Script, Stage
from nidra_box.studio.voice.fit import Misfit, longest_s


@dataclass(frozen=True, slots=True)
class NumberedCue:
    """`words` is what a clip is known by, `say` what a person reads; `target_s` the length at
    the script's pace, `longest_s` the most that fits while all others keep to theirs; `times`
    how often it is heard."""

    number: int
    stage: Stage
    say: Say
    words: str
    target_s: float
    longest_s: float
    times: int


def cues_of(script: Script, breath: BreathLine) -> tuple[NumberedCue, ...]:
    """Every cue to be recorded, from 1 on."""
    first: dict[str, tuple[Stage, Say]] = {}
    times: dict[str, int] = {}
    for stage, cue in script.spoken():
        words = spoken_words(cue)
        first.setdefault(words, (stage, cue))
        times[words] = times.get(words, 0) + 1
    return tuple(
        NumberedCue(
            number,
            stage,
            cue,
            words,
            estimated_s(cue, script),
            longest_s(script, words, {}, breath),
            times[words],
        )
        for number, (words, (stage, cue)) in enumerate(first.items(), start=1)
    )


def file_stem(number: int, count: int) -> str:
    """The name of a cue's recording without its ending: 7 of 57 is `07`."""
    return str(number).zfill(max(2, len(str(count))))


def sentence_of(misfit: Misfit, cues: tuple[NumberedCue, ...]) -> str:
    """A misfit in one line."""
    if misfit.words:
        number = next(cue.number for cue in cues if cue.words == misfit.words)
        return (
            f"cue {number} ({misfit.stage}) takes {misfit.length_s:.1f} s, "
            f"{misfit.over_s:.1f} s too long for its place: {misfit.words!r}"
        )
    if misfit.over_s > 0:
        return (
            f"stage {misfit.stage}: at the script's own pace the words are still "
            f"{misfit.over_s:.1f} s too long: give it fewer words or more time"
        )
    return (
        f"stage {misfit.stage}: {-misfit.over_s:.0f} s are left over that no pause claims: "
        "make one pause flex in the script, or speak more slowly"
    )
