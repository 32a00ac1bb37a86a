"""Rules about the lamp: how bright, which colour, how steep, how long."""

from __future__ import annotations

from nidra_box.documents.node import Problems
from nidra_box.score import vocabulary as v
from nidra_box.score.rules.structure import path_of
from nidra_box.score.script import Script, Stage
from nidra_box.score.vocabulary import Colour, Ending, Pattern, StageKind
from nidra_box.words import format_duration


def check(script: Script, problems: Problems) -> None:
    for number, stage in enumerate(script.stages):
        _check_stage(number, stage, problems)
    _check_colours(script, problems)
    _check_steps(script, problems)
    _check_lit_time(script, problems)


def _check_stage(number: int, stage: Stage, problems: Problems) -> None:
    light, path = stage.light, path_of(number, "light")
    if problems.blames(f"{path}.pattern"):
        return
    kind_known = not problems.blames(path_of(number, "kind"))
    if kind_known and stage.is_sleep and light.pattern is not Pattern.DARK:
        problems.error(light.line, f"{path}.pattern", "a sleep stage is dark")
        return
    if kind_known and not problems.blames(f"{path}.peak"):
        _check_peak(number, stage, problems)
    breathless = stage.pace is None and stage.track is None
    known = not problems.blames(path_of(number, "pace"), path_of(number, "track"))
    if light.pattern is Pattern.BREATH and breathless and known:
        problems.error(light.line, f"{path}.pattern", "breathes, but the stage has no pace")


def _check_peak(number: int, stage: Stage, problems: Problems) -> None:
    light, path = stage.light, path_of(number, "light.peak")
    cap = v.PEAK_CAP_LIGHTNESS[stage.kind]
    peak = max(light.peak_from, light.peak_to)
    if peak > cap:
        problems.error(
            light.line, path, f"L* {peak:g} is over the cap of {cap:g} for a {stage.kind} stage"
        )
    if stage.kind is StageKind.DRIFT and light.pattern is not Pattern.DARK and light.peak_to > 0:
        problems.error(light.line, path, f"a drift stage ends dark: peak: [{light.peak_from:g}, 0]")


def _check_colours(script: Script, problems: Problems) -> None:
    """From amber to red to dark. Only the first amber after red is reported."""
    red_since: Stage | None = None
    for number, stage in enumerate(script.stages):
        light, path = stage.light, path_of(number, "light.colour")
        if light.pattern is Pattern.DARK or problems.blames(path):
            continue
        waking = stage.kind is StageKind.RETURN or problems.blames(path_of(number, "kind"))
        if red_since and light.colour is Colour.AMBER and not waking:
            problems.error(
                light.line,
                path,
                f"amber after red ({red_since.id} on line {red_since.line}): the night goes "
                "from amber to red to dark",
            )
            return
        if red_since is None and light.colour is Colour.RED:
            red_since = stage


def _check_steps(script: Script, problems: Problems) -> None:
    for number in range(1, len(script.stages)):
        here, there = path_of(number - 1, "light"), path_of(number, "light")
        if problems.blames(here, there):
            continue
        before, after = script.stages[number - 1].light, script.stages[number].light
        step = max(abs(after.peak_from - before.peak_to), abs(after.floor - before.floor))
        if step > v.MAX_LIGHT_STEP and after.fade_s < v.MIN_STEP_FADE_S:
            problems.error(
                after.line,
                f"{there}.fade",
                f"a step of {step:g} L* needs a fade of at least {v.MIN_STEP_FADE_S:g} s",
            )


def _check_lit_time(script: Script, problems: Problems) -> None:
    if script.ending is not Ending.SLEEP_THROUGH or problems.blames("ending"):
        return
    lit = sum(s.duration_s for s in script.stages if s.light.pattern is not Pattern.DARK)
    if lit > v.MAX_LIT_S:
        problems.error(
            script.line("stages"),
            "stages",
            f"the lamp is lit for {format_duration(lit)}; a programme that ends in sleep "
            f"may be lit for {format_duration(v.MAX_LIT_S)}",
        )
