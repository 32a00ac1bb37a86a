"""The breath of a night: its number and phase at any second. Pure.

The phase is the integral of dt/period in closed form, so that a change of rate cannot make the
light jump: the period is linear in time within a span, hence
phase(t) = ln(1 + slope * (t - t0) / period0) / slope. (From 11 to 6 a minute in 8 minutes, the
first minute and the last 15 % constant: 65 breaths, each of the slide on average 0.094 s longer
than the one before.) The *shares* of in, hold, out and rest also change linearly, but each breath
keeps those of its beginning.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from nidra_box.documents.fields import parse_duration
from nidra_box.documents.node import Problems
from nidra_box.score.script import Breath, BreathMark
from nidra_box.score.vocabulary import Part
from nidra_box.words import did_you_mean

_FLAT = 1e-9  # a slope below this is a constant period


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with a period that runs linearly from one value to another.

    `turns0` is the number of breaths (and the part of one) completed before `start_s`.
    """

    start_s: float
    end_s: float
    period_from_s: float
    period_to_s: float
    shares_from: Breath
    shares_to: Breath
    turns0: float

    @property
    def slope(self) -> float:
        return (self.period_to_s - self.period_from_s) / (self.end_s - self.start_s)

    def turns(self, t_s: float) -> float:
        dt, slope = t_s - self.start_s, self.slope
        if abs(slope) < _FLAT:
            return self.turns0 + dt / self.period_from_s
        return self.turns0 + math.log1p(slope * dt / self.period_from_s) / slope

    def time_of(self, turns: float) -> float:
        """The inverse of `turns`."""
        n, slope = turns - self.turns0, self.slope
        if abs(slope) < _FLAT:
            return self.start_s + n * self.period_from_s
        return self.start_s + self.period_from_s * math.expm1(slope * n) / slope

    def period_s(self, t_s: float) -> float:
        return self.period_from_s + self.slope * (t_s - self.start_s)

    def shares(self, t_s: float) -> Breath:
        if self.shares_from == self.shares_to:
            return self.shares_from
        x = min(1.0, max(0.0, (t_s - self.start_s) / (self.end_s - self.start_s)))
        a, b = self.shares_from, self.shares_to
        return Breath(
            a.inhale + (b.inhale - a.inhale) * x,
            a.hold + (b.hold - a.hold) * x,
            a.exhale + (b.exhale - a.exhale) * x,
            a.rest + (b.rest - a.rest) * x,
        )


@dataclass(frozen=True, slots=True)
class Breathing:
    """The breath at one moment: `phase` in [0, 1) of breath number `index`; `fullness` of the
    chest, 0 to 1, is a raised cosine with zero slope at the turns."""

    index: int
    phase: float
    part: Part
    fullness: float
    period_s: float


@dataclass(frozen=True, slots=True)
class BreathLine:
    """All spans of a night, in order and without overlap; no breath is paced between them."""

    spans: tuple[Span, ...] = ()

    def span_at(self, t_s: float) -> Span | None:
        position = bisect_right(self.spans, t_s, key=lambda span: span.start_s) - 1
        if position < 0 or t_s >= self.spans[position].end_s:
            return None
        return self.spans[position]

    def at(self, t_s: float) -> Breathing | None:
        """The breath at `t_s`; None if it is not paced."""
        span = self.span_at(t_s)
        if span is None:
            return None
        turns = span.turns(t_s)
        index = math.floor(turns + 1e-9)
        phase = max(0.0, turns - index)
        shares = self._shares_of(index, span)
        part, fullness = _part_and_fullness(phase, shares)
        return Breathing(index, phase, part, fullness, span.period_s(t_s))

    def next_start(self, part: Part, t_s: float) -> float | None:
        """The first time at or after `t_s` at which `part` begins; None if there is none."""
        span = self.span_at(t_s)
        if span is None:
            return None
        index = math.floor(span.turns(t_s) + 1e-9)
        for candidate in (index, index + 1, index + 2):
            shares = self._shares_of(candidate, span)
            when = self._time_of(candidate + _part_start(part, shares), span)
            if when is not None and when >= t_s - 1e-6:
                return when
        return None

    def _shares_of(self, index: int, near: Span) -> Breath:
        """The shares that held when breath `index` began."""
        began = self._time_of(float(index), near)
        if began is None:
            return near.shares_from
        span = self.span_at(began) or near
        return span.shares(began)

    def _time_of(self, turns: float, near: Span) -> float | None:
        """When the count of breaths reaches `turns`, in `near` or a span joined to it."""
        position = bisect_right(self.spans, near.start_s, key=lambda span: span.start_s) - 1
        while 0 <= position < len(self.spans):
            span = self.spans[position]
            if turns < span.turns0 - 1e-9:
                before = self.spans[position - 1] if position else None
                if before is None or before.end_s < span.start_s - 1e-6:
                    return None
                position -= 1
            elif turns > span.turns(span.end_s) + 1e-9:
                after = self.spans[position + 1] if position + 1 < len(self.spans) else None
                if after is None or after.start_s > span.end_s + 1e-6:
                    return None
                position += 1
            else:
                return span.time_of(turns)
        return None


