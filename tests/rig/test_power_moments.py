"""What the card would hold had the power gone in this moment: a hundred moments of one night.

The log of the disk's writes only grows, so every moment of it is a cut that can be looked at
afterwards, without a boot for each (test_power_cuts.py boots)."""

import os
import random
import threading
import time

import numpy as np

from nidra_box.appliance.memory import Memory
from tests.rig.bedside import Bedside
from tests.rig.guests import Guest
from tests.rig.machine import copied
from tests.rig.medium import kept
from tests.rig.power import put
from tests.rig.test_power_cuts import AHEAD_S, LOST_S, a_hand, alone

MOMENTS = int(os.environ.get("RIG_MOMENTS", "100"))
BUSY_S, ALONE_S, TIMES = 60.0, 330.0, 2
"""The place is saved when a hand acts, and every five minutes where none does."""


class Watch(threading.Thread):
    """Notes the length of the log at `moments` that nobody chose, whatever the box is just doing."""

    def __init__(self, log, moments):
        super().__init__(daemon=True)
        self.log, self.moments = log, moments
        self.noted = []

    def run(self):
        for moment in self.moments:
            time.sleep(max(0.0, moment - time.monotonic()))
            self.noted.append((moment, self.log.stat().st_size))


def test_at_any_moment_of_a_night_the_card_holds_a_state_that_can_be_used(installed, tmp_path):
    dice = random.Random(1)
    guest = Guest.boot("moments", base=installed, power=True)
    with guest:
        bedside = Bedside(guest)
        bedside.configure("programmes: [lower-back-night]\n")
        places = [(time.monotonic(), 0.0)]

        def note():
            places.append((time.monotonic(), float(bedside.status()["position_s"] or 0.0)))

        whole_s = TIMES * (BUSY_S + ALONE_S) + BUSY_S
        moments = sorted(time.monotonic() + dice.uniform(0.0, whole_s) for _ in range(MOMENTS))
        watch = Watch(guest.folder / "disk.log", moments)
        watch.start()
        for seconds in [*[BUSY_S, ALONE_S] * TIMES, BUSY_S]:
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0:
                if seconds == BUSY_S:
                    a_hand(bedside, dice, min(left, 5.0))
                else:
                    alone(bedside, min(left, 20.0))
                note()
        watch.join()
        guest.end()
        lost = [judged(guest, tmp_path, n, *m, places) for n, m in enumerate(watch.noted)]
    print(
        f"{len(lost)} moments: place lost by {max(lost):.1f} s at most, ahead by {-min(lost):.1f} s"
    )
    assert len(lost) == MOMENTS
    assert -AHEAD_S <= min(lost) <= max(lost) <= LOST_S


def judged(guest, folder, number, at, size, places):
    """The seconds of the night that a cut at this moment would have lost. Asserts that file
    system and state are whole."""
    image = copied(guest.folder / "disk.raw", folder / "cut.raw")
    cut = put(guest.folder / "disk.log", image, 0.5, seed=number, size=size)
    memory = kept(image, folder / f"moment-{number}")
    times, positions = np.array(places).T
    lost = float(np.interp(at, times, positions)) - memory.position_s
    played = "nothing yet" if memory == Memory() else f"{memory.playing} at {memory.position_s:.1f}"
    print(f"moment {number}: {cut}: {played} s, lost {lost:.1f} s", flush=True)
    return lost
