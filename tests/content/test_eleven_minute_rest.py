"""Eleven Minute Rest: a long breath out, once quickly through the body, two minutes of
nothing, and back on your feet."""

import pytest

from tests.content.listening import has_word, shipped


@pytest.fixture(scope="module")
def rest():
    return shipped("eleven-minute-rest")


def test_the_parts_and_their_minutes(rest):
    assert rest.table == [
        ("preparation", "preparation", "0:00", "1:00"),
        ("long-breath-out", "breath", "1:00", "3:00"),
        ("fast-scan", "scan", "4:00", "4:00"),
        ("quiet", "quiet", "8:00", "2:00"),
        ("return", "return", "10:00", "1:00"),
    ]
    assert rest.score.duration_s == 11 * 60
    assert (rest.script.goal, [bed.id for bed in rest.score.beds]) == ("break", ["ocean"])


def test_a_chair_is_good_enough(rest):
    first = rest.said_in("preparation")[0]
    assert has_word(first.words, "sit")
    assert has_word(first.words, "lie")
    assert "not-while-driving" in rest.script.cautions


def test_the_breath_out_becomes_the_longer_half(rest):
    begin, end = rest.span("long-breath-out")
    assert rest.rate(begin) == pytest.approx(11, abs=0.05)
    assert rest.rate(end - 0.1) == pytest.approx(7, abs=0.05)
    shares = rest.score.light.breath.span_at(end - 1).shares(end - 1)
    assert shares.exhale / shares.inhale == pytest.approx(1.5)
    assert shares.hold == shares.rest == 0


def test_the_quiet_is_quiet(rest):
    (only,) = rest.said_in("quiet")
    assert rest.silence_after(only) >= 100
    begin, end = rest.span("quiet")
    assert max(rest.bed(t) for t in range(int(begin), int(end))) <= -44
