"""The lamp follows the formula in steps that nobody sees."""

import itertools
import math

import pytest

from nidra_box.light.lamp import DARK, Lamp, wanted
from nidra_box.light.lightness import lightness, luminance
from nidra_box.session import events as e
from nidra_box.session.session import Session
from nidra_box.session.transitions import step
from tests.support.scripts import compiled

SCORE, _ = compiled()
OUTLINE = e.Outline("small", "Small", 540.0, (e.SleepSpan(180.0, 540.0),))


@pytest.mark.parametrize(
    ("level", "y"),
    [(0, 0), (1, 0.0011), (8, 0.00886), (10, 0.0113), (20, 0.0299), (50, 0.184), (100, 1)],
)
def test_cie_lightness(level, y):
    assert luminance(level) == pytest.approx(y, rel=0.02, abs=1e-6)
    assert lightness(luminance(level)) == pytest.approx(level, abs=1e-6)


def test_lightness_is_clamped():
    assert luminance(-5) == 0.0
    assert luminance(150) == 1.0
    assert lightness(-1) == 0.0
    assert lightness(2) == 100.0


def session_at(*events):
    session = Session(e.Settings(("small",)), "small")
    for event in events:
        session, effects = step(session, event)
        for effect in effects:
            if isinstance(effect, e.Load):
                session, _ = step(session, e.Loaded(event.at, OUTLINE))
    return session


def run(session, score, begin, end, lamp=None):
    """Writes (time, Level) as the loop would make them."""
    lamp = lamp or Lamp()
    lamp.poke(begin)
    writes, now = [], begin
    while now <= end:
        level = lamp.due(session, score, now)
        if level is not None:
            writes.append((now, level))
        if math.isinf(lamp.next_at):
            break
        now = max(lamp.next_at, now + 1e-6)
    return writes, lamp


def test_between_two_writes_the_lamp_is_within_a_quarter_of_the_formula():
    session = session_at(e.Press(0.0))
    writes, _ = run(session, SCORE, 0.0, 180.0)
    settled = [w for w in writes if w[0] > 3.0]
    for (at, level), (until, _) in itertools.pairwise(settled):
        for x in range(6):
            t = at + (until - at) * x / 6
            assert abs(level.lightness - SCORE.lightness(t)) <= 0.25, t


def test_at_most_fifty_writes_a_second_and_half_a_step_each():
    session = session_at(e.Press(0.0))
    writes, _ = run(session, SCORE, 0.0, 200.0)
    times = [at for at, _ in writes]
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.02 - 1e-9
    levels = [DARK.lightness] + [level.lightness for _, level in writes]
    assert max(abs(b - a) for a, b in itertools.pairwise(levels)) <= 0.5 + 1e-9


def test_nothing_is_written_while_the_level_is_constant():
    session = session_at(e.Press(0.0))
    writes, lamp = run(session, SCORE, 0.0, 540.0)
    assert max(at for at, _ in writes) < 181.0
    assert lamp.written.lightness == 0.0
    assert lamp.next_at == math.inf


def test_the_first_light_comes_with_the_press():
    session = session_at(e.Press(10.0))
    writes, _ = run(session, SCORE, 10.0, 11.0)
    assert writes[0][0] == 10.0
    assert 0 < writes[0][1].lightness <= 0.5


def test_a_stop_goes_dark_without_a_jump():
    session = session_at(e.Press(0.0))
    _, lamp = run(session, SCORE, 0.0, 20.0)
    bright = lamp.written.lightness
    stopped, _ = step(session, e.Hold(20.8))
    writes, lamp = run(stopped, None, 20.8, 30.0, lamp)
    assert lamp.written.lightness == 0.0
    assert len(writes) >= bright / 0.5
    assert writes[-1][0] < 20.8 + 2.0


def test_a_light_goes_out_in_its_own_colour():
    _, lamp = run(session_at(e.Press(0.0)), SCORE, 0.0, 20.0)
    assert lamp.written.lightness > 2.0
    assert lamp.written.redness == 0.0
    fading, _ = run(session_at(e.Press(0.0), e.Press(20.0)), SCORE, 20.0, 30.0, lamp)
    assert len(fading) > 3
    assert all(level.redness == 0.0 for _, level in fading)


def test_a_stalled_computer_does_not_glare():
    """Two seconds without a pass: the lamp goes on from where it stood, step by step."""
    session = session_at(e.Press(0.0))
    lamp = Lamp()
    lamp.poke(0.0)
    lamp.due(session, SCORE, 0.0)
    later = lamp.due(session, SCORE, 2.5)
    assert later.lightness <= 1.0
    assert SCORE.lightness(2.5) > 10


