"""From a session and its score to the level of the lamp. Pure: time is an argument.

`wanted` is the level as a function of time; `Lamp` follows it in small steps. Each write is
the level at the middle of the coming frame, so the lamp stays within 0.25 L* of the function.
A write changes it by 0.5 L* at most: a start, a stop or a stalled computer cannot glare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nidra_box.score.score import Score
from nidra_box.session.events import Phase
from nidra_box.session.session import RETURN_RISE_S, Session
from nidra_box.units import COMFORT_PEAK, LIGHT_HZ, MAX_WRITE_STEP

FRAME_S = 1 / LIGHT_HZ
VISIBLE_STEP = 0.4  # L* between two writes on a slope: ± 0.2 around the formula
LONGEST_FRAME_S = 0.1
SMALLEST_WRITE = 0.02  # L*: less than one step of 8,000 at the bottom of the scale
SMALLEST_COLOUR = 0.01

COMFORT_PERIOD_S = 10.0  # 6 breaths a minute, in:out 4:6
COMFORT_INHALE_SHARE = 0.4
COMFORT_FADE_S = 20.0
GLOW_LOW, GLOW_HIGH = 3.0, 12.0
GLOW_FADE_S = 1.0
SIGN_BREATH_S = 6.0  # twice: slow, and long over before anybody lies down
SIGN_PEAK, SIGN_GLOW = 16.0, 8.0
SIGN_FADE_S = 1.0


@dataclass(frozen=True, slots=True)
class Level:
    """`lightness` in L*, `redness` from 0 (amber) to 1 (red)."""

    lightness: float
    redness: float


DARK = Level(0.0, 1.0)


def wanted(session: Session, score: Score | None, at: float) -> Level:
    """The level at `at`: the brightest of the score's light, the comfort light, the knob's glow
    and the answer to a stick; dark if there is none."""
    levels = [
        _score_level(session, score, at),
        _comfort_level(session, at),
        _glow_level(session, at),
        _sign_level(session, at),
    ]
    return max(levels, key=lambda level: level.lightness)


def _score_level(session: Session, score: Score | None, at: float) -> Level:
    if score is None or not session.is_running or not session.light_on:
        return DARK
    position = session.position(at)
    brightness = session.brightness / 100.0
    span = session.wind_down()
    if session.phase is Phase.WINDING_DOWN and span is not None:
        length = max(span.ends_at - span.began_at, 1e-6)
        brightness *= min(1.0, max(0.0, (span.ends_at - at) / length))
    if session.returned_at is not None:  # after a power cut it rises as slowly as the sound
        brightness *= min(1.0, max(0.0, (at - session.returned_at) / RETURN_RISE_S))
    return Level(score.lightness(position) * brightness, score.redness(position))


def _comfort_level(session: Session, at: float) -> Level:
    lit = session.comfort
    if lit is None or not lit.began_at <= at < lit.ends_at:
        return DARK
    fullness = _fullness((at - lit.began_at) / COMFORT_PERIOD_S % 1.0)
    fading = min(1.0, (lit.ends_at - at) / COMFORT_FADE_S)
    return Level(COMFORT_PEAK * fullness * fading * session.brightness / 100.0, 1.0)


def _fullness(phase: float) -> float:
    """0 to 1 and back within a breath, of which `phase` has passed."""
    inhale = COMFORT_INHALE_SHARE
    if phase < inhale:
        return 0.5 - 0.5 * math.cos(math.pi * phase / inhale)
    return 0.5 + 0.5 * math.cos(math.pi * (phase - inhale) / (1.0 - inhale))


def _glow_level(session: Session, at: float) -> Level:
    """A dim light for 3 s that shows the knob's setting while idle."""
    lit = session.glow
    if lit is None or at >= lit.ends_at:
        return DARK
    fading = min(1.0, (lit.ends_at - at) / GLOW_FADE_S)
    return Level((GLOW_LOW + (GLOW_HIGH - GLOW_LOW) * lit.share) * fading, 1.0)


