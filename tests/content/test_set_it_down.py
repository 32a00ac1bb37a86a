"""Set It Down: a safe place first, a slow breath, small feelings, a bag left on a stone."""

import re
from itertools import pairwise

import pytest

from nidra_box.score.vocabulary import Ending, Part, StageKind
from tests.content.reading import AMBER, RED, STOCK, read

NIGHT = read("set-it-down")
END_S = 28 * 60
FEELING = re.compile(
    r"\b(feelings?|worr\w+|ease|calm\w*|peace\w*|happy|joy\w*|love\w*|sad\w*|fear|afraid|"
    r"better|grateful|gratitude|proud|safe|wonderful|relaxed|stress\w*)\b",
    re.IGNORECASE,
)


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
    assert 450 <= NIGHT.word_count() <= 650
    assert 105 <= NIGHT.words_per_minute() <= 125
    assert 0.10 <= NIGHT.speech_s() / NIGHT.score.duration_s <= 0.35
    assert all(clip.source for clip in NIGHT.score.clips)
    assert NIGHT.saying(STOCK.pattern) == []


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


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (r"air comes in", Part.INHALE),
        (r"air goes out", Part.EXHALE),
        (r"^breathing in", Part.INHALE),
        (r"^breathing out", Part.EXHALE),
        (r"the way out is the long one", Part.EXHALE),
        (r"^you set it down", Part.EXHALE),
        (r"^feel a breath come", Part.INHALE),
    ],
)
def test_words_about_the_breath_fall_on_that_breath(words, part):
    (cue,) = NIGHT.saying(words)
    assert NIGHT.begins(cue, part)


def test_nobody_has_to_keep_up():
    assert NIGHT.saying("if you want to be led", NIGHT.of("breath"))
    assert NIGHT.saying(r"short of air\? take the quick breaths", NIGHT.of("breath"))


def test_every_part_has_four_seconds_and_a_way_round_it():
    namings = NIGHT.namings("pockets")
    assert len(namings) >= 18
    assert min(namings, key=lambda naming: naming.seconds).seconds >= 4
    way_round = NIGHT.saying("would rather not visit", NIGHT.of("pockets"))[0]
    assert way_round.start_s < NIGHT.saying("forehead")[0].start_s


def test_both_hands_have_five_fingers_of_equal_time():
    namings = NIGHT.namings("pockets")
    hands = [n for n, naming in enumerate(namings) if naming.part == "hand"]
    assert len(hands) == 2
    for hand in hands:
        fingers = [naming.seconds for naming in namings[hand - 5 : hand]]
        assert namings[hand - 5].part == "thumb"
        assert max(fingers) - min(fingers) < 1.5


def test_each_feeling_has_its_opposite_and_a_small_size():
    cues = NIGHT.of("opposites")
    assert NIGHT.saying("take small ones", cues[:1])
    for feeling, opposite in (("worried", "at ease"), ("rushed", "having time")):
        first, second = NIGHT.saying(feeling, cues)[0], NIGHT.saying(opposite, cues)[0]
        assert second.start_s - first.end_s >= 20, feeling
        assert NIGHT.quiet_after(first) >= 8
        assert NIGHT.quiet_after(second) >= 8
    together = NIGHT.saying("in one hand, ease in the other", cues)[0]
    assert together.start_s > NIGHT.saying("having time", cues)[0].end_s


def test_after_the_feelings_comes_the_safe_place():
    last = NIGHT.of("opposites")[-1]
    assert re.search(r"Go to your place.*small thing", last.words)
    assert NIGHT.quiet_after(last) >= 20


def test_the_bag_is_set_down_and_then_nobody_speaks():
    (cue,) = NIGHT.saying(r"^you set it down\.$")
    assert cue.stage == "bag-on-the-shore"
    assert NIGHT.quiet_after(cue) >= 15
    assert NIGHT.saying("you can fetch it later", NIGHT.of("bag-on-the-shore"))


def test_the_last_two_minutes_are_neutral_breath_intention_room():
    last = NIGHT.between(END_S - 120, END_S)
    breath, plan, room = (
        NIGHT.saying(pattern, last) for pattern in (r"\bbreath\b", r"do next", r"\broom\b")
    )
    assert breath
    assert plan
    assert room
    assert breath[0].start_s < plan[0].start_s < room[0].start_s
    kinds = [s.kind for s in NIGHT.score.stages if s.start_s >= END_S - 120]
    assert kinds == [StageKind.INTENTION, StageKind.RETURN]
    assert NIGHT.saying(FEELING.pattern, last) == []
    assert all(cue.words.endswith(".") for cue in last)


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