def test_comfort_light_is_red_breathes_under_ten_and_goes_out():
    session = session_at(e.Press(0.0), e.Press(300.0))
    levels = [wanted(session, SCORE, 300.0 + t / 10) for t in range(1250)]
    lit = [level for level in levels if level.lightness > 0]
    assert 9.5 < max(level.lightness for level in lit) <= 10.0
    assert all(level.redness == 1.0 for level in lit)
    assert wanted(session, SCORE, 419.0).lightness > 0
    assert wanted(session, SCORE, 420.0) == DARK
    writes, lamp = run(session, SCORE, 300.0, 430.0)
    assert lamp.written.lightness == 0.0


@pytest.mark.parametrize(("turned", "peak"), [(-2, 9.0), (-10, 5.0), (-100, 1.0)])
def test_comfort_light_is_as_much_softer_as_the_lamp_was_set(turned, peak):
    session = session_at(e.Press(0.0), e.PushTurn(1.0, turned), e.Press(300.0))
    levels = [wanted(session, SCORE, 300.0 + t / 10).lightness for t in range(1200)]
    assert max(levels) == pytest.approx(peak)
    assert peak == 10.0 * session.brightness / 100.0


def test_no_brightness_makes_comfort_light_brighter_than_ten():
    session = session_at(e.Press(0.0), e.PushTurn(1.0, 100), e.Press(300.0))
    writes, _ = run(session, SCORE, 300.0, 430.0)
    assert 9.5 < max(level.lightness for _, level in writes) <= 10.0


def test_brightness_scales_and_light_off_is_dark():
    session = session_at(e.Press(0.0), e.PushTurn(1.0, -10))
    assert wanted(session, SCORE, 3.0).lightness == pytest.approx(SCORE.lightness(3.0) / 2)
    off, _ = step(session_at(e.Press(0.0)), e.Push(2.0))
    assert wanted(off, SCORE, 3.0) == DARK


def test_the_lamp_dims_away_with_the_sleep_timer():
    session = Session(e.Settings(("small",), timer_s=100.0, wind_down_s=40.0), "small")
    session, _ = step(session, e.Press(0.0))
    session, _ = step(session, e.Loaded(0.0, OUTLINE))
    session, _ = step(session, e.Tick(60.0))
    half = wanted(session, SCORE, 80.0).lightness
    assert half == pytest.approx(SCORE.lightness(80.0) / 2, rel=0.01)
    assert wanted(session, SCORE, 100.0).lightness == 0.0


def test_the_glow_of_the_knob_says_how_loud():
    quiet = session_at(e.Turn(1.0, -20))
    loud = session_at(e.Turn(1.0, 20))
    assert 0 < wanted(quiet, None, 1.5).lightness < wanted(loud, None, 1.5).lightness <= 12
    assert wanted(loud, None, 4.1) == DARK


def test_the_glow_of_a_pushed_knob_says_how_bright():
    dim = session_at(e.Push(1.0), e.PushTurn(1.1, -10))
    bright = session_at(e.Push(1.0), e.PushTurn(1.1, -1))
    assert 0 < wanted(dim, None, 1.5).lightness < wanted(bright, None, 1.5).lightness <= 12


def answering(well):
    """L* every 0.02 s while a stick is answered at 10.0, and 2 s more; as written by the lamp."""
    session = session_at(e.Turn(1.0, 1), e.Tick(4.0), e.StickTaken(10.0, 5.0, well))
    lamp, shown = Lamp(), []
    for n in range(round((session.sign.ends_at + 2.0 - 10.0) / 0.02)):
        lamp.due(session, None, 10.0 + n * 0.02)
        shown.append(lamp.written)
    assert {level.redness for level in shown} == {1.0}
    assert max(abs(a.lightness - b.lightness) for a, b in itertools.pairwise(shown)) <= 0.5
    return [level.lightness for level in shown]


def test_a_stick_that_was_taken_in_is_answered_by_two_slow_breaths():
    shown = answering(well=True)
    assert sum(a < 8.0 <= b for a, b in itertools.pairwise(shown)) == 2
    assert max(shown) == pytest.approx(16.0, abs=0.3)
    assert shown[300] == pytest.approx(0.0, abs=0.5)
    assert set(shown[-60:]) == {0.0}


def test_one_that_was_not_is_answered_by_a_low_steady_glow():
    shown = answering(well=False)
    assert shown[60:190] == pytest.approx([8.0] * 130, abs=0.3)
    assert max(shown) <= 20.0
    assert set(shown[-60:]) == {0.0}


def test_paused_and_unknown_are_dark():
    paused = session_at(e.Press(0.0), e.Press(20.0))
    assert wanted(paused, SCORE, 25.0) == DARK
    assert wanted(session_at(e.Press(0.0)), None, 25.0) == DARK