def _sign_level(session: Session, at: float) -> Level:
    """Two slow breaths: taken in. A steady low glow: look into the list of reasons."""
    sign = session.sign
    if sign is None or not sign.began_at <= at < sign.ends_at:
        return DARK
    since = at - sign.began_at
    if sign.well:
        return Level(SIGN_PEAK * _fullness(since / SIGN_BREATH_S % 1.0), 1.0)
    return Level(SIGN_GLOW * min(1.0, since / SIGN_FADE_S, (sign.ends_at - at) / SIGN_FADE_S), 1.0)


def dark_until(session: Session, score: Score | None, at: float) -> float | None:
    """While the lamp is dark: when it lights again without an event; infinity if it does not.
    None if it is lit or about to be."""
    if any(lit and lit.ends_at > at for lit in (session.comfort, session.glow, session.sign)):
        return None
    if score is None or not session.is_running or not session.light_on:
        return math.inf
    position = max(0.0, session.position(at))
    if not score.light.is_dark(position, position):
        return None
    again = score.light.lit_again_at(position)
    return math.inf if again is None else at + (again - position)


@dataclass(slots=True)
class Lamp:
    """The last level written, and when `due` must be called next."""

    written: Level = DARK
    next_at: float = 0.0
    _earliest: float = -math.inf

    def poke(self, at: float) -> None:
        """An event may have changed the level: make `due` look at it at the next frame."""
        self.next_at = min(self.next_at, max(at, self._earliest))

    def rest(self, at: float) -> None:
        """What is shown was written at `at`: nothing else for a frame."""
        self._earliest = at + FRAME_S
        self.next_at = max(self.next_at, self._earliest)

    def due(self, session: Session, score: Score | None, at: float) -> Level | None:
        """The level to write now, or None when nothing visible has changed. Sets `next_at`."""
        if at < self.next_at:
            return None
        now = wanted(session, score, at)
        ahead = wanted(session, score, at + FRAME_S)
        slope = abs(ahead.lightness - now.lightness) / FRAME_S
        frame_s = LONGEST_FRAME_S
        if slope > VISIBLE_STEP / LONGEST_FRAME_S:
            frame_s = max(FRAME_S, VISIBLE_STEP / slope)
        step = abs(wanted(session, score, at + frame_s).lightness - now.lightness)
        if step > VISIBLE_STEP:  # the slope grows after the turn of a breath
            frame_s = max(FRAME_S, frame_s * VISIBLE_STEP / step)
        middle = wanted(session, score, at + frame_s / 2)
        level = self._towards(middle)
        self.next_at = self._ask_again(session, score, at, frame_s, middle, level)
        difference = abs(level.lightness - self.written.lightness)
        goes_out = level.lightness == 0.0 and self.written.lightness > 0.0
        recoloured = level.lightness > 0.0 and (
            abs(level.redness - self.written.redness) >= SMALLEST_COLOUR
        )
        if difference < SMALLEST_WRITE and not goes_out and not recoloured:
            return None
        self.written = level
        self._earliest = at + FRAME_S
        return level

    def _towards(self, level: Level) -> Level:
        low, high = self.written.lightness - MAX_WRITE_STEP, self.written.lightness + MAX_WRITE_STEP
        # Keep the colour while fading out.
        redness = level.redness if level.lightness > 0.0 else self.written.redness
        return Level(min(high, max(low, level.lightness)), redness)

    def _ask_again(
        self,
        session: Session,
        score: Score | None,
        at: float,
        frame_s: float,
        middle: Level,
        level: Level,
    ) -> float:
        if level.lightness != middle.lightness:
            return at + FRAME_S  # not there yet
        if level.lightness == 0.0:
            dark = dark_until(session, score, at)
            if dark is not None:
                return dark
        return at + frame_s
