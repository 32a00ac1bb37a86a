"""Sound and clock of the simulator when a key makes time faster or slower."""

from types import SimpleNamespace

import pytest

from nidra_box.appliance import clock as clocks
from nidra_box.appliance.clock import SystemClock
from nidra_box.session.events import SetVolume, SoundFound, StopSound, Tied, WindDown
from nidra_box.sound.card.deck import Card, PygameDeck
from nidra_box.studio.terminal.sound import PacedSound


class Machine:
    """Real time, moved by hand."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr(clocks.time, "monotonic", lambda: self.now)


class FakePlayer:
    deck = SimpleNamespace(name="a card")

    def __init__(self):
        self.is_open, self.done, self.news, self.worked_at = True, [], [], []

    def do(self, effect, score, now):
        self.done.append((effect, now))

    def next_at(self):
        return 1000.01

    def work(self, now):
        self.worked_at.append(now)
        return [Tied(now, 3.0)]


@pytest.fixture
def machine(monkeypatch):
    return Machine(monkeypatch)


def test_the_time_does_not_jump_with_the_speed(machine):
    clock = SystemClock()
    machine.now += 5.0
    clock.speed = 60.0
    assert clock.now() == 1005.0
    machine.now += 2.0
    assert clock.now() == 1125.0
    clock.speed = 1.0
    machine.now += 1.0
    assert clock.now() == 1126.0
    assert clock.is_real_time


def test_sound_fades_out_at_another_speed_and_joins_in_again_afterwards(machine):
    clock, player = SystemClock(), FakePlayer()
    sound = PacedSound(player, clock)
    assert sound.work(clock.now()) == [Tied(1000.0, 3.0)]
    clock.speed = 60.0
    assert sound.work(clock.now()) == []
    assert player.done == [(StopSound(0.5), 1000.0)]
    machine.now += 10.0
    sound.do(SetVolume(-20.0, 1.0), None, clock.now())
    assert sound.work(clock.now()) == []
    assert len(player.done) == 1
    clock.speed = 1.0
    assert sound.work(clock.now()) == [SoundFound(1600.0)]
    assert sound.work(clock.now()) == [Tied(1600.0, 3.0)]
    assert player.worked_at == [1000.0, 1000.0, 1010.0, 1010.0, 1010.0]


def test_after_the_clock_has_run_ahead_the_player_is_told_real_times(machine):
    clock, player = SystemClock(), FakePlayer()
    sound = PacedSound(player, clock)
    clock.speed = 60.0
    machine.now += 10.0
    clock.speed = 1.0
    ahead = clock.now() - machine.now
    assert ahead == 590.0
    sound.do(WindDown(1600.0, 1660.0), None, clock.now())
    (effect, at) = player.done[0]
    assert (effect.began_at, effect.ends_at, at) == (1010.0, 1070.0, 1010.0)


def test_a_card_is_not_opened_while_time_runs_fast(machine):
    clock, player = SystemClock(60.0), FakePlayer()
    player.is_open = False
    assert PacedSound(player, clock).work(clock.now()) == []
    assert player.worked_at == []


@pytest.mark.parametrize("told_by", ["driver", "environment"])
def test_a_box_that_plays_into_nothing_says_so(monkeypatch, told_by):
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy" if told_by == "environment" else "alsa")
    card = Card("", "dummy" if told_by == "driver" else "")
    assert "into nothing" in PygameDeck(card, 1024, 24).name
    monkeypatch.setenv("SDL_AUDIODRIVER", "alsa")
    assert "default card" in PygameDeck(Card(), 1024, 24).name
