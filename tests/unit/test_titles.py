"""Choosing in the dark: the title of the next programme is said softly, once, to somebody who is
choosing, and never into a night."""

from dataclasses import replace

import numpy as np
import pytest

from nidra_box.score.score import Clip, ClipFacts
from nidra_box.session import events as e
from nidra_box.sound.mix.mixdown import mix
from nidra_box.sound.mix.state import MixState, Start, Volume, apply
from nidra_box.units import RATE_HZ
from tests.support.scripts import compiled
from tests.support.sounds import ToneReader, bed_score
from tests.unit.test_session import Hand

TITLE = Clip("voice:night/title.opus", 0, RATE_HZ, -10.0, -20.0, "Night", "")
SCORE = replace(bed_score(), title_clip=TITLE)


def starts(hand):
    return [effect for effect in hand.effects if isinstance(effect, e.StartSound)]


def test_a_press_says_nothing_and_a_second_press_says_what_it_chose():
    hand = Hand().at(1.0).double()
    first, second = starts(hand)
    assert (first.id, first.announces) == ("night", False)
    assert (second.id, second.announces) == ("other", True)


def test_who_goes_on_choosing_hears_every_title():
    hand = Hand().at(1.0).double().at(6.0).double()
    assert [(s.id, s.announces) for s in starts(hand)] == [("tape.flac", True)]


def test_a_night_that_has_been_playing_is_not_spoken_into():
    hand = Hand().at(1.0).press().at(120.0).press().at(130.0).double()
    assert [(s.id, s.announces) for s in starts(hand)] == [("night", False), ("other", False)]


def test_going_on_after_a_pause_does_not_say_it_again():
    hand = Hand().at(1.0).double().at(3.0).press().at(5.0).press()
    assert [s.announces for s in starts(hand)] == [False]


def test_a_light_by_hold_is_not_announced():
    hand = Hand().at(1.0).hold()
    assert not any(s.announces for s in starts(hand) if s.id == "breath-lamp")


def heard(announces, seconds=4.0, volume_db=0.0, bed=False):
    score = SCORE if bed else replace(SCORE, beds=(), clips=())
    state = apply(apply(MixState(), Volume(volume_db)), Start(score, 0, announces=announces))
    parts = []
    while state.frame < seconds * RATE_HZ:
        pcm, state = mix(state, 4096, ToneReader(amplitude=0.1))
        parts.append(pcm[:, 0])
    return np.concatenate(parts).astype(np.float64) / 32768.0


def test_the_title_comes_after_a_moment_and_once():
    sound = np.flatnonzero(np.abs(heard(announces=True)) > 3 / 32768) / RATE_HZ
    assert sound[0] == pytest.approx(1.2, abs=0.01)
    assert sound[-1] == pytest.approx(2.2, abs=0.01)
    assert not heard(announces=False).any()


def test_the_title_is_ten_decibels_under_the_voice_and_follows_the_knob():
    loud, soft = heard(True), heard(True, volume_db=-12.0)
    middle = slice(round(1.5 * RATE_HZ), round(2.0 * RATE_HZ))
    # the clip stands at -20 LUFS for 0.1 of amplitude in one channel, the title at -30
    assert np.abs(loud[middle]).max() == pytest.approx(
        0.1 * 10 ** (-10 / 20) / np.sqrt(2), rel=0.03
    )
    assert np.abs(soft[middle]).max() == pytest.approx(
        np.abs(loud[middle]).max() * 10 ** (-12 / 20), rel=0.05
    )


def test_a_compiled_script_knows_its_title():
    score, _ = compiled(clips={"Small Night.": ClipFacts("voice:small/t.opus", 48_000, -20.0)})
    assert score.title_clip == Clip(
        "voice:small/t.opus", 0, 48_000, -10.0, -20.0, "Small Night", ""
    )
