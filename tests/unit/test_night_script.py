"""Nights as scripts: every mistake at once."""

import pytest

from nidra_box.documents.node import DocumentError
from nidra_box.studio.nights.night_script import ACTS, Act, parse_night

GOOD = """
0:00:05 press          # the beginning
0:12:00 turn -3
0:12:30 push turn +2
1:00:00 jump clock +3h
1:30:00 jump clock -20m
2:00:00 lose sound
2:00:40 find sound
8:30:00 end
"""


def test_a_night_is_read_in_order():
    acts = parse_night(GOOD, "n")
    assert acts[0] == Act(5.0, "press")
    assert acts[1] == Act(720.0, "turn", -3)
    assert acts[2] == Act(750.0, "push turn", 2)
    assert [a.amount for a in acts[3:5]] == [10_800, -1200]
    assert acts[-1] == Act(30_600.0, "end")


def test_every_act_can_be_written():
    for act in ACTS:
        amount = {"turn": " +1", "push turn": " -1", "jump clock": " +1h"}.get(act, "")
        lines = f"0:01:00 {act}{amount}\n" + ("" if act == "end" else "0:02:00 end")
        assert parse_night(lines, "n")[0].what == act


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("soon press", "'soon' must be a time"),
        ("0:00:05 pres", "did you mean 'press'"),
        ("0:00:05 turn", "needs a number of detents"),
        ("0:00:05 turn +0", "needs a number of detents"),
        ("0:00:05 turn +999", "needs a number of detents"),
        ("0:00:05 jump clock soon", "needs an amount"),
        ("0:00:05 press hard", "takes nothing after it"),
        ("0:00:05 dance", "known: press"),
    ],
)
def test_a_wrong_line_is_named(line, words):
    with pytest.raises(DocumentError) as caught:
        parse_night(f"{line}\n0:10:00 end", "bad.night")
    assert words in str(caught.value)
    assert "bad.night:1" in str(caught.value)


def test_order_and_end_are_checked_together_with_the_rest():
    with pytest.raises(DocumentError) as caught:
        parse_night("0:10:00 press\n0:05:00 hold\nx y\n", "n")
    assert len(caught.value.problems) == 3
