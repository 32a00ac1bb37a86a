"""Breath Lamp in both its lengths: eleven breaths a minute become six, then it is dark."""

from itertools import pairwise

import pytest

from nidra_box.score.vocabulary import Part
from tests.content.listening import shipped
from tests.support.box import shipped_catalogue

LAMPS = {
    "breath-lamp": [
        ("follow", "breath", "0:00", "1:00"),
        ("slow", "breath", "1:00", "5:00"),
        ("stay", "breath", "6:00", "1:20"),
        ("go-out", "breath", "7:20", "0:40"),
    ],
    "breath-lamp-twenty": [
        ("follow", "breath", "0:00", "1:00"),
        ("slow", "breath", "1:00", "16:00"),
        ("stay", "breath", "17:00", "2:00"),
        ("go-out", "breath", "19:00", "1:00"),
    ],
}


@pytest.fixture(params=LAMPS)
def lamp(request):
    return shipped(request.param)


def test_the_parts_and_their_minutes(lamp):
    assert lamp.table == LAMPS[lamp.script.id]
    assert lamp.score.duration_s == {"breath-lamp": 480, "breath-lamp-twenty": 1200}[lamp.script.id]


def test_nothing_is_wrong_and_nothing_sounds(lamp):
    assert lamp.mistakes == ()
    assert lamp.script.kind == "light-only"
    assert lamp.score.is_silent
    assert lamp.score.duration_s <= 30 * 60


def test_the_first_minute_and_the_last_share_are_constant(lamp):
    end = lamp.score.duration_s
    for t in (0.0, 20.0, 59.9):
        assert lamp.rate(t) == pytest.approx(11)
    for share in (0.85, 0.9, 0.999):
        assert lamp.rate(end * share) == pytest.approx(6)


def test_between_them_the_period_grows_in_a_straight_line(lamp):
    begin, end = lamp.span("slow")
    for x in (0.0, 0.25, 0.5, 0.75, 0.999):
        wanted = 60 / 11 + x * (10 - 60 / 11)
        assert lamp.score.breath_at(begin + x * (end - begin)).period_s == pytest.approx(wanted)


def test_every_breath_is_a_little_longer_than_the_one_before(lamp):
    line, end = lamp.score.light.breath, lamp.score.duration_s
    starts = [0.0]
    while (following := line.next_start(Part.INHALE, starts[-1] + 1.0)) is not None:
        starts.append(following)
    growth = [c - 2 * b + a for a, b, c in zip(starts, starts[1:], starts[2:], strict=False)]
    most = {"breath-lamp": 0.15, "breath-lamp-twenty": 0.05}[lamp.script.id]
    assert all(-1e-6 <= more <= most for more in growth)
    whole = {"breath-lamp": 63, "breath-lamp-twenty": 157}[lamp.script.id]
    assert line.span_at(end - 0.01).turns(end) == pytest.approx(whole, abs=0.2)


def test_in_and_out_slide_from_halves_to_four_and_six(lamp):
    def shares(t_s):
        return lamp.score.light.breath.span_at(t_s).shares(t_s)

    assert shares(30).inhale == pytest.approx(0.5)
    for t in (130, lamp.score.duration_s - 1):
        assert (shares(t).inhale, shares(t).exhale) == pytest.approx((0.4, 0.6))
        assert shares(t).hold == shares(t).rest == 0


def test_it_dims_from_amber_to_red_to_dark(lamp):
    end = lamp.score.duration_s
    redness = [lamp.score.redness(t) for t in range(int(end))]
    assert redness[0] == 0
    assert redness[-1] == 1
    assert all(b >= a for a, b in pairwise(redness))
    peaks = [lamp.peak(t, t + 12) for t in range(0, int(end), 12)]
    assert all(b <= a + 0.3 for a, b in pairwise(peaks))
    assert peaks[0] == pytest.approx(40, abs=0.1)
    assert max(peaks) <= 50.0
    assert peaks[-1] < 6
    assert lamp.score.light.peak.at(end - 10.5) < 5  # by itself, before the last fade
    assert lamp.score.lightness(end - 0.1) < 0.2
    assert lamp.score.lightness(end) == 0


def test_no_frame_steps_by_more_than_half_a_lightness(lamp):
    levels = [lamp.score.lightness(n / 50) for n in range(int(lamp.score.duration_s * 50))]
    assert max(abs(b - a) for a, b in pairwise(levels)) <= 0.5


def test_the_second_press_makes_twenty_minutes_of_eight():
    ids = shipped_catalogue().ids()
    short = ids.index("breath-lamp")
    assert ids[short + 1] == "breath-lamp-twenty"
