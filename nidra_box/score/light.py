"""The light of a night: lightness L* and colour for any second, from the script. Pure.

Every stage gives a floor and a peak; between stages they slide within the next stage's
`fade` (a stage before a dark one fades within its own end instead, so that sleep is dark
from its first frame). The breath moves the lamp between floor and peak.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nidra_box.score.breath import BreathLine
from nidra_box.score.curves import Curve, CurveBuilder
from nidra_box.score.script import Script, Stage
from nidra_box.score.vocabulary import Colour, Pattern

SWELL_POINTS = 48
LAST_FADE_S = 10.0  # [D] the light of a programme that ends lit
GENTLE_SLOPE = 10.0  # [D] L*/s, the fastest of our own fades to dark
COLOUR_FADE_S = 8.0
"""[D] Amber becomes red over about one breath, so that nobody sees a change."""


@dataclass(frozen=True, slots=True)
class LightLine:
    """`floor`, `peak` in L* and `redness` (0 amber, 1 red) over seconds of the night."""

    floor: Curve
    peak: Curve
    redness: Curve
    breath: BreathLine

    def lightness(self, t_s: float) -> float:
        """CIE L*, 0 to 100, at second `t_s`."""
        floor, peak = self.floor.at(t_s), self.peak.at(t_s)
        if peak <= 0.0 or floor == peak:
            return max(floor, peak, 0.0)
        breathing = self.breath.at(t_s)
        fullness = breathing.fullness if breathing else 0.0
        return floor + (peak - floor) * fullness

    def is_dark(self, t0_s: float, t1_s: float) -> bool:
        """Whether the lamp stays at 0 over the whole of [t0_s, t1_s]."""
        return self.peak.highest(t0_s, t1_s) <= 0.0 and self.floor.highest(t0_s, t1_s) <= 0.0

    def lit_again_at(self, t_s: float) -> float | None:
        """The next second after `t_s` at which the light can leave 0; None if never."""
        lit = [
            x0
            for x0, y0, y1 in zip(self.peak.xs, self.peak.ys, self.peak.ys[1:], strict=False)
            if max(y0, y1) > 0.0 and x0 >= t_s
        ]
        return min(lit) if lit else None


def light_of(script: Script, breath: BreathLine) -> LightLine:
    """The light of `script`, whose breath is `breath`."""
    floor, peak = CurveBuilder.starting(0.0, 0.0), CurveBuilder.starting(0.0, 0.0)
    redness = CurveBuilder.starting(0.0, _redness(script.stages[0]))
    starts = script.starts_s()
    for number, stage in enumerate(script.stages):
        start, end = starts[number], starts[number + 1]
        following = script.stages[number + 1] if number + 1 < len(script.stages) else None
        fade = min(stage.light.fade_s, stage.duration_s / 2)
        if stage.light.pattern is not Pattern.DARK:
            _colour(redness, start, stage, fade)
        _stage_levels(floor, peak, stage, start, end, fade if start > 0 else 0.0)
        if following is None or following.light.pattern is Pattern.DARK:
            _fade_to_dark(floor, peak, following, end)
    return LightLine(floor.build(), peak.build(), redness.build(), breath)


def _redness(stage: Stage) -> float:
    return 1.0 if stage.light.colour is Colour.RED else 0.0


def _colour(redness: CurveBuilder, start: float, stage: Stage, fade: float) -> None:
    wanted = _redness(stage)
    if redness.last != wanted:
        redness.hold_until(start)
        redness.to(start + min(max(fade, COLOUR_FADE_S), stage.duration_s), wanted)


def _stage_levels(
    floor: CurveBuilder, peak: CurveBuilder, stage: Stage, start: float, end: float, fade: float
) -> None:
    light, length = stage.light, end - start
    if light.pattern is Pattern.DARK:
        for builder in (floor, peak):
            builder.to(start, 0.0)
            builder.hold_until(end)
        return

    def top(x: float) -> float:
        return light.peak_from + (light.peak_to - light.peak_from) * x / length

    def swell(x: float) -> float:
        rise = 0.5 - 0.5 * math.cos(math.pi * x / length)
        return light.floor + (top(x) - light.floor) * rise

    def bottom(x: float) -> float:
        return light.floor

    points = [length]
    lowest, highest = bottom, top
    if light.pattern is Pattern.STEADY:
        lowest = top
    elif light.pattern is Pattern.SWELL:
        lowest = highest = swell
        points = [length * n / SWELL_POINTS for n in range(1, SWELL_POINTS + 1)]
    for builder, level in ((floor, lowest), (peak, highest)):
        if fade > 0:
            builder.to(start, builder.last)
        builder.to(start + fade, level(fade))
        for x in points:
            if x > fade:
                builder.to(start + x, level(x))


def _fade_to_dark(
    floor: CurveBuilder, peak: CurveBuilder, following: Stage | None, end: float
) -> None:
    """Replace the end of the stage just written by a slide to 0 that is over at `end`."""
    fade = following.light.fade_s if following else LAST_FADE_S
    for builder in (floor, peak):
        if builder.last <= 0.0:
            continue
        curve = builder.build()
        begin = max(end - max(fade, builder.last / GENTLE_SLOPE), builder.xs[0])
        kept = [(x, y) for x, y in zip(curve.xs, curve.ys, strict=True) if x < begin]
        builder.xs[:] = [x for x, _ in kept] + [begin, end]
        builder.ys[:] = [y for _, y in kept] + [curve.at(begin), 0.0]
