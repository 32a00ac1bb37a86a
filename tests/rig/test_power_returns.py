"""With resume_after_power_loss the night goes on by itself: softly, where it would be by then."""

import time

import numpy as np
import pytest

from nidra_box.light.lightness import lightness
from tests.rig import reference
from tests.rig.bedside import RATE_HZ, Bedside
from tests.rig.guests import Guest

CUTS = 2
WRONG_S = 300.0
PIECE_S = 10
NEAR = 25 * RATE_HZ
RISE_DB_PER_S, TOLERANCE_DB = 6.0, 1.0
STEP_L = 0.51


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    return reference.render("lower-back-night", "15:00", tmp_path_factory.mktemp("rendered"))[:, 0]


def test_after_a_power_cut_the_night_goes_on_softly_where_it_would_be(installed, rendered):
    """Its clock is the machine's, which went on meanwhile (as a Pi 5's with a battery does)."""
    guest = Guest.boot("returns", base=installed, power=True, steady=True)
    with guest:
        bedside = Bedside(guest)
        bedside.configure("programmes: [lower-back-night]\nresume_after_power_loss: true\n")
        bedside.press()
        bedside.sh("sleep 20")
        for cut in range(CUTS):
            before, at = bedside.status(), guest.greeting().time
            assert before["phase"] == "playing"
            guest.kill(seed=cut)
            time.sleep(5.0)
            guest.boot_again()
            bedside.ready()
            bedside.wait_until("playing", 10)
            bedside.sh("sleep 75", timeout=120)  # it rises over 45 s
            after, now = bedside.status(), guest.greeting().time
            wrong_s = after["position_s"] - before["position_s"] - (now - at)
            heard = bedside.heard(0.0).sound[:, 0]
            piece = heard[-PIECE_S * RATE_HZ :]
            # Between the words there is the bed alone, which is the same again every 61 s.
            near = round((after["position_s"] - PIECE_S) * RATE_HZ)
            place = reference.place_of(piece, rendered, near - NEAR, near + NEAR)
            heard_s = place.frame / RATE_HZ + PIECE_S
            print(
                f"cut {cut}: at {before['position_s']} s; {now - at:.0f} s later at "
                f"{after['position_s']} s ({wrong_s:+.1f} s), heard {heard_s:.1f} s "
                f"(likeness {place.likeness:.3f})"
            )
            assert abs(wrong_s) <= WRONG_S
            assert abs(heard_s - after["position_s"]) < 2.0
            assert place.likeness > 0.95

            begins = place.frame - (len(heard) - len(piece))
            gains = reference.gains_db(heard[max(0, -begins) :], rendered, max(0, begins), 0.5)
            rises = np.diff(np.maximum(gains[~np.isnan(gains)], -40.0)) / 0.5
            print(f"let in at, every five seconds: {[round(float(g)) for g in gains[::10]]} dB")
            assert rises.max() <= RISE_DB_PER_S + TOLERANCE_DB
            written = [lightness(duty) for _, duty in bedside.lit_since_boot()]
            assert written[0] == 0.0
            assert max(written) > 0.0
            assert np.abs(np.diff(written)).max() <= STEP_L


def test_a_night_that_was_stopped_stays_silent_after_a_cut(installed):
    guest = Guest.boot("stays", base=installed, power=True)
    with guest:
        bedside = Bedside(guest)
        bedside.configure("programmes: [lower-back-night]\nresume_after_power_loss: true\n")
        bedside.press()
        bedside.sh("sleep 5")
        bedside.hold()
        bedside.wait_until("idle")
        bedside.sh("sleep 6")  # the state is written
        guest.kill(seed=1)
        guest.boot_again()
        bedside.ready()
        bedside.sh("sleep 5")
        assert not bedside.lit_since_boot(above=0.0)
        assert not bedside.heard(0.0).sound.any()
        assert bedside.status()["phase"] == "idle"
