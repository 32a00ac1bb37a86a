"""Down to Sleep: words that grow softer for twenty minutes, then nothing until it ends."""

from itertools import pairwise

import pytest

from nidra_box.score.vocabulary import Ending
from tests.content.reading import AMBER, DARK, RED, read

NIGHT = read("down-to-sleep")
WORDS_END_S, END_S = 20 * 60, 60 * 60


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
    assert 105 <= NIGHT.words_per_minute() <= 125
    assert 0.10 <= NIGHT.speech_s() / WORDS_END_S <= 0.35
    assert all(clip.source for clip in NIGHT.score.clips)


def test_whatever_hurts_may_be_changed_before_a_minute_and_a_half_is_over():
    (cue,) = NIGHT.saying(r"if something hurts, move")
    assert cue.end_s < 90
    assert NIGHT.saying(r"late in pregnancy, on your side", NIGHT.between(0, 90))
    assert NIGHT.saying(r"turn it down", NIGHT.between(0, 90))


def test_no_word_after_twenty_five_minutes_nor_after_the_guided_part():
    assert NIGHT.cues[-1].end_s < WORDS_END_S - 5
    assert WORDS_END_S <= 25 * 60
    assert max(clip.end for clip in NIGHT.score.clips) < WORDS_END_S * 48_000


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


def test_the_breath_tapers_from_eleven_to_six_as_it_should():
    start_s, end_s = NIGHT.span("taper-the-breath")
    rates = [NIGHT.rate(t) for t in range(WORDS_END_S)]
    assert all(b <= a + 1e-9 for a, b in pairwise(rates))
    assert all(r == pytest.approx(11) for r in rates[: int(start_s) + 60]), "a minute to join"
    steady = int(end_s - 0.15 * (end_s - start_s))
    assert all(r == pytest.approx(6) for r in rates[steady:])
    breathed = NIGHT.score.breath_at(end_s).index - NIGHT.score.breath_at(start_s).index
    assert breathed in (64, 65)


def test_the_voice_steps_back():
    assert all(cue.lufs == pytest.approx(-20, abs=0.1) for cue in NIGHT.of("count-down"))
    assert all(cue.lufs == pytest.approx(-24, abs=0.1) for cue in NIGHT.of("weight"))
    assert min(NIGHT.quiet_after(cue) for cue in NIGHT.of("weight")) >= 8


def test_pacing_ends_before_sleep():
    assert NIGHT.score.breath_at(WORDS_END_S + 1) is None
    assert NIGHT.score.breath_at(END_S - 1) is None
