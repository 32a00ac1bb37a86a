"""Unclench the Back: gentle presses, each undone, and a second pass without any."""

import re
from itertools import pairwise

import pytest

from nidra_box.score.vocabulary import Ending, Part
from tests.content.reading import AMBER, RED, STOCK, parts_in, read

NIGHT = read("unclench-the-back")
FIRST, SECOND = "press-and-release", "second-pass"
PRESSES = ["Heels down.", "Press.", "Now.", "Lean.", "Up.", "Shut them.", "One leaf.", "Softly."]
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
    assert 450 <= NIGHT.word_count() <= 650
    assert 105 <= NIGHT.words_per_minute() <= 125
    assert 0.10 <= NIGHT.speech_s() / NIGHT.score.duration_s <= 0.35
    assert all(clip.source for clip in NIGHT.score.clips)
    assert NIGHT.saying(STOCK.pattern) == []


def test_whatever_hurts_may_be_left_out_before_a_minute_and_a_half_is_over():
    (cue,) = NIGHT.saying(r"leave out .* hurts", NIGHT.of("settle"))
    assert cue.end_s < 90
    assert NIGHT.saying(r"expecting a child.*left side", NIGHT.between(0, 90))


@pytest.mark.parametrize("part", ["back", "shoulders", "neck"])
def test_back_shoulders_and_neck_are_named_in_both_passes(part):
    for stage in (FIRST, SECOND):
        named = {naming.part for naming in NIGHT.namings(stage)}
        assert any(name.endswith(part) for name in named), stage
    assert len([c for c in NIGHT.cues if part in " ".join(parts_in(c.words))]) >= 2


@pytest.mark.parametrize("stage", [FIRST, SECOND])
def test_every_part_has_four_seconds_and_more(stage):
    namings = NIGHT.namings(stage)
    assert len(namings) >= 8
    assert min(namings, key=lambda naming: naming.seconds).seconds >= 4


def test_gently_and_never_into_pain_is_said_before_the_first_press():
    cues = NIGHT.of(FIRST)
    (warning,) = NIGHT.saying(r"gently, never into pain", cues)
    (leave,) = NIGHT.saying(r"if a place says no, only breathe", cues)
    first_press = next(cue for cue in cues if cue.words in PRESSES)
    assert warning.end_s < leave.start_s < leave.end_s < first_press.start_s


def test_a_press_comes_with_the_breath_in_and_ends_with_the_next_breath_out():
    cues = NIGHT.of(FIRST)
    presses = [cue for cue in cues if cue.words in PRESSES]
    assert {cue.words for cue in presses} == set(PRESSES)
    for press, release in pairwise(cues):
        if press in presses:
            assert NIGHT.begins(press, Part.INHALE), press
            assert release.words.startswith("And "), press
            assert NIGHT.begins(release, Part.EXHALE), release
            assert release.start_s - press.start_s < 4, "a press takes no longer than that breath"


def test_after_every_press_there_is_time_to_feel_that_it_is_over():
    releases = [cue for cue in NIGHT.of(FIRST) if re.match("And (stop|open|part)", cue.words)]
    assert len(releases) >= 7
    assert min(NIGHT.quiet_after(cue) for cue in releases) >= 20


def test_nobody_is_told_to_make_an_effort():
    assert NIGHT.saying(EFFORT.pattern) == []


def test_the_low_back_itself_presses_nothing():
    cues = NIGHT.of(FIRST)
    begin = next(n for n, cue in enumerate(cues) if "low back" in parts_in(cue.words))
    end = next(n for n, cue in enumerate(cues) if n > begin and parts_in(cue.words))
    about = cues[begin:end]
    assert "let off" in about[0].words
    assert not [cue for cue in about if cue.words in PRESSES]
    breaths = [cue for cue in about if re.match("(In|Out), ", cue.words)]
    assert [NIGHT.begins(cue, Part.INHALE) for cue in breaths] == [True, False, True, False]
    assert [NIGHT.begins(cue, Part.EXHALE) for cue in breaths] == [False, True, False, True]


def test_the_second_pass_goes_from_neck_to_heels_and_presses_nothing():
    order = [naming.part for naming in NIGHT.namings(SECOND)]
    wanted = ["neck", "shoulders", "shoulder blades", "back", "low back", "seat", "thighs", "heels"]
    assert order[: len(wanted)] == wanted
    assert not [cue for cue in NIGHT.of(SECOND) if cue.words in PRESSES]
    assert NIGHT.saying("nothing presses", NIGHT.of(SECOND)[:1])


def test_opposites_are_pictured_and_each_is_given_time():
    cues = NIGHT.of("opposites")
    order = [NIGHT.saying(word, cues)[0].start_s for word in ("heavy", "light", "knot", "undone")]
    assert order == sorted(order)
    assert min(b - a for a, b in pairwise(order)) >= 20
    assert NIGHT.saying("tie nothing", cues)


def test_the_breath_slows_down_and_never_speeds_up():
    rates = [NIGHT.rate(t) for t in range(0, 1800, 10)]
    assert rates[0] == pytest.approx(11)
    assert rates[-1] == pytest.approx(6)
    assert all(b <= a + 1e-9 for a, b in pairwise(rates))


def test_three_minutes_belong_to_the_rain():
    start_s, end_s = NIGHT.span("quiet")
    (cue,) = NIGHT.of("quiet")
    assert cue.start_s - start_s < 15
    assert end_s - cue.end_s >= 150
    assert NIGHT.quiet_after(cue) >= 150
    assert NIGHT.bed_at(start_s + 60) == pytest.approx(-38)
    assert set(NIGHT.score.bed_levels(600.0)) == {"rain"}


def test_both_ends_are_open_to_stay_or_to_get_up_by_the_side():
    sentence, stay, rise = NIGHT.of("closing")
    assert "sentence" in sentence.words
    assert NIGHT.saying("one short sentence", NIGHT.of("reason"))
    assert "stay" in stay.words
    assert re.search(r"knees.*sideways.*arms push", rise.words)
    assert rise.end_s <= NIGHT.score.duration_s - 5


def test_lamp_and_rain_leave_together():
    assert NIGHT.colours() == [AMBER, RED]
    assert NIGHT.brightest(*NIGHT.span("closing")) <= 8
    assert NIGHT.brightest(1790, 1800) <= 1.5
    assert NIGHT.bed_at(1789.0) <= -46
    assert NIGHT.bed_at(1799.9) <= -85
