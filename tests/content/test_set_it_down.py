"""Set It Down: a safe place first, a slow breath, small feelings, a bag left on a stone."""

from itertools import pairwise

import pytest

from nidra_box.score.vocabulary import Ending
from tests.content.reading import AMBER, RED, read

NIGHT = read("set-it-down")
END_S = 28 * 60


def test_the_stages_are_those_of_the_plan():
    assert NIGHT.plan() == [
        ("welcome", "preparation", 120),
        ("safe-place", "imagery", 180),
        ("breath", "breath", 360),
        ("pockets", "scan", 360),
        ("opposites", "opposites", 300),
        ("bag-on-the-shore", "imagery", 240),
        ("next-thing", "intention", 60),
        ("return", "return", 60),
    ]
    assert NIGHT.score.duration_s == END_S
    assert NIGHT.script.ending is Ending.OPEN
    assert NIGHT.script.goal == "stress"
    assert "you-may-stop" in NIGHT.script.cautions
    assert NIGHT.warnings == ()


def test_it_is_spoken_at_a_calm_pace_and_not_too_much():
    assert 105 <= NIGHT.words_per_minute() <= 125
    assert 0.10 <= NIGHT.speech_s() / NIGHT.score.duration_s <= 0.35
    assert all(clip.source for clip in NIGHT.score.clips)


def test_you_may_stop_is_said_aloud_at_once_and_how():
    told = NIGHT.saying(r"\byou may stop\b")
    assert told[0].end_s < 90
    how = NIGHT.saying(r"^to stop, open your eyes, move, and switch on a light")
    assert told[0].end_s < how[0].start_s < how[0].end_s < 90
    assert NIGHT.saying(r"\bskip\b", NIGHT.between(0, 90))


def test_it_is_said_again_before_the_first_feeling():
    again = NIGHT.saying(r"\byou may stop\b", NIGHT.of("opposites"))
    first = NIGHT.saying(r"^remember", NIGHT.of("opposites"))[0]
    assert again
    assert again[0].end_s < first.start_s


def test_there_is_a_safe_place_within_five_minutes():
    named = NIGHT.saying("safe place")[0]
    assert named.start_s < 300
    assert NIGHT.span("safe-place")[1] <= 300
    place = NIGHT.of("safe-place")
    assert NIGHT.saying(r"none comes\?.*this room", place), "for those who find none"
    assert NIGHT.saying(r"grows too big", place), "and how to come back to it"
    asked = [cue for cue in place if cue.words.endswith("?")]
    assert min(NIGHT.quiet_after(cue) for cue in asked) >= 10


def test_five_minutes_and_more_of_paced_breath_reach_six_and_a_half_a_minute():
    start_s, end_s = NIGHT.span("breath")
    rates = [NIGHT.rate(t) for t in range(int(start_s), int(end_s))]
    assert len(rates) >= 5 * 60
    assert all(b <= a + 1e-9 for a, b in pairwise(rates))
    assert rates[0] > 9
    assert rates[-1] <= 6.5
    slow = [t for t in range(int(start_s), END_S) if NIGHT.rate(t) <= 6.5]
    assert slow[-1] - slow[0] >= 5 * 60, "and it stays there for as long again"


def test_the_lamp_goes_on_breathing_through_every_stage():
    assert all(NIGHT.score.breath_at(t) for t in range(0, END_S, 5))
    for before, after in pairwise(NIGHT.score.stages):
        step_s = 60 / NIGHT.rate(after.start_s) - 60 / NIGHT.rate(before.end_s - 0.01)
        assert abs(step_s) < 0.1, after.id


def test_nobody_has_to_keep_up():
    assert NIGHT.saying(r"short of air\? take the quick breaths", NIGHT.of("breath"))


def test_the_light_is_amber_then_red_and_comes_back_dim():
    assert NIGHT.colours() == [AMBER, RED, AMBER]
    start_s, end_s = NIGHT.span("return")
    assert NIGHT.score.redness(start_s - 5) == 1.0
    assert NIGHT.score.redness(end_s - 20) == 0.0
    assert NIGHT.brightest(start_s, end_s) <= 30
    assert NIGHT.score.lightness(end_s - 0.01) < 5


def test_the_sea_is_there_all_the_time_and_goes_out():
    assert set(NIGHT.score.bed_levels(600.0)) == {"ocean"}
    assert NIGHT.bed_at(1619.0) == pytest.approx(-38)
    assert NIGHT.bed_at(END_S - 11) <= -45
    assert NIGHT.bed_at(END_S - 0.1) <= -85
