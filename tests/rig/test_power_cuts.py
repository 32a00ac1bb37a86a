"""The power goes, again and again, at moments nobody chose; the card forgets what it had not
written: a hundred cuts, thirty-four for each of three cards (RIG_CUTS)."""

import os
import random

import pytest

from nidra_box.appliance.memory import Memory
from tests.rig.bedside import Bedside
from tests.rig.guests import Guest
from tests.rig.machine import copied
from tests.rig.medium import kept

CUTS = int(os.environ.get("RIG_CUTS", "34"))
"""For each of the three cards."""
ALONE_EVERY, ALONE_S = 34, 330.0
"""Every so many nights nobody touches it for so long: its place is saved while it plays (5 min)."""
LOST_S, AHEAD_S = 300.0, 30.0
"""How far the place may be behind; and before: the box has played since the press that asks it."""
BACK_S = 180.0
"""How quickly is no matter here: several cards are tried at once."""


def a_hand(bedside, dice, seconds):
    """Presses and turns for about `seconds` in a night that plays or is paused; what the box said
    of itself at the end."""
    if bedside.status()["phase"] == "idle":
        bedside.press()
        bedside.wait_until("playing")
    while seconds > 0:
        pause = min(seconds, dice.uniform(0.2, 3.0))
        bedside.sh(f"sleep {pause:.2f}", timeout=pause + 60)
        seconds -= pause
        act = dice.choice(["turn", "turn", "turn", "press", "nothing"])
        if act == "turn":
            bedside.turn(dice.choice([-5, -2, -1, 1, 2, 5]), dice.choice([5, 20, 50]))
        elif (act == "press" and bedside.status()["phase"] == "paused") or (
            act == "press" and dice.random() < 0.5
        ):
            bedside.press()
    return bedside.status()


def alone(bedside, seconds):
    """It plays on without a hand; what it says at the end."""
    if bedside.status()["phase"] == "paused":
        bedside.press()
    bedside.sh(f"sleep {seconds}", timeout=seconds + 60)
    return bedside.status()


@pytest.mark.parametrize("card", [1, 2, 3])
def test_after_every_power_cut_it_is_silent_dark_and_knows_where_it_was(installed, card, tmp_path):
    dice = random.Random(card)
    lost: list[float] = []
    known = False
    guest = Guest.boot(f"cuts-{card}", base=installed, power=True)
    with guest:
        bedside = Bedside(guest)
        bedside.ready(BACK_S)
        for cut in range(CUTS):
            seconds = dice.uniform(0.5, 15.0)
            before = a_hand(bedside, dice, seconds)
            if cut % ALONE_EVERY == ALONE_EVERY - 1:
                seconds += ALONE_S
                before = alone(bedside, ALONE_S)
            found = guest.kill(seed=1000 * card + cut)
            image = copied(guest.folder / "disk.raw", tmp_path / "cut.raw")
            memory = kept(image, tmp_path / f"cut-{cut}")
            assert memory != Memory() or not known, f"cut {cut}: all is forgotten"
            known = memory != Memory()
            guest.boot_again()
            bedside.ready(BACK_S)
            # Nothing before a touch: no sound, no light, and the state can be read.
            bedside.sh("sleep 2")
            assert not bedside.lit_since_boot(above=0.0), f"cut {cut}: it lit the lamp"
            assert not bedside.is_lit(0.0), f"cut {cut}: the lamp is lit"
            assert not bedside.heard(0.0).sound.any(), f"cut {cut}: it made a sound"
            assert bedside.status()["phase"] == "idle"
            problems = [line for line in bedside.diary() if "cannot be used" in line]
            assert not problems, f"cut {cut}: {problems}"
            errors = bedside.sh("dmesg | grep -E 'EXT4-fs.*(error|warning)' || true")
            assert not errors, f"cut {cut}: {errors}"
            bedside.press()
            bedside.wait_until("playing")
            after = bedside.status()
            assert after["programme"] == before["programme"], f"cut {cut}: another programme"
            lost.append(float(before["position_s"]) - float(after["position_s"]))
            print(
                f"cut {cut} after {seconds:.0f} s ({before['phase']} at {before['position_s']} s),"
                f" {found}, kept {memory.position_s:.1f} s: lost {lost[-1]:.1f} s",
                flush=True,
            )
            assert -AHEAD_S <= lost[-1] <= LOST_S
            if dice.random() < 0.2:
                bedside.hold()
        guest.stop()
    print(f"{CUTS} cuts: place lost by {max(lost):.1f} s at most, ahead by {-min(lost):.1f} s")
