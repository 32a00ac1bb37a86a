"""Eleven Minute Rest: a long breath out, once quickly through the body, two minutes of
nothing, and back on your feet."""

from itertools import pairwise

import pytest

from tests.content.listening import has_word, in_order, shipped


@pytest.fixture(scope="module")
def rest():
    return shipped("eleven-minute-rest")


def places(rest):
    return [
        line
        for line in rest.said_in("fast-scan")
        if line.word_count <= 6 and "in" not in line.words.split()
    ]


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


def test_between_200_and_300_words(rest):
    assert 200 <= rest.word_count <= 300


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


def test_in_and_out_are_said_on_the_breath(rest):
    lines = rest.said_in("long-breath-out")
    parts = [line.sync for line in lines if line.sync]
    assert parts.count("inhale") == 2
    assert parts.count("exhale") == 4
    pairs = [(a, b) for a, b in pairwise(lines) if (a.sync, b.sync) == ("inhale", "exhale")]
    assert len(pairs) == 2
    assert rest.saying("make it shorter", "long-breath-out")


def test_the_scan_is_fast_and_even_and_goes_from_the_scalp_to_the_toes(rest):
    found = places(rest)
    texts = [line.words for line in found]
    begin, end = in_order(texts, "scalp", "ten toes")
    walk = found[begin : end + 1]
    assert len(walk) >= 20
    in_order(
        texts, "scalp", "forehead", "eyes", "jaw", "throat", "neck", "shoulders", "elbows", "fingers",
        "ribs", "belly", "low back", "seat", "thighs", "knees", "calves", "heels", "toes",
    )  # fmt: skip
    assert walk[-1].end_s - walk[0].at_s <= 150
    gaps = [rest.silence_after(line) for line in walk]
    assert all(gap == pytest.approx(3.5, abs=0.05) for gap in gaps)


def test_a_hard_place_may_stay_hard(rest):
    assert rest.saying("may stay hard", "fast-scan")


def test_the_sweep_goes_up_with_a_breath_in_and_down_with_the_next_out(rest):
    (up,) = rest.saying("Back up", "fast-scan")
    (down,) = rest.saying("down once more", "fast-scan")
    assert (up.sync, down.sync) == ("inhale", "exhale")
    assert 0 < down.at_s - up.at_s < 20


def test_the_quiet_is_quiet(rest):
    (only,) = rest.said_in("quiet")
    assert "fetch you" in only.words
    assert rest.silence_after(only) >= 100
    begin, end = rest.span("quiet")
    assert max(rest.bed(t) for t in range(int(begin), int(end))) <= -44


def test_the_way_back_is_body_eyes_and_up(rest):
    lines = rest.said_in("return")
    in_order([line.words for line in lines], "Here I am", "breath", "Move", "eyes", "get up", "all")
    assert has_word(lines[-2].words, "side")
    assert all(line.at_s >= rest.span("return")[0] + 1 for line in lines)
