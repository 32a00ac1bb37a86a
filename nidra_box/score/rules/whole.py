"""Rules that need the compiled night."""

from __future__ import annotations

from itertools import pairwise

from nidra_box.documents.node import Problems
from nidra_box.score import vocabulary as v
from nidra_box.score.rules.structure import path_of
from nidra_box.score.rules.words import is_comfort
from nidra_box.score.score import Clip, Score
from nidra_box.score.script import Cue, Play, Say, Script
from nidra_box.score.vocabulary import Kind
from nidra_box.units import LIGHT_HZ, RATE_HZ
from nidra_box.words import format_duration

FRAME_S = 1 / LIGHT_HZ


def check_score(script: Script, score: Score, problems: Problems) -> None:
    """Walks every frame of light, which takes a second: for `check`, not for a start."""
    if not script.stages:
        return
    if score.stages[-1].end != score.frames:
        problems.error(
            script.line("duration"), "duration", "the score does not end on its last frame"
        )
    _check_overlap(script, score, problems)
    _check_beginning(script, score, problems)
    _check_comfort(script, score, problems)
    _check_light(script, score, problems)


def _check_overlap(script: Script, score: Score, problems: Problems) -> None:
    numbers = {stage.id: number for number, stage in enumerate(script.stages)}
    words = [clip for clip in score.clips if clip.words]
    for before, after in pairwise(words):
        if after.start < before.end:
            here, there = numbers[before.stage], numbers[after.stage]
            if problems.blames(path_of(here, "cues"), path_of(there, "cues")):
                continue  # too much speech for the stage: already reported
            problems.error(
                script.stages[there].line,
                path_of(there, "cues"),
                f"{after.words!r} begins before {before.words!r} has ended",
            )


def _check_beginning(script: Script, score: Score, problems: Problems) -> None:
    """A night begins with a bed that fades in; the first word comes after it."""
    starts = zip(script.stages, script.starts_s(), strict=False)
    bed_at = next((start for stage, start in starts if stage.beds or stage.track), 0.0) * RATE_HZ
    first = min(score.clips, key=lambda clip: clip.start, default=None)
    if first is None:
        return
    path, line = _cue_of(first, script)
    if first.words and first.start - bed_at < v.MIN_FIRST_WORD_S * RATE_HZ:
        problems.error(
            line, path, f"the first word comes at least {v.MIN_FIRST_WORD_S:g} s after the bed"
        )
    if not first.words and first.start - bed_at < v.MIN_FIRST_FADE_S * RATE_HZ:
        problems.error(
            line,
            path,
            f"a night does not begin with a bell; at least {v.MIN_FIRST_FADE_S:g} s after the bed",
        )


def _check_comfort(script: Script, score: Score, problems: Problems) -> None:
    words = [clip for clip in score.clips if clip.words]
    if score.kind is not Kind.GUIDED or not words or problems.blames("kind"):
        return
    early = [c.words for c in words if c.start <= v.COMFORT_BEFORE_S * RATE_HZ]
    if not any(is_comfort(text) for text in early):
        path, line = _cue_of(words[0], script)
        problems.error(
            line,
            path,
            f"no comfort or opt-out cue in the first {v.COMFORT_BEFORE_S:g} s "
            '(such as "Leave out whatever hurts.")',
        )


def _cue_of(clip: Clip, script: Script) -> tuple[str, int]:
    """The path and the line of the first cue that may be the source of a clip."""

    def is_it(cue: Cue) -> bool:
        if clip.words:
            return isinstance(cue, Say) and cue.text == clip.words
        return isinstance(cue, Play)

    for stage in script.stages:
        for cue in stage.cues:
            if stage.id == clip.stage and is_it(cue):
                return cue.path, cue.line
    return "stages", script.line("stages")


def _check_light(script: Script, score: Score, problems: Problems) -> None:
    """Every frame of light is under the cap of its stage, with steps of at most 0.5 L*."""
    for number, span in enumerate(score.stages):
        path = path_of(number, "light")
        if problems.blames(path) or score.light.is_dark(span.start_s, span.end_s):
            continue
        cap = v.PEAK_CAP_LIGHTNESS[span.kind]
        before = score.lightness(span.start_s)
        frames = int((span.end_s - span.start_s) / FRAME_S)
        for frame in range(1, frames):
            t_s = span.start_s + frame * FRAME_S
            level = score.lightness(t_s)
            over = level > cap + 1e-6
            if over or abs(level - before) > v.MAX_LIGHT_SLOPE * FRAME_S + 1e-6:
                what = f"moves faster than {v.MAX_LIGHT_SLOPE:g} L*/s (lower the peak or slow it)"
                if over:
                    what = f"is over its cap of {cap:g}"
                problems.error(
                    script.stages[number].light.line,
                    path,
                    f"the light {what}, {format_duration(t_s)} into the night",
                )
                break
            before = level
