"""The light of a recording: the lamp breathes, or stays steady, for a while, and goes out. Pure."""

from __future__ import annotations

from nidra_box.documents.node import Problems
from nidra_box.library.person import Lamp, Light
from nidra_box.score.breath import BreathLine
from nidra_box.score.compile import compile_script
from nidra_box.score.curves import Curve
from nidra_box.score.light import LightLine
from nidra_box.score.script import Breath, Pace, Script, Stage, Voice
from nidra_box.score.script import Light as StageLight
from nidra_box.score.vocabulary import (
    DEFAULT_TRUE_PEAK_DB,
    VOICE_LUFS,
    Colour,
    Ending,
    Kind,
    Pattern,
    StageKind,
)

PATTERN = Breath(0.4, 0.0, 0.6, 0.0)
SHORTEST_LIT_S = 1.0  # of a sound of a second nobody sees a light
STEADY_L = 24.0  # [D] between the brightest and the dimmest breath
_OUT = Curve((0.0,), (0.0,))


def light_for(name: str, light: Light, lit_s: float) -> LightLine:
    """The light for the first `lit_s` seconds of a recording, then dark."""
    if light.lamp is Lamp.NONE or lit_s < SHORTEST_LIT_S:
        return LightLine(_OUT, _OUT, _OUT, BreathLine())
    stages = _steady(lit_s) if light.lamp is Lamp.STEADY else _breathing(lit_s, *light.rates)
    return compile_script(_script(name, stages, lit_s), {}, Problems(name)).score.light


def _breathing(lit_s: float, first: float, last: float) -> tuple[Stage, ...]:
    """From `first` to `last` breaths a minute (11 to 6 unless a person says otherwise), the first
    twentieth and the last 15 % constant; amber, then red, then out."""
    return (
        _stage("follow", 0.05 * lit_s, Colour.AMBER, (36, 36), (first, first)),
        _stage("slow", 0.80 * lit_s, Colour.AMBER, (36, 18), (first, last)),
        _stage("stay", 0.10 * lit_s, Colour.RED, (18, 10), (last, last)),
        _stage("go-out", 0.05 * lit_s, Colour.RED, (10, 0), (last, last)),
    )


def _steady(lit_s: float) -> tuple[Stage, ...]:
    """One light, amber, then red, then out."""
    return (
        _stage("stay", 0.70 * lit_s, Colour.AMBER, (STEADY_L, STEADY_L), None),
        _stage("sink", 0.20 * lit_s, Colour.RED, (STEADY_L, 10), None),
        _stage("go-out", 0.10 * lit_s, Colour.RED, (10, 0), None),
    )


def _stage(
    part: str,
    seconds: float,
    colour: Colour,
    peaks: tuple[float, float],
    rates: tuple[float, float] | None,
) -> Stage:
    pattern = Pattern.STEADY if rates is None else Pattern.BREATH
    light = StageLight(pattern, colour, 0.0, *peaks, 4.0, 0)
    pace = None if rates is None else Pace("long-out", *rates, 0)
    return Stage(part, StageKind.BREATH, seconds, (), light, pace, (), 0, VOICE_LUFS)


def _script(name: str, stages: tuple[Stage, ...], lit_s: float) -> Script:
    return Script(
        id=name,
        title=name,
        kind=Kind.UNGUIDED,
        activity="sleep-sound",
        goal="sleep",
        language="en",
        licence_text="personal",
        licence_audio="personal",
        suitable_for=(),
        cautions=(),
        tags=(),
        duration_s=lit_s,
        ending=Ending.SLEEP_THROUGH,
        voice=Voice(VOICE_LUFS, DEFAULT_TRUE_PEAK_DB, 112),
        breaths={"long-out": PATTERN},
        stages=stages,
        file=name,
    )