def _part_start(part: Part, shares: Breath) -> float:
    if part is Part.INHALE:
        return 0.0
    if part is Part.HOLD:
        return shares.inhale
    if part is Part.EXHALE:
        return shares.inhale + shares.hold
    return shares.inhale + shares.hold + shares.exhale


def _part_and_fullness(phase: float, shares: Breath) -> tuple[Part, float]:
    if phase < shares.inhale:
        return Part.INHALE, 0.5 - 0.5 * math.cos(math.pi * phase / shares.inhale)
    phase -= shares.inhale
    if phase < shares.hold:
        return Part.HOLD, 1.0
    phase -= shares.hold
    if phase < shares.exhale:
        return Part.EXHALE, 0.5 + 0.5 * math.cos(math.pi * phase / shares.exhale)
    return Part.REST, 0.0


@dataclass(frozen=True, slots=True)
class PacedStretch:
    """A paced stage, or a piece of one."""

    start_s: float
    end_s: float
    period_from_s: float
    period_to_s: float
    shares: Breath


SLIDE_S = 60.0
"""[D] The time in which one pattern (5:5) changes into the next (4:6)."""


def breathe(stretches: list[PacedStretch]) -> BreathLine:
    """Join paced stretches: the count of breaths goes on across adjacent stages; after a gap a
    new breath begins."""
    spans: list[Span] = []
    for stretch in stretches:
        before = spans[-1] if spans else None
        joins = before is not None and stretch.start_s - before.end_s < 1e-6
        turns0 = 0.0
        if before is not None:
            done = before.turns(before.end_s)
            turns0 = done if joins else math.floor(done) + 1.0
        if not joins or before is None or before.shares_to == stretch.shares:
            spans.append(_span(stretch, stretch.start_s, stretch.end_s, stretch.shares, turns0))
            continue
        slide_end = min(stretch.end_s, stretch.start_s + SLIDE_S)
        spans.append(_span(stretch, stretch.start_s, slide_end, before.shares_to, turns0))
        if slide_end < stretch.end_s:
            done = spans[-1].turns(slide_end)
            spans.append(_span(stretch, slide_end, stretch.end_s, stretch.shares, done))
    return BreathLine(tuple(spans))


def _span(stretch: PacedStretch, start: float, end: float, shares: Breath, turns0: float) -> Span:
    length = stretch.end_s - stretch.start_s
    slope = (stretch.period_to_s - stretch.period_from_s) / length

    def period(t: float) -> float:
        return stretch.period_from_s + slope * (t - stretch.start_s)

    return Span(start, end, period(start), period(end), shares, stretch.shares, turns0)


def breathe_along(marks: tuple[BreathMark, ...], start_s: float, end_s: float) -> BreathLine:
    """The breath of a recorded voice: one span for each breath between two inhale marks.

    Marks outside [0, end_s - start_s] are left out; the last breath ends at the last mark.
    """
    inside = [m for m in marks if 0 <= m.at_s <= end_s - start_s]
    inhales = [i for i, m in enumerate(inside) if m.part == Part.INHALE]
    spans: list[Span] = []
    for number, (first, last) in enumerate(pairwise(inhales)):
        begin, end = inside[first].at_s, inside[last].at_s
        period = end - begin
        bounds = {m.part: m.at_s - begin for m in inside[first + 1 : last]}
        exhale = bounds.get(Part.EXHALE, period / 2)
        hold = min(bounds.get(Part.HOLD, exhale), exhale)
        rest = max(bounds.get(Part.REST, period), exhale)
        shares = Breath(
            hold / period,
            (exhale - hold) / period,
            (rest - exhale) / period,
            (period - rest) / period,
        )
        spans.append(
            Span(start_s + begin, start_s + end, period, period, shares, shares, float(number))
        )
    return BreathLine(tuple(spans))


def parse_breath_marks(text: str, problems: Problems) -> tuple[BreathMark, ...]:
    """The marks of a cue file (`1:02.5 inhale` a line, `#` comments); mistakes go to
    `problems`."""
    marks: list[BreathMark] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        words = raw.split("#", 1)[0].split()
        if not words:
            continue
        at_s = parse_duration(words[0])
        if len(words) != 2 or at_s is None:
            problems.error(number, "", "must be a time and a part: 1:02.5 inhale")
        elif words[1] not in list(Part):
            hint = did_you_mean(words[1], list(Part))
            message = f"{words[1]!r} is not inhale, hold, exhale or rest{hint}"
            problems.error(number, "", message)
        elif marks and at_s <= marks[-1].at_s:
            problems.error(number, "", f"{words[0]} is not later than the line before")
        else:
            marks.append(BreathMark(at_s, words[1]))
    return tuple(marks)
