"""The doctor's breath of light and stroke of the bowl keep the promises of a night."""

import itertools

import numpy as np
import pytest

from nidra_box.cli import main
from nidra_box.doctor import trials
from nidra_box.light.lightness import lightness
from nidra_box.sound.beds import synthesise
from nidra_box.sound.card.deck import DeckError
from nidra_box.studio.nights.simulated import SimulatedLight
from nidra_box.units import RATE_HZ
from tests.support.decks import Time, VirtualDeck


def test_one_breath_without_a_step_and_dark_at_both_ends():
    seen = []
    light = SimulatedLight(listener=lambda amber, red: seen.append((amber, red)))
    slept = []
    trials.breathe(light, slept.append)
    levels = [lightness(amber) for amber, _ in seen]
    assert levels[0] == levels[-1] == 0.0
    assert max(levels) == pytest.approx(36.0)
    assert max(abs(b - a) for a, b in itertools.pairwise(levels)) <= 0.5
    assert {red for _, red in seen} == {0.0}
    assert sum(slept) == pytest.approx(10.0, abs=0.1)


def test_the_second_lamp_breathes_alone():
    seen = []
    light = SimulatedLight(listener=lambda amber, red: seen.append((amber, red)))
    trials.breathe(light, lambda _: None, red=True)
    assert {amber for amber, _ in seen} == {0.0}
    assert max(red for _, red in seen) > 0.05


def test_a_breath_that_is_broken_off_leaves_it_dark():
    light = SimulatedLight()

    def interrupt(_):
        if light.writes > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trials.breathe(light, interrupt)
    assert (light.amber, light.red) == (0.0, 0.0)


def test_the_gain_of_the_bowl_rises_no_faster_than_6_db_a_second():
    steady = np.full((40 * RATE_HZ, 2), 0.25, np.float32)
    pcm = trials.soft_bowl(steady[: 4 * RATE_HZ], -6.0)  # strokes that just do not overlap
    level = 20 * np.log10(np.maximum(np.abs(pcm[:: RATE_HZ // 10, 0]) / 32767 / 0.25, 1e-4))
    loud = level > -40  # below, 16 bits are coarser than the step
    rises = np.diff(level)[loud[1:] & loud[:-1]]
    assert rises.max() <= 0.6 + 0.1  # in a tenth of a second
    assert level.max() == pytest.approx(-6.0, abs=0.1)
    assert abs(int(pcm[-1, 0])) <= 1


def test_the_bowl_is_played_whole_and_once():
    time = Time()
    deck = VirtualDeck(time)

    def sleep(seconds):
        time.now += seconds

    pcm = trials.soft_bowl(synthesise("sound:bowl").astype(np.float32), -20.0)
    assert np.abs(pcm).max() > 100
    trials.play(deck, pcm, sleep)
    heard = deck.heard()
    first = int(
        np.flatnonzero(np.abs(heard).sum(axis=1))[0] - np.flatnonzero(np.abs(pcm).sum(axis=1))[0]
    )
    assert np.array_equal(heard[first : first + len(pcm)], pcm)
    assert not heard[first + len(pcm) :].any()
    assert not deck.is_open


def test_a_card_that_stands_still_is_not_waited_for_for_ever():
    time = Time()
    deck = VirtualDeck(time)
    deck.stalled = True

    def sleep(seconds):
        time.now += seconds

    with pytest.raises(trials.CardStandsStill):
        trials.play(deck, np.zeros((RATE_HZ, 2), np.int16), sleep)
    assert time.now < 103
    deck.plugged = False
    with pytest.raises(DeckError):
        trials.play(deck, np.zeros((RATE_HZ, 2), np.int16), sleep)


def test_the_light_without_a_pi_is_one_line(capsys, monkeypatch):
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "native")
    assert main(["doctor", "--light"]) == 78
    assert "native" in capsys.readouterr().err
