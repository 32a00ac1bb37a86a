"""Spine Lantern: from the sacrum to the head past four curves, left beside right, nothing
corrected, and a way up over the side."""

from itertools import pairwise

import pytest

from tests.content.listening import has_word, in_order, shipped

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


def test_between_450_and_650_words(lantern):
    assert 450 <= lantern.word_count <= 650


def test_a_back_needs_its_caution_and_a_pregnancy_its_side(lantern):
    assert {"red-flags", "side-lying-if-pregnant"} <= set(lantern.script.cautions)
    side = [line for line in lantern.said_in("preparation") if "side" in line.words]
    assert has_word(side[0].words, "pregnancy")
    assert side[0].end_s < 90


def test_it_touches_the_floor_from_the_heels_to_the_head(lantern):
    said = [line.words for line in lantern.said_in("touch-points")]
    in_order(said, "heels", "calves", "seat", "shoulder blades", "head")


def test_left_and_right_are_compared_at_every_place(lantern):
    lines = lantern.said_in("touch-points")
    said = [line.words for line in lines]
    places = in_order(said, "heels", "thighs", "seat", "shoulder blades", "head")
    for begin, end in pairwise(places):
        compared = [
            line
            for line in lines[begin:end]
            if (has_word(line.words, "left") and has_word(line.words, "right"))
            or has_word(line.words, "one half")
        ]
        assert compared, said[begin]
        assert lantern.silence_after(compared[0]) >= 15


def test_left_and_right_are_looked_at_in_the_curves_that_touch_the_floor(lantern):
    said = [line.words for line in lantern.said_in("curves")]
    places = in_order(said, "sacrum", "low back", "behind the ribs", "the neck")
    for begin, end in (places[0:2], places[2:4]):
        assert any(has_word(w, "left") and has_word(w, "right") for w in said[begin:end])


def test_the_lantern_climbs_from_the_sacrum_to_the_head(lantern):
    said = [line.words for line in lantern.said_in("curves")]
    in_order(said, "sacrum", "low back", "ribs", "neck", "head")
    for later in ("low back", "ribs", "neck", "the head"):
        first = next(n for n, words in enumerate(said) if later in words)
        assert first > next(n for n, words in enumerate(said) if "sacrum" in words)


def test_every_curve_is_told_its_direction(lantern):
    """Lying on the back: sacrum and ribs curve toward the floor, low back and neck up from it."""
    said = [line.words for line in lantern.said_in("curves")]
    places = in_order(said, "sacrum", "low back", "behind the ribs", "the neck", "the head")
    wanted = ("backward", "forward", "backward", "forward")
    for begin, end, way in zip(places, places[1:], wanted, strict=False):
        told = [w for w in said[begin:end] if has_word(w, "backward", "forward")]
        assert len(told) == 1
        assert has_word(told[0], way)
        toward, away = has_word(told[0], "toward", "leans on"), has_word(told[0], "up from")
        assert (toward, away) == ((True, False) if way == "backward" else (False, True))
    assert said[-1].lower().startswith("back, forward, back, forward")


def test_every_curve_gets_a_while_of_its_own(lantern):
    lines = lantern.said_in("curves")
    places = in_order([line.words for line in lines], "sacrum", "low back", "ribs", "neck", "head")
    times = [lines[place].at_s for place in places] + [lantern.span("curves")[1]]
    assert all(b - a >= 45 for a, b in pairwise(times))


def test_nothing_is_corrected_before_the_way_up(lantern):
    looking = [line for line in lantern.lines if 120 <= line.at_s < lantern.span("return")[0]]
    for line in looking:
        assert not has_word(line.words.replace("turns round", ""), *CORRECTING), line.words
    assert any("nobody has to" in line.words.lower() for line in lantern.said_in("touch-points"))
    assert any("nobody has to" in line.words.lower() for line in lantern.said_in("curves"))
    assert lantern.saying("none of them a mistake", "curves")


def test_the_breath_climbs_in_and_walks_down_out(lantern):
    up = lantern.saying("In, and it climbs", "breath-travels")
    down = lantern.saying("Out, and it walks", "breath-travels")
    assert len(up) == len(down) == 2
    for into, out in zip(up, down, strict=True):
        before, after = (lantern.score.breath_at(line.at_s + 0.05) for line in (into, out))
        assert before.index == after.index
        assert into.end_s <= out.at_s
    assert lantern.silence_after(lantern.said_in("breath-travels")[-1]) >= 60


def test_the_breath_is_long_by_the_end_of_its_travels(lantern):
    begin, end = lantern.span("breath-travels")
    assert lantern.rate(begin) == pytest.approx(7.4, abs=0.05)
    assert lantern.rate(end - 0.1) == pytest.approx(6.0, abs=0.05)


def test_somebody_stands_there_and_it_is_you(lantern):
    said = [line.words for line in lantern.said_in("seeing-yourself-stand")]
    in_order(said, "seen from the side", "it is you", "nobody holds", "step in")
    curves = next(words for words in said if "Sacrum" in words)
    order = [curves.lower().index(part) for part in ("sacrum", "waist", "ribs", "neck", "head")]
    assert order == sorted(order)


def test_up_over_the_side_with_the_head_last(lantern):
    lines = lantern.said_in("return")
    said = [line.words for line in lines]
    in_order(
        said, "floor", "room", "fingers and toes", "knee", "side", "wait", "hand", "head", "sit"
    )
    side = in_order(said, "side. ")[0]
    assert all(lantern.silence_after(line) >= 7 for line in lines)
    assert lantern.silence_after(lines[side]) >= 12


def test_three_breaths_on_the_side_are_three_breaths_long(lantern):
    (wait,) = lantern.saying("for three breaths", "return")
    period = lantern.score.breath_at(wait.at_s).period_s
    assert wait.end_s - wait.at_s + lantern.silence_after(wait) >= 3 * period
