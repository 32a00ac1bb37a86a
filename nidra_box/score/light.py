"""The light of a night: lightness L* and colour for any second, from the script. Pure.

A stage has a floor and a peak; the breath moves the lamp between them. They change within the
`fade` of the next stage: upwards after its start, downwards before, so that no stage exceeds
its cap.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from nidra_box.score.breath import BreathLine
from nidra_box.score.curves import Curve, CurveBuilder
from nidra_box.score.script import Script, Stage
from nidra_box.score.vocabulary import Colour, Pattern

SWELL_POINTS = 48
LAST_FADE_S = 10.0  # [D] at the end of a programme that ends lit
GENTLE_SLOPE = 10.0  # [D] L*/s, the fastest slide down between stages
COLOUR_FADE_S = 8.0
"""[D] Amber becomes red within about one breath, unnoticed."""


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
        lowest, highest, points = _levels(stage)
        _colour(redness, start, stage)
        for builder, level in ((floor, lowest), (peak, highest)):
            _write_stage(builder, stage, start, level, points)
        for builder, first in _first_levels(following, (floor, peak)):
            _lower_before(builder, first, following, max(start, end - stage.duration_s / 2), end)
    return LightLine(floor.build(), peak.build(), redness.build(), breath)


def _redness(stage: Stage) -> float:
    return 1.0 if stage.light.colour is Colour.RED else 0.0


def _colour(redness: CurveBuilder, start: float, stage: Stage) -> None:
    wanted = _redness(stage)
    if stage.light.pattern is not Pattern.DARK and redness.last != wanted:
        redness.hold_until(start)
        redness.to(start + min(max(stage.light.fade_s, COLOUR_FADE_S), stage.duration_s), wanted)


Level = Callable[[float], float]
"""L* at a number of seconds into a stage."""


def _levels(stage: Stage) -> tuple[Level, Level, list[float]]:
    """The floor and the peak of a stage, and the seconds of their points."""
    light, length = stage.light, stage.duration_s

    def top(x: float) -> float:
        return light.peak_from + (light.peak_to - light.peak_from) * x / length

    def bottom(x: float) -> float:
        return light.floor

    def swell(x: float) -> float:
        rise = 0.5 - 0.5 * math.cos(math.pi * x / length)
        return light.floor + (top(x) - light.floor) * rise

    if light.pattern is Pattern.BREATH:
        return bottom, top, [length]
    if light.pattern is Pattern.SWELL:
        return swell, swell, [length * n / SWELL_POINTS for n in range(1, SWELL_POINTS + 1)]
    return top, top, [length]  # steady, and dark, whose levels are 0


def _write_stage(
    builder: CurveBuilder, stage: Stage, start: float, level: Level, points: list[float]
) -> None:
    """Append a stage's level; a rise from the last level takes the stage's fade."""
    fade = min(stage.light.fade_s, stage.duration_s / 2) if start > 0 else 0.0
    if builder.last < level(0.0) and fade > 0:
        builder.to(start, builder.last)
        builder.to(start + fade, level(fade))
    else:
        builder.to(start, level(0.0))
        fade = 0.0
    for x in points:
        if x > fade:
            builder.to(start + x, level(x))


def _first_levels(
    following: Stage | None, builders: tuple[CurveBuilder, CurveBuilder]
) -> list[tuple[CurveBuilder, float]]:
    if following is None:
        return [(builder, 0.0) for builder in builders]
    lowest, highest, _ = _levels(following)
    return [(builders[0], lowest(0.0)), (builders[1], highest(0.0))]


def _lower_before(
    builder: CurveBuilder, level: float, following: Stage | None, earliest: float, end: float
) -> None:
    """If the next stage begins lower, fade down before it: sleep is dark from its first frame."""
    fall = builder.last - level
    if fall <= 0.0:
        return
    fade = following.light.fade_s if following else LAST_FADE_S
    curve = builder.build()
    begin = max(end - max(fade, fall / GENTLE_SLOPE), earliest)
    kept = [(x, y) for x, y in zip(curve.xs, curve.ys, strict=True) if x < begin]
    builder.xs[:] = [x for x, _ in kept] + [begin, end]
    builder.ys[:] = [y for _, y in kept] + [curve.at(begin), level]
