"""Down to Sleep: words that grow softer for twenty minutes, then nothing until it ends."""

import re
from itertools import pairwise

import pytest

from nidra_box.score.vocabulary import Ending, Part
from tests.content.reading import AMBER, DARK, RED, STOCK, read

NIGHT = read("down-to-sleep")
WORDS_END_S, END_S = 20 * 60, 60 * 60
ONES = ("one", "two", "three", "four", "five", "six", "seven")
NUMBERS = {word: number for number, word in enumerate(ONES, start=1)}
NUMBERS |= {f"twenty-{word}": 20 + number for word, number in NUMBERS.items()}
NUMBERS |= {"nine": 9, "twelve": 12, "fifteen": 15, "eighteen": 18}


def counted():
    """[(number, cue)] of every number that is called out in the count."""
    called = [(re.match(r"[\w-]+", c.words)[0].lower(), c) for c in NIGHT.of("count-down")]
    return [(NUMBERS[word], c) for word, c in called if word in NUMBERS and "steps" not in c.words]


def test_the_stages_are_those_of_the_plan():
    assert NIGHT.plan() == [
        ("bedtime", "preparation", 90),
        ("wish", "intention", 30),
        ("taper-the-breath", "breath", 480),
        ("count-down", "breath", 330),
        ("weight", "scan", 270),
        ("taper", "sleep", 1500),
        ("leave", "sleep", 900),
    ]
    assert NIGHT.score.duration_s == END_S
    assert NIGHT.script.ending is Ending.SLEEP_THROUGH
    assert NIGHT.script.goal == "sleep"
    assert NIGHT.warnings == ()


def test_it_is_spoken_at_a_calm_pace_and_not_too_much():
    assert 450 <= NIGHT.word_count() <= 650
    assert 105 <= NIGHT.words_per_minute() <= 125
    assert 0.10 <= NIGHT.speech_s() / WORDS_END_S <= 0.35
    assert all(clip.source for clip in NIGHT.score.clips)
    assert NIGHT.saying(STOCK.pattern) == []


def test_whatever_hurts_may_be_changed_before_a_minute_and_a_half_is_over():
    (cue,) = NIGHT.saying(r"if something hurts, move")
    assert cue.end_s < 90
    assert "Skip whatever does not suit." in cue.words
    assert NIGHT.saying(r"late in pregnancy, on your side", NIGHT.between(0, 90))
    assert NIGHT.saying(r"turn it down", NIGHT.between(0, 90))


def test_no_word_after_twenty_five_minutes_nor_after_the_guided_part():
    assert NIGHT.cues[-1].end_s < WORDS_END_S - 5
    assert WORDS_END_S <= 25 * 60
    assert max(clip.end for clip in NIGHT.score.clips) < WORDS_END_S * 48_000
    assert "Good night." in NIGHT.cues[-1].words


def test_no_light_afterwards_not_for_a_moment():
    assert NIGHT.score.light.is_dark(WORDS_END_S, END_S)
    assert NIGHT.score.light.lit_again_at(WORDS_END_S) is None
    assert NIGHT.brightest(WORDS_END_S, END_S, step_s=1.0) == 0.0
    assert NIGHT.colours() == [AMBER, RED, DARK]


def test_the_lamp_goes_out_by_itself_while_the_last_words_are_said():
    peaks = [NIGHT.brightest(t, t + 30) for t in range(930, WORDS_END_S, 30)]
    assert all(b < a for a, b in pairwise(peaks))
    assert peaks[0] <= 12
    assert peaks[-1] < 1.5
    lit = [s.duration_s for s in NIGHT.script.stages if s.light.peak_from > 0]
    assert sum(lit) <= 30 * 60


def test_the_sound_is_six_decibels_down_within_the_next_half_hour():
    before = NIGHT.bed_at(WORDS_END_S)
    assert before <= -36
    assert before - NIGHT.bed_at(WORDS_END_S + 20 * 60) >= 6
    assert before - NIGHT.bed_at(WORDS_END_S + 30 * 60) >= 6


