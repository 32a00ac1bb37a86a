"""Rules that only the compiled night can show."""

from __future__ import annotations

from itertools import pairwise

from nidra_box.documents.fields import format_duration
from nidra_box.documents.node import Problems
from nidra_box.score import vocabulary as v
from nidra_box.score.rules.words import is_comfort
from nidra_box.score.score import Score
from nidra_box.score.script import Script
from nidra_box.score.vocabulary import RATE_HZ, Kind

FRAME_S = 1 / 50  # a frame of light


def check_score(script: Script, score: Score, problems: Problems) -> None:
    """Walks every frame of light, which takes a second: for `check`, not for a start."""
    if not script.stages:
        return
    if score.stages[-1].end != score.frames:
        problems.error(script.duration_line, "duration", "the score does not end on its last frame")
    _check_words(script, score, problems)
    _check_light(script, score, problems)


def _check_words(script: Script, score: Score, problems: Problems) -> None:
    words = [clip for clip in score.clips if clip.words]
    for before, after in pairwise(words):
        if after.start < before.end:
            problems.error(
                0,
                f"stages.{after.stage}",
                f"{after.words!r} begins before {before.words!r} has ended",
            )
    if not words:
        return
    lines = {cue.text: cue.line for _, cue in script.spoken()}
    first = words[0]
    sound_from = min((bed.lufs.xs[1] for bed in score.beds), default=0.0)
    if first.start - sound_from < v.MIN_FIRST_WORD_S * RATE_HZ:
        problems.error(
            lines.get(first.words, 0),
            f"stages.{first.stage}",
            f"the first word comes at least {v.MIN_FIRST_WORD_S:g} s after the bed",
        )
    early = [c.words for c in words if c.start <= v.COMFORT_BEFORE_S * RATE_HZ]
    if score.kind is Kind.GUIDED and not any(is_comfort(text) for text in early):
        problems.error(
            lines.get(first.words, 0),
            f"stages.{first.stage}",
            f"no comfort or opt-out cue in the first {v.COMFORT_BEFORE_S:g} s "
            '(such as "Leave out whatever hurts.")',
        )


def _check_light(script: Script, score: Score, problems: Problems) -> None:
    """At every frame of light: under the cap of its stage, and no step of over 0.5 L*."""
    for number, span in enumerate(score.stages):
        if score.light.is_dark(span.start_s, span.end_s):
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
                line = script.stages[number].light.line
                problems.error(
                    line,
                    f"stages[{number}].light",
                    f"the light {what}, {format_duration(t_s)} into the night",
                )
                break
            before = level
