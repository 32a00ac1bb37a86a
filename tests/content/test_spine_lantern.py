"""Spine Lantern: from the sacrum to the head past four curves, left beside right, nothing
corrected, and a way up over the side."""

import pytest

from tests.content.listening import has_word, shipped

CORRECTING = (
    "straighten", "tuck", "press", "flatten", "lengthen", "lift", "pull", "push", "correct",
    "adjust", "roll", "tilt", "align", "stretch", "squeeze", "tense", "turn", "move", "release",
)  # fmt: skip


@pytest.fixture(scope="module")
def lantern():
    return shipped("spine-lantern")


def test_the_parts_and_their_minutes(lantern):
    assert lantern.table == [
        ("preparation", "preparation", "0:00", "2:00"),
        ("touch-points", "touch", "2:00", "4:00"),
        ("curves", "scan", "6:00", "7:00"),
        ("breath-travels", "breath", "13:00", "5:00"),
        ("seeing-yourself-stand", "imagery", "18:00", "3:00"),
        ("return", "return", "21:00", "3:00"),
    ]
    assert lantern.score.duration_s == 24 * 60
    assert (lantern.script.goal, [bed.id for bed in lantern.score.beds]) == ("back", ["drone"])


def test_a_back_needs_its_caution_and_a_pregnancy_its_side(lantern):
    assert {"red-flags", "side-lying-if-pregnant"} <= set(lantern.script.cautions)
    side = [line for line in lantern.said_in("preparation") if "side" in line.words]
    assert has_word(side[0].words, "pregnancy")
    assert side[0].end_s < 90


def test_nothing_is_corrected_before_the_way_up(lantern):
    looking = [line for line in lantern.lines if 120 <= line.at_s < lantern.span("return")[0]]
    for line in looking:
        assert not has_word(line.words.replace("turns round", ""), *CORRECTING), line.words


def test_the_breath_is_long_by_the_end_of_its_travels(lantern):
    begin, end = lantern.span("breath-travels")
    assert lantern.rate(begin) == pytest.approx(7.4, abs=0.05)
    assert lantern.rate(end - 0.1) == pytest.approx(6.0, abs=0.05)
