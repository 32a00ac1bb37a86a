"""A USB sound card is pulled out in the middle, and plugged in again: in a steady guest, by its
own clock."""

import time

import numpy as np

from tests.rig import reference
from tests.rig.bedside import RATE_HZ, Bedside

AWAY_S = 40
BACK_S = 5.0
WINDOW_S = 0.5
RISE_DB_PER_S, TOLERANCE_DB = 6.0, 1.0
"""The first promise; and what a window that a word begins in may be off."""


def test_a_card_that_is_away_for_forty_seconds(box, tmp_path):
    bedside = Bedside(box("usb", sound="usb", steady=True))
    clock = bedside.guest.uptime
    bedside.configure("programmes: [lower-back-night]\n")
    bedside.wait_for_sound(45)
    bedside.press()
    bedside.sh("sleep 30")
    bedside.guest.unplug_sound()
    lit = 0
    away = clock()
    while clock() - away < AWAY_S:
        bedside.sh("sleep 2")
        lit += bedside.is_lit(0.5)
    status = bedside.status()
    assert status["sound"] != "on"
    assert lit >= 10  # the breath light went on
    assert status["position_s"] > 60.0

    plugged, at_s = clock(), bedside.status()["position_s"]
    bedside.guest.plug_sound()
    before = bedside.mark()  # a card that is plugged in begins a new recording
    while not bedside.heard(before).sound.any():
        assert clock() - plugged < BACK_S, "no sound"
        time.sleep(0.1)
    back_s = clock() - plugged
    bedside.sh("sleep 40")
    asked, position_s = clock(), bedside.status()["position_s"]
    heard = bedside.heard(before)
    left = heard.sound[:, 0]
    rendered = reference.render("lower-back-night", "3:00", tmp_path)[:, 0]
    last = left[-10 * RATE_HZ :]
    place = reference.place_of(last, rendered)
    print(
        f"sound is back {back_s:.1f} s after the card; the night is at {position_s:.1f} s, "
        f"what is heard at {place.frame / RATE_HZ + 10:.2f} s (likeness {place.likeness:.3f}); "
        f"plugged in at {at_s:.1f} s, asked {asked - plugged:.1f} s later"
    )
    assert place.likeness > 0.95
    assert abs(place.frame / RATE_HZ + 10 - position_s) < 1.5
    begins = place.frame - (len(left) - len(last))  # where in the night the recording begins
    gains = reference.gains_db(left[max(0, -begins) :], rendered, max(0, begins), WINDOW_S)
    print(f"let in at, every half second: {[round(float(g)) for g in gains[:48]]} dB")
    # Under that the soft bed is half dither: the rise is judged above, the level below.
    rises = np.diff(np.maximum(gains, -40.0)) / WINDOW_S
    assert np.nanmin(gains[:8]) < -50.0  # it came from silence
    levels = heard.levels_db(0.5)
    first = int(np.flatnonzero(levels > -84.0)[0])
    assert levels[first : first + 6].max() < -60.0
    assert np.nanmax(rises) <= RISE_DB_PER_S + TOLERANCE_DB
    assert bedside.restarts() == 0
