"""A card that stands still and systemd's patience: who of the two ends the process."""

import numpy as np
import pytest

from nidra_box.appliance.parts.watchdog import Watchdog
from nidra_box.appliance.supervisor import Systemd
from nidra_box.part import Course, Part
from nidra_box.session.events import Phase, Settings
from nidra_box.session.session import Session
from nidra_box.sound.port import SoundStuck
from tests.unit.test_player import Stand

WATCHDOG_S = 30.0  # of the unit


class Beats:
    """What systemd hears, and when."""

    def __init__(self, time):
        self.time = time
        self.at = []

    def notify(self, words):
        assert words == "WATCHDOG=1"
        self.at.append(self.time.now)


class Sound(Part):
    """The player as the watchdog asks it."""

    name = "sound"

    def __init__(self, player):
        self.player = player

    def is_well(self, now):
        return self.player.is_turning(now)


class Watched(Stand):
    """A player that plays beside the watchdog's part."""

    def __init__(self, first_beat_at):
        super().__init__()
        self.beats = Beats(self.time)
        supervisor = Systemd(self.beats, WATCHDOG_S)
        session = Session(Settings(programmes=("small",)), "small", phase=Phase.PLAYING)
        parts = [Sound(self.player)]
        self.watchdog = Watchdog(supervisor, Course(session), parts, lambda: None)
        self.run(first_beat_at)

    def play(self, seconds):
        end = self.time.now + seconds
        while self.time.now < end:
            if self.time.now >= self.watchdog.next_at():
                self.watchdog.work(self.time.now)
            self.run(0.1)


@pytest.mark.parametrize("first_beat_at", np.arange(0.0, 10.0, 1.5))
def test_a_stalled_card_ends_the_process_softly_before_systemd_kills_it(first_beat_at):
    box = Watched(first_beat_at)
    box.play(21.0 - first_beat_at)
    box.deck.stalled = True
    with pytest.raises(SoundStuck):
        box.play(60.0)
    unheard_s = box.time.now - box.beats.at[-1]
    print(f"no beat for {unheard_s:.1f} s")
    assert unheard_s < 30.0 - 1.0


def test_a_card_that_stalls_again_and_again_but_moves_between_is_no_reason_to_kill():
    """A computer that is too busy: every second or third look finds the ring late."""
    box = Watched(0.0)
    box.play(5.0)
    for _ in range(20):
        box.deck.stalled = True
        box.play(6.0)
        box.deck.stalled = False
        box.play(4.0)
    assert np.diff([*box.beats.at, box.time.now]).max() < 15.0