def test_nothing_rises_once_the_words_have_ended():
    levels = [NIGHT.bed_at(t) for t in range(WORDS_END_S - 60, END_S, 5)]
    assert all(b <= a for a, b in pairwise(levels))
    falls = [(a - b) / 5 for a, b in pairwise(levels)]
    assert max(falls) < 0.1, "dB a second: nobody hears a step"
    assert NIGHT.score.tracks == ()
    assert {bed.id for bed in NIGHT.score.beds} == {"brown"}


def test_it_ends_by_itself():
    assert NIGHT.bed_at(END_S - 0.1) == pytest.approx(-90, abs=0.1)
    assert NIGHT.score.bed_levels(END_S + 1.0) == {}
    assert NIGHT.score.lightness(END_S + 1.0) == 0.0
    last = NIGHT.stage("leave")
    assert last.duration_s >= 5 * 60
    assert NIGHT.saying("this box will not ring, or speak, or shine")


def test_the_breath_tapers_from_eleven_to_six_as_it_should():
    start_s, end_s = NIGHT.span("taper-the-breath")
    rates = [NIGHT.rate(t) for t in range(WORDS_END_S)]
    assert all(b <= a + 1e-9 for a, b in pairwise(rates))
    assert all(r == pytest.approx(11) for r in rates[: int(start_s) + 60]), "a minute to join"
    steady = int(end_s - 0.15 * (end_s - start_s))
    assert all(r == pytest.approx(6) for r in rates[steady:])
    breathed = NIGHT.score.breath_at(end_s).index - NIGHT.score.breath_at(start_s).index
    assert breathed in (64, 65)


def test_pacing_ends_before_sleep():
    assert NIGHT.score.breath_at(WORDS_END_S + 1) is None
    assert NIGHT.score.breath_at(END_S - 1) is None


def test_the_count_goes_down_from_twenty_seven_to_one():
    numbers = [number for number, _ in counted()]
    assert numbers == [27, 26, 25, 24, 23, 22, 21, 18, 15, 12, 9, 6, 3, 1]


def test_each_number_falls_on_the_breath_out_it_belongs_to():
    _, first = counted()[0]
    began = NIGHT.score.breath_at(first.start_s + 0.02).index
    for number, cue in counted():
        assert NIGHT.begins(cue, Part.EXHALE), cue.words
        assert NIGHT.score.breath_at(cue.start_s + 0.02).index - began == 27 - number, cue.words


def test_losing_count_is_allowed_before_and_during_it():
    cues = NIGHT.of("count-down")
    assert NIGHT.saying(r"lost count\? pick any number", cues)[0].end_s < counted()[0][1].start_s
    assert NIGHT.saying(r"a different one, yours is right", cues)


def test_the_voice_steps_back():
    """Fewer numbers in the second half of the count, and a softer voice at the end."""
    first_s, last_s = counted()[0][1].start_s, counted()[-1][1].start_s
    half = (first_s + last_s) / 2
    early = [n for n, cue in counted() if cue.start_s < half]
    late = [n for n, cue in counted() if cue.start_s >= half]
    assert len(late) < len(early)
    assert all(cue.lufs == pytest.approx(-20, abs=0.1) for cue in NIGHT.of("count-down"))
    assert all(cue.lufs == pytest.approx(-24, abs=0.1) for cue in NIGHT.of("weight"))
    assert min(NIGHT.quiet_after(cue) for cue in NIGHT.of("weight")) >= 8


def test_weight_wanders_from_the_feet_to_the_eyelids():
    namings = NIGHT.namings("weight")
    order = [naming.part for naming in namings]
    assert order[0] == "feet"
    assert order[-1] == "eyelids"
    assert {"back", "shoulders", "hands", "head"} <= set(order)
    assert min(naming.seconds for naming in namings) >= 4
    assert NIGHT.saying(r"too much\? then it melts", NIGHT.of("weight"))


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (r"^brighter is in", Part.INHALE),
        (r"^dimmer is out", Part.EXHALE),
        (r"^the way out goes downhill", Part.EXHALE),
        (r"^the way in is a door", Part.INHALE),
        (r"^a flake takes one whole breath out", Part.EXHALE),
    ],
)
def test_words_about_the_breath_fall_on_that_breath(words, part):
    (cue,) = NIGHT.saying(words)
    assert NIGHT.begins(cue, part)
