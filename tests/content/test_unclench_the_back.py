"""Unclench the Back: gentle presses, each undone, and a second pass without any."""

import re
from itertools import pairwise

import pytest

from nidra_box.score.vocabulary import Ending
from tests.content.reading import AMBER, RED, read

NIGHT = read("unclench-the-back")
FIRST, SECOND = "press-and-release", "second-pass"
EFFORT = re.compile(
    r"\b(tense|tighten\w*|clench|stretch\w*|arch|pull|force|hold(?! up)|strain|straighten|align|"
    r"strong\w*|(?<!no )harder|as (hard|far|much) as)\b",
    re.IGNORECASE,
)
"""What nobody is to be told whose back hurts."""


def test_the_stages_are_those_of_the_plan():
    assert NIGHT.plan() == [
        ("settle", "preparation", 120),
        ("reason", "intention", 60),
        ("breath", "breath", 180),
        ("press-and-release", "scan", 540),
        ("opposites", "opposites", 300),
        ("second-pass", "scan", 360),
        ("quiet", "quiet", 180),
        ("closing", "return", 60),
    ]
    assert NIGHT.score.duration_s == 30 * 60
    assert NIGHT.script.ending is Ending.OPEN
    assert NIGHT.script.goal == "back"
    assert "red-flags" in NIGHT.script.cautions
    assert NIGHT.warnings == ()


def test_it_is_spoken_at_a_calm_pace_and_not_too_much():
    assert 105 <= NIGHT.words_per_minute() <= 125
    assert 0.10 <= NIGHT.speech_s() / NIGHT.score.duration_s <= 0.35
    assert all(clip.source for clip in NIGHT.score.clips)


def test_whatever_hurts_may_be_left_out_before_a_minute_and_a_half_is_over():
    (cue,) = NIGHT.saying(r"leave out .* hurts", NIGHT.of("settle"))
    assert cue.end_s < 90
    assert NIGHT.saying(r"expecting a child.*left side", NIGHT.between(0, 90))


def test_gently_and_never_into_pain_is_said_before_the_first_press():
    cues = NIGHT.of(FIRST)
    (warning,) = NIGHT.saying(r"gently, never into pain", cues)
    assert warning in cues[:3]


def test_nobody_is_told_to_make_an_effort():
    assert NIGHT.saying(EFFORT.pattern) == []


def test_the_breath_slows_down_and_never_speeds_up():
    rates = [NIGHT.rate(t) for t in range(0, 1800, 10)]
    assert rates[0] == pytest.approx(11)
    assert rates[-1] == pytest.approx(6)
    assert all(b <= a + 1e-9 for a, b in pairwise(rates))


def test_three_minutes_belong_to_the_rain():
    start_s, end_s = NIGHT.span("quiet")
    cue = NIGHT.of("quiet")[-1]
    assert end_s - cue.end_s >= 150
    assert NIGHT.bed_at(start_s + 60) == pytest.approx(-38)
    assert set(NIGHT.score.bed_levels(600.0)) == {"rain"}


def test_lamp_and_rain_leave_together():
    assert NIGHT.colours() == [AMBER, RED]
    assert NIGHT.brightest(*NIGHT.span("closing")) <= 8
    assert NIGHT.brightest(1790, 1800) <= 1.5
    assert NIGHT.bed_at(1789.0) <= -46
    assert NIGHT.bed_at(1799.9) <= -85
