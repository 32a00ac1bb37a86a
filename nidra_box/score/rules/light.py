"""Rules about the lamp: how bright, which colour, how steep, how long."""

from __future__ import annotations

from nidra_box.documents.fields import format_duration
from nidra_box.documents.node import Problems
from nidra_box.score import vocabulary as v
from nidra_box.score.rules.structure import path_of
from nidra_box.score.script import Script, Stage
from nidra_box.score.vocabulary import Colour, Ending, Pattern, StageKind


def check(script: Script, problems: Problems) -> None:
    reddened = False
    for number, stage in enumerate(script.stages):
        _check_stage(script, number, stage, problems)
        light = stage.light
        if light.pattern is Pattern.DARK:
            continue
        if reddened and light.colour is Colour.AMBER and stage.kind is not StageKind.RETURN:
            problems.error(
                light.line,
                path_of(script, number, "light.colour"),
                "amber after red: the night goes from amber to red to dark",
            )
        reddened = reddened or light.colour is Colour.RED
    _check_steps(script, problems)
    _check_lit_time(script, problems)


def _check_stage(script: Script, number: int, stage: Stage, problems: Problems) -> None:
    light, path = stage.light, path_of(script, number, "light")
    if stage.is_sleep and light.pattern is not Pattern.DARK:
        problems.error(light.line, f"{path}.pattern", "a sleep stage is dark")
        return
    cap = v.PEAK_CAP_LIGHTNESS[stage.kind]
    peak = max(light.peak_from, light.peak_to)
    if peak > cap:
        problems.error(
            light.line,
            f"{path}.peak",
            f"L* {peak:g} is over the cap of {cap:g} for a {stage.kind} stage",
        )
    if stage.kind is StageKind.DRIFT and light.pattern is not Pattern.DARK and light.peak_to > 0:
        problems.error(
            light.line, f"{path}.peak", f"a drift stage ends dark: peak: [{light.peak_from:g}, 0]"
        )
    if light.pattern is Pattern.BREATH and stage.pace is None and stage.track is None:
        problems.error(light.line, f"{path}.pattern", "breathes, but the stage has no pace")


def _check_steps(script: Script, problems: Problems) -> None:
    for number in range(1, len(script.stages)):
        before, after = script.stages[number - 1].light, script.stages[number].light
        if after.pattern is Pattern.DARK:
            continue
        step = max(abs(after.peak_from - before.peak_to), abs(after.floor - before.floor))
        if step > v.MAX_LIGHT_STEP and after.fade_s < v.MIN_STEP_FADE_S:
            problems.error(
                after.line,
                path_of(script, number, "light.fade"),
                f"a step of {step:g} L* needs a fade of at least {v.MIN_STEP_FADE_S:g} s",
            )


def _check_lit_time(script: Script, problems: Problems) -> None:
    if script.ending is not Ending.SLEEP_THROUGH:
        return
    lit = sum(s.duration_s for s in script.stages if s.light.pattern is not Pattern.DARK)
    if lit > v.MAX_LIT_S:
        problems.error(
            script.duration_line,
            "stages",
            f"the lamp is lit for {format_duration(lit)}; a programme that ends in sleep "
            f"may be lit for {format_duration(v.MAX_LIT_S)}",
        )
