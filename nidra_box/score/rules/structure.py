"""Rules about stages, their lengths, their order and how words fit into them."""

from __future__ import annotations

from nidra_box.documents.fields import format_duration
from nidra_box.documents.node import Problems
from nidra_box.score import vocabulary as v
from nidra_box.score.layout import Layout
from nidra_box.score.script import Play, Say, Script, Stage
from nidra_box.score.vocabulary import Ending, StageKind


def path_of(script: Script, number: int, key: str = "") -> str:
    return f"stages[{number}]" + (f".{key}" if key else "")


def check(script: Script, problems: Problems, shipped: bool) -> None:
    _check_sum(script, problems)
    _check_ids(script, problems)
    _check_after_drift(script, problems)
    _check_cautions(script, problems)
    for number, stage in enumerate(script.stages):
        _check_at_times(script, number, stage, problems)
        _check_sync(script, number, stage, problems)
        if stage.kind is StageKind.DRIFT and not 120 <= stage.duration_s <= 240:
            problems.warn(
                stage.line,
                path_of(script, number, "duration"),
                "a drift stage takes 2 to 4 minutes",
            )
    if shipped and "personal" in (script.licence_text, script.licence_audio):
        problems.error(0, "licence", "what is shipped needs an open licence, not personal")
    if script.duration_s > v.MAX_DURATION_S:
        problems.error(script.duration_line, "duration", "is over 12 hours")


def _check_sum(script: Script, problems: Problems) -> None:
    total = sum(stage.duration_s for stage in script.stages)
    difference = total - script.duration_s
    if script.stages and abs(difference) > 1e-6:
        more = "more" if difference > 0 else "less"
        problems.error(
            script.duration_line,
            "duration",
            f"the stages sum to {format_duration(total)}, which is "
            f"{format_duration(abs(difference))} {more} than {format_duration(script.duration_s)}",
        )


def _check_ids(script: Script, problems: Problems) -> None:
    seen: dict[str, int] = {}
    for number, stage in enumerate(script.stages):
        if stage.id in seen:
            problems.error(
                stage.line,
                path_of(script, number, "id"),
                f"{stage.id!r} stands twice (first on line {seen[stage.id]})",
            )
        seen.setdefault(stage.id, stage.line)


def _check_after_drift(script: Script, problems: Problems) -> None:
    """Whispered talk wakes about three quarters of people in light sleep."""
    drifted = False
    for number, stage in enumerate(script.stages):
        heard = [cue for cue in stage.cues if isinstance(cue, Say | Play)]
        waking = stage.kind is StageKind.RETURN and script.ending is Ending.WAKE
        if heard and (stage.is_sleep or (drifted and not waking)):
            problems.error(
                heard[0].line,
                path_of(script, number, "cues"),
                "no word and no bell after the drift stage",
            )
        drifted = drifted or stage.kind in (StageKind.DRIFT, StageKind.SLEEP)


def _check_cautions(script: Script, problems: Problems) -> None:
    about_back = script.goal == "back" or any("back" in tag.lower() for tag in script.tags)
    if about_back and "red-flags" not in script.cautions:
        problems.error(0, "cautions", "a programme about the back needs the red-flags caution")


def _check_at_times(script: Script, number: int, stage: Stage, problems: Problems) -> None:
    last = 0.0
    for index, cue in enumerate(stage.cues):
        if cue.at_s is None:
            continue
        where = path_of(script, number, f"cues[{index}].at")
        if cue.at_s >= stage.duration_s:
            problems.error(cue.line, where, "is not within its stage")
        elif cue.at_s < last:
            problems.error(cue.line, where, "is earlier than an `at` before it")
        last = max(last, cue.at_s)


def _check_sync(script: Script, number: int, stage: Stage, problems: Problems) -> None:
    if stage.pace is not None:
        return
    for index, cue in enumerate(stage.cues):
        if cue.sync:
            problems.error(
                cue.line,
                path_of(script, number, f"cues[{index}].sync"),
                "needs a pace in its stage: there is no breath to wait for",
            )


def check_layout(stage: Stage, layout: Layout, problems: Problems) -> None:
    path = f"stages.{stage.id}"
    if layout.over_s > 0.001:
        problems.error(
            stage.line,
            path,
            f"speech and fixed pauses are {layout.over_s:.1f} s longer than the stage",
        )
    if layout.unclaimed_s > v.MAX_UNCLAIMED_S:
        problems.error(
            stage.line, path, f"{layout.unclaimed_s:.0f} s are left over; give one pause as flex"
        )
    if layout.flex_s is not None and layout.over_s <= 0 and layout.flex_s < v.MIN_FLEX_S:
        problems.warn(stage.line, path, f"only {layout.flex_s:.1f} s are left for a flex pause")
    if layout.speech_s > v.MAX_SPEECH_SHARE * stage.duration_s:
        problems.warn(
            stage.line, path, f"words fill {layout.speech_s / stage.duration_s:.0%} of the stage"
        )
