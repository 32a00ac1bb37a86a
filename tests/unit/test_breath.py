"""The breath: integrated in closed form, continuous over every change of rate."""

import itertools
import math

import pytest

from nidra_box.documents.node import Problems
from nidra_box.score.breath import (
    BreathLine,
    PacedStretch,
    breathe,
    breathe_along,
    parse_breath_marks,
)
from nidra_box.score.script import Breath, BreathMark
from nidra_box.score.vocabulary import Part

EVEN = Breath(0.5, 0.0, 0.5, 0.0)
LONG_OUT = Breath(0.4, 0.0, 0.6, 0.0)
P11, P6 = 60 / 11, 10.0

# 11 to 6 a minute in eight minutes: the first minute and the last 15 % constant.
EIGHT_MINUTES = breathe(
    [
        PacedStretch(0, 60, P11, P11, LONG_OUT),
        PacedStretch(60, 408, P11, P6, LONG_OUT),
        PacedStretch(408, 480, P6, P6, LONG_OUT),
    ]
)


def starts(line, until):
    found, t = [], 0.0
    while t is not None and t < until:
        t = line.next_start(Part.INHALE, t)
        if t is None:
            break
        found.append(t)
        t += 0.01
    return found


def test_eight_minutes_are_sixty_five_breaths_each_of_which_grows():
    begins = starts(EIGHT_MINUTES, 480)
    assert len(begins) == 65
    lengths = [b - a for a, b in itertools.pairwise(begins)]
    growth = [b - a for a, b in itertools.pairwise(lengths)]
    assert min(growth) > -1e-9
    growing = [g for g in growth if g > 1e-3]
    assert sum(growing) / len(growing) == pytest.approx(0.094, abs=0.003)


def test_the_phase_is_the_integral_of_dt_over_period():
    turns, dt = 0.0, 0.001
    for step in range(480_000):
        t = step * dt
        period = P11 if t < 60 else P6 if t >= 408 else P11 + (P6 - P11) * (t - 60) / 348
        turns += dt / period
        if step % 40_000 == 0:
            breathing = EIGHT_MINUTES.at(t + dt)
            assert breathing.index + breathing.phase == pytest.approx(turns, abs=2e-4)


def test_the_curve_has_zero_slope_at_the_turns_and_never_jumps():
    before = EIGHT_MINUTES.at(0.0).fullness
    for step in range(1, 47_900):
        now = EIGHT_MINUTES.at(step / 100).fullness
        assert abs(now - before) < 0.01  # the steepest: pi/2 / 2.18 s * 10 ms
        before = now


def test_a_pattern_slides_and_every_breath_keeps_its_own():
    line = breathe([PacedStretch(0, 90, 6.0, 6.0, EVEN), PacedStretch(90, 300, 6.0, 6.0, LONG_OUT)])
    shares = []
    for begin in starts(line, 290):
        exhale = line.next_start(Part.EXHALE, begin)
        if exhale is not None:
            shares.append((begin, (exhale - begin) / 6.0))
    assert all(s == pytest.approx(0.5, abs=1e-6) for t, s in shares if t < 90)
    assert all(s == pytest.approx(0.4, abs=1e-6) for t, s in shares if t > 150)
    sliding = [s for t, s in shares if 90 <= t <= 150]
    assert sliding == sorted(sliding, reverse=True)
    assert len(set(sliding)) > 5


def test_a_breath_that_crosses_a_stage_is_one_breath():
    line = breathe([PacedStretch(0, 10, 6, 6, EVEN), PacedStretch(10, 40, 6, 7, EVEN)])
    assert line.at(9.999).index == line.at(10.001).index == 1
    assert line.at(9.999).fullness == pytest.approx(line.at(10.001).fullness, abs=0.01)


def test_after_a_gap_a_fresh_breath_begins():
    line = breathe([PacedStretch(0, 10, 6, 6, EVEN), PacedStretch(20, 40, 6, 6, EVEN)])
    assert line.at(15) is None
    assert line.next_start(Part.INHALE, 15) is None
    assert line.at(20.0).phase == pytest.approx(0.0, abs=1e-9)
    assert line.at(20.0).part is Part.INHALE


def test_holds_are_parts_too():
    line = breathe([PacedStretch(0, 60, 10, 10, Breath(0.3, 0.2, 0.4, 0.1))])
    parts = [line.at(t).part for t in (1, 4, 7, 9.5)]
    assert parts == [Part.INHALE, Part.HOLD, Part.EXHALE, Part.REST]
    assert line.at(4).fullness == 1.0
    assert line.at(9.5).fullness == 0.0
    assert line.next_start(Part.HOLD, 0) == pytest.approx(3)
    assert line.next_start(Part.REST, 0) == pytest.approx(9)
    assert line.next_start(Part.REST, 9.2) == pytest.approx(19)


def test_a_recorded_voice_leads_the_breath():
    marks = (
        BreathMark(5.0, "inhale"),
        BreathMark(8.0, "hold"),
        BreathMark(9.0, "exhale"),
        BreathMark(15.0, "inhale"),
        BreathMark(19.0, "exhale"),
        BreathMark(26.0, "inhale"),
    )
    line = breathe_along(marks, 100.0, 200.0)
    assert line.at(104.9) is None
    assert [line.at(100 + t).part for t in (6, 8.5, 12)] == [Part.INHALE, Part.HOLD, Part.EXHALE]
    assert line.at(115.0).index == 1
    assert line.next_start(Part.EXHALE, 111) == pytest.approx(119.0)
    assert line.at(126.5) is None


def test_a_cue_file_names_every_mistake():
    problems = Problems("v.txt")
    marks = parse_breath_marks(
        "0:05 inhale  # the first\n\n0:08 hold\n0:07 exhale\nnow inhale\n0:10 exhail\n0:12\n",
        problems,
    )
    assert [m.part for m in marks] == ["inhale", "hold"]
    assert [wrong.line for wrong in problems.found] == [4, 5, 6, 7]
    assert "did you mean 'exhale'" in problems.found[2].message


def test_an_empty_line_breathes_nothing():
    assert BreathLine().at(3.0) is None
    assert math.isclose(EIGHT_MINUTES.at(0.0).fullness, 0.0)
