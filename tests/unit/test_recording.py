"""The curve of a night: the level of every second, however the night was cut by hands."""

import numpy as np
import pytest

from nidra_box.config import Config
from nidra_box.sound.mix.levels import Grid
from nidra_box.sound.mix.mixdown import Heard
from nidra_box.sound.mix.state import Playback
from nidra_box.studio.nights.night_script import parse_night
from nidra_box.studio.nights.recording import Recording
from nidra_box.studio.nights.replay import replay
from nidra_box.studio.nights.sound import STRIDE, Traced
from nidra_box.units import RATE_HZ
from tests.support.box import shipped_catalogue
from tests.support.scripts import compiled

SCORE, _ = compiled()


def recorded(*grids, level=-40.0, length_s=10.0):
    """The curve of one bed at `level` dB heard over some grids (start, count, stride)."""
    recording = Recording(length_s)
    playbacks = (Playback(SCORE, 0, 0),)
    for grid in grids:
        recording.traced.append(Traced(Grid(*grid), (Heard("0/bed:brown", level, 1.0),), playbacks))
    return recording.sound_dbfs()


def cut(end, *at):
    """The frames up to `end` in grids that are cut where a hand did something."""
    grids, start = [], 0
    for stop in (*at, end):
        while start < stop:
            left = stop - start
            count, stride = (left // STRIDE, STRIDE) if left >= STRIDE else (1, left)
            grids.append((start, count, stride))
            start += count * stride
    return grids


def test_a_second_is_worth_the_same_however_often_it_was_cut():
    end = 10 * RATE_HZ
    whole = recorded(*cut(end))
    assert whole == pytest.approx([-40.0] * 11, abs=1e-9)
    for hands in (
        [3 * RATE_HZ + 7],
        [3 * RATE_HZ + n * 1000 for n in range(1, 40)],
        [RATE_HZ - 1, RATE_HZ, RATE_HZ + 1],
    ):
        assert recorded(*cut(end, *hands)) == pytest.approx(whole, abs=1e-9), hands


def test_a_second_is_averaged_over_its_time():
    half = recorded((RATE_HZ // 2, 45, STRIDE))
    assert half[0] == pytest.approx(-40.0 - 10 * np.log10(2), abs=1e-9)
    assert half[1:5] == pytest.approx([-40.0] * 4, abs=1e-9)
    assert half[5:] == pytest.approx([-120.0] * 6)


def test_a_sample_that_reaches_into_the_next_second_counts_in_both():
    across = recorded((RATE_HZ - STRIDE // 4, 1, STRIDE))
    quarter, rest = (-40.0 + 10 * np.log10(share * STRIDE / RATE_HZ) for share in (0.25, 0.75))
    assert across[:2] == pytest.approx([quarter, rest], abs=1e-9)


def test_two_layers_add_their_power():
    recording = Recording(4.0)
    heard = (Heard("0/bed:brown", -40.0, 1.0), Heard("0/bed:pink", -40.0, 1.0))
    recording.traced.append(Traced(Grid(0, 40, STRIDE), heard, (Playback(SCORE, 0, 0),)))
    assert recording.sound_dbfs() == pytest.approx([-40.0 + 10 * np.log10(2)] * 5, abs=1e-9)


def test_the_last_row_is_the_end_itself():
    assert recorded(*cut(10 * RATE_HZ))[-1] == pytest.approx(-40.0)
    assert recorded(*cut(5 * RATE_HZ))[-1] == -120.0
    part = recorded(*cut(int(9.5 * RATE_HZ)), length_s=9.5)
    assert len(part) == 10
    assert part[-1] == pytest.approx(-40.0)  # half a second of it, and all of that


def played(*acts):
    lines = ["0:00:05 press", *acts, "1:20:00 end"]
    config = Config(programmes=("lower-back-night",))
    return replay(parse_night("\n".join(lines), "n"), config, shipped_catalogue()).recording


@pytest.fixture(scope="module")
def untouched():
    return played().sound_dbfs()


@pytest.mark.slow
def test_gestures_that_change_no_sound_do_not_change_the_curve(untouched):
    """Presses in the dark give light and leave the sound alone."""
    touched = played(
        *(f"1:00:0{n}.{n}5 press" for n in range(10)), "1:05:00 push", "1:05:00.4 push"
    )
    assert sum(line["what"] == "gesture" for line in touched.trace) >= 12
    assert touched.sound_dbfs() == pytest.approx(untouched, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(
    "stop", ["1:10:00 hold", "1:10:00 cut power", "1:10:00 lose sound", "1:10:00 stop service"]
)
def test_nothing_gets_louder_in_the_second_of_a_stop(untouched, stop):
    curve = played(stop).sound_dbfs()
    at = 70 * 60
    assert curve[:at] == pytest.approx(untouched[:at], abs=0.01)
    assert curve[at : at + 5].max() <= untouched[at] + 0.01
    assert curve[at + 5] == -120.0


@pytest.mark.slow
def test_a_turn_moves_the_curve_by_its_decibels(untouched):
    curve = played("1:10:00 turn -3").sound_dbfs()
    at = 70 * 60
    assert curve[at - 1] == pytest.approx(untouched[at - 1], abs=0.01)
    assert (np.diff(curve[at - 1 : at + 5]) <= 0.01).all()
    assert curve[at + 5] == pytest.approx(untouched[at + 5] - 4.5, abs=0.01)


@pytest.mark.slow
def test_the_curve_never_rises_faster_than_the_box_may_where_nobody_speaks():
    """The first promise, as it is seen in the curve: 6 dB a second."""
    curve = played("1:10:00 turn -8", "1:11:00 turn +8", "1:12:00 press").sound_dbfs()
    asleep = curve[50 * 60 :]
    heard = asleep[asleep > -90]
    assert np.diff(heard).max() <= 6.1
