"""Classic Thirty: the eight parts in their old order, and two strokes of the bowl."""

import pytest

from tests.content.listening import shipped


@pytest.fixture(scope="module")
def classic():
    return shipped("classic-thirty")


def test_the_eight_parts_and_their_minutes(classic):
    assert classic.table == [
        ("preparation", "preparation", "0:00", "3:00"),
        ("intention", "intention", "3:00", "1:00"),
        ("rotation", "scan", "4:00", "8:00"),
        ("breath-counting", "breath", "12:00", "4:00"),
        ("opposites", "opposites", "16:00", "4:00"),
        ("imagery", "imagery", "20:00", "5:00"),
        ("intention-again", "intention", "25:00", "1:00"),
        ("return", "return", "26:00", "4:00"),
    ]
    assert classic.score.duration_s == 30 * 60
    assert [bed.id for bed in classic.score.beds] == ["drone"]


def test_the_bowl_rings_at_0_10_and_28_30_and_at_no_other_time(classic):
    assert classic.strikes("bowl") == pytest.approx([10, 28 * 60 + 30], abs=0.05)


def test_the_bowl_is_softer_than_the_voice_and_nobody_talks_into_it(classic):
    voice = classic.script.voice.lufs
    for clip in classic.score.clips:
        if clip.source == "sound:bowl":
            assert clip.lufs + clip.gain_db <= voice - 6
    for stroke in classic.strikes("bowl"):
        assert all(abs(line.at_s - stroke) >= 12 or line.end_s <= stroke for line in classic.lines)


def test_you_may_stop_is_said_at_the_start(classic):
    (offer,) = classic.saying("you may stop")
    assert offer.end_s < 90


def test_the_breath_is_at_six_when_the_counting_is_over(classic):
    assert classic.rate(12 * 60 + 0.1) == pytest.approx(8.0, abs=0.05)
    assert classic.rate(16 * 60) <= 6.5
    assert classic.rate(21 * 60) == pytest.approx(6.0, abs=0.05)
