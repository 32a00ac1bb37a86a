"""A lamp that fails and answers again never jumps by more than 0.5 L*."""

import itertools

import pytest

from nidra_box.light.driver import LightDriver
from nidra_box.light.lamp import Lamp, Level
from nidra_box.light.lightness import lightness
from nidra_box.part import Course
from nidra_box.session import events as e
from nidra_box.session.session import Session
from tests.support.scripts import compiled

SCORE, _ = compiled()
OUTLINE = e.Outline("small", "Small", 540.0, (e.SleepSpan(180.0, 540.0),), score=SCORE)


class TwoLeds:
    """One that obeys and one that fails now and then; `fails` says how: a write that raises has
    done nothing, or was obeyed all the same."""

    name = "two LEDs"

    def __init__(self):
        self.amber = self.red = 0.0
        self.fails = itertools.repeat("")
        self.shown = [0.0]

    def write(self, amber, red):
        failure = next(self.fails)
        if failure != "all":
            self.amber = amber
            self.red = self.red if failure == "red" else red
        if failure:
            raise OSError(5, failure)

    def look(self):
        self.shown.append(lightness(self.amber + self.red))


def playing():
    return Session(
        e.Settings(("small",)), "small", phase=e.Phase.PLAYING, outline=OUTLINE, since=0.0
    )


def jumps(session, fails, level=None, begin=20.0, seconds=25.0):
    """The largest step that somebody saw, in L*, while the lamp failed as `fails` says from
    `begin` on."""
    leds, course = TwoLeds(), Course(session)
    driver = LightDriver(leds, course, Lamp(level) if level else None)
    if level:
        driver.write(*((0.0, 0.0113) if level.redness else (0.0113, 0.0)), begin - 1.0)
        leds.look()
    leds.fails = itertools.chain(fails, itertools.repeat(""))
    driver.poke(begin)
    now = begin
    while now < begin + seconds:
        driver.work(now)
        leds.look()
        now = max(driver.next_at(), now + 1e-6)
    assert leds.shown[-1] == pytest.approx(SCORE.lightness(now), abs=1.0)
    seen = leds.shown[1 if level else 0 :]
    return max(abs(b - a) for a, b in itertools.pairwise(seen))


@pytest.mark.parametrize("failure", ["red", "all", "none"])
@pytest.mark.parametrize("writes", [1, 2, 9])
def test_a_lamp_that_fails_and_answers_again_does_not_jump(failure, writes):
    """`red`: one LED of two took it. `none`: it was obeyed, and failed all the same."""
    assert jumps(playing(), [failure] * writes, Level(10.0, 1.0)) <= 0.5 + 1e-6


def test_a_lamp_whose_answers_say_nothing_does_not_jump():
    """Each attempt is obeyed or not, whatever it says."""
    words = "all none none none all all none all all none all none"
    assert jumps(playing(), words.split(), Level(10.0, 1.0)) <= 0.5 + 1e-6
