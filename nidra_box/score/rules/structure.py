"""Rules about stages, their lengths, their order and how words fit into them."""

from __future__ import annotations

from nidra_box.documents.node import Problems
from nidra_box.score import vocabulary as v
from nidra_box.score.layout import Layout
from nidra_box.score.script import Play, Say, Script, Stage
from nidra_box.score.vocabulary import Ending, StageKind
from nidra_box.words import format_duration

SHORTEST_DRIFT_S, LONGEST_DRIFT_S = 120.0, 240.0  # [D] the lamp goes from L* 12 to 0


def path_of(number: int, key: str = "") -> str:
    return f"stages[{number}]" + (f".{key}" if key else "")


def check(script: Script, problems: Problems, shipped: bool) -> None:
    _check_length(script, problems)
    _check_ids(script, problems)
    _check_after_drift(script, problems)
    _check_cautions(script, problems)
    for number, stage in enumerate(script.stages):
        _check_at_times(stage, problems)
        _check_sync(number, stage, problems)
        _check_drift(number, stage, problems)
    if shipped and "personal" in (script.licence_text, script.licence_audio):
        problems.error(
            script.line("licence"),
            "licence",
            "what is shipped needs an open licence, not personal",
        )


def _check_length(script: Script, problems: Problems) -> None:
    """The stages sum to the duration. An unreadable length is 0 here and already reported."""
    if script.duration_s > v.MAX_DURATION_S:
        problems.error(script.line("duration"), "duration", "is over 12 hours")
    lengths = [stage.duration_s for stage in script.stages]
    if not lengths or script.duration_s <= 0 or min(lengths) <= 0:
        return
    difference = sum(lengths) - script.duration_s
    if abs(difference) > 1e-6:
        more = "more" if difference > 0 else "less"
        problems.error(
            script.line("duration"),
            "duration",
            f"the stages sum to {format_duration(sum(lengths))}, which is "
            f"{format_duration(abs(difference))} {more} than {format_duration(script.duration_s)}",
        )


def _check_ids(script: Script, problems: Problems) -> None:
    seen: dict[str, int] = {}
    for number, stage in enumerate(script.stages):
        if stage.id in seen and stage.id:
            problems.error(
                stage.line,
                path_of(number, "id"),
                f"{stage.id!r} stands twice (first on line {seen[stage.id]})",
            )
        seen.setdefault(stage.id, stage.line)


def _check_after_drift(script: Script, problems: Problems) -> None:
    """Whispered talk wakes about three quarters of people in light sleep."""
    drifted = False
    for number, stage in enumerate(script.stages):
        heard = [cue for cue in stage.cues if isinstance(cue, Say | Play)]
        waking = stage.kind is StageKind.RETURN and script.ending is Ending.WAKE
        unknown = problems.blames(path_of(number, "kind"), "ending")
        if heard and not unknown and (stage.is_sleep or (drifted and not waking)):
            problems.error(
                heard[0].line,
                path_of(number, "cues"),
                "no word and no bell after the drift stage",
            )
        drifted = drifted or stage.kind in (StageKind.DRIFT, StageKind.SLEEP)


def _check_cautions(script: Script, problems: Problems) -> None:
    about_back = script.goal == "back" or any("back" in tag.lower() for tag in script.tags)
    written = not problems.blames("cautions")
    if about_back and written and "red-flags" not in script.cautions:
        problems.error(
            script.line("cautions"),
            "cautions",
            "a programme about the back needs the red-flags caution",
        )


def _check_at_times(stage: Stage, problems: Problems) -> None:
    if stage.duration_s <= 0:
        return
    last = 0.0
    for cue in stage.cues:
        if cue.at_s is None:
            continue
        if cue.at_s >= stage.duration_s:
            problems.error(cue.line, f"{cue.path}.at", "is not within its stage")
            continue
        if cue.at_s < last:
            problems.error(cue.line, f"{cue.path}.at", "is earlier than an `at` before it")
        last = max(last, cue.at_s)


def _check_sync(number: int, stage: Stage, problems: Problems) -> None:
    if stage.pace is not None or problems.blames(path_of(number, "pace")):
        return
    for cue in dict.fromkeys(stage.cues):  # report a repeated cue once
        if cue.sync:
            problems.error(
                cue.line,
                f"{cue.path}.sync",
                "needs a pace in its stage: there is no breath to wait for",
            )


def _check_drift(number: int, stage: Stage, problems: Problems) -> None:
    if stage.kind is not StageKind.DRIFT or stage.duration_s <= 0:
        return
    if not SHORTEST_DRIFT_S <= stage.duration_s <= LONGEST_DRIFT_S:
        problems.warn(stage.line, path_of(number, "duration"), "a drift stage takes 2 to 4 minutes")


def check_layout(number: int, stage: Stage, layout: Layout, problems: Problems) -> None:
    """Only checked if the cues themselves have no errors."""
    path = path_of(number, "cues")
    if problems.blames(path):
        return
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
    if layout.over_s <= 0.001 and layout.speech_s > v.MAX_SPEECH_SHARE * stage.duration_s:
        problems.warn(
            stage.line, path, f"words fill {layout.speech_s / stage.duration_s:.0%} of the stage"
        )
