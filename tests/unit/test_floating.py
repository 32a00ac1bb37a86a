"""A knob whose lines float is not heard; a hand always is, however dirty its contacts."""

import random

import pytest

from nidra_box.session.events import NobodyTurned, Turn
from nidra_box.session.hands import (
    CLOSED_AT_REST,
    KNOB,
    KNOB_A,
    KNOB_B,
    NOISY_KNOB,
    Hands,
    Trouble,
)
from nidra_box.session.knob import Knob

FORWARD = [(False, False), (True, False), (True, True), (False, True)]


def resting(steps=4):
    hands = Hands(knob=Knob(steps_per_detent=steps))
    assert hands.starts(0.0, {}) == []
    return hands


def hear(hands, edges):
    return [meaning for at, line, closed in edges for meaning in hands.edge(at, line, closed)]


def hum(seconds, shift_s, begin=1.0):
    """Mains of 50 Hz on both lines, the second `shift_s` later."""
    edges = []
    for half in range(round(seconds * 100)):
        at = begin + half * 0.01
        edges += [(at, KNOB_A, half % 2 == 0), (at + shift_s, KNOB_B, half % 2 == 0)]
    return sorted(edges)


def static(seconds, seed, begin=1.0):
    dice, at = random.Random(seed), begin
    closed = {KNOB_A: False, KNOB_B: False}
    edges = []
    while at < begin + seconds:
        at += dice.uniform(0.0, 0.008)
        line = dice.choice([KNOB_A, KNOB_B])
        closed[line] = not closed[line]
        edges.append((at, line, closed[line]))
    return edges


def turned(quarters, per_second, bounces, begin=1.0, seed=0):
    """A hand: `quarters` steps, at each of which the contact that moves bounces."""
    dice, at, edges = random.Random(seed), begin, []
    position = 0
    for _ in range(abs(quarters)):
        before = FORWARD[position % 4]
        position += 1 if quarters > 0 else -1
        after = FORWARD[position % 4]
        line = KNOB_A if before[0] != after[0] else KNOB_B
        level = after[0] if line == KNOB_A else after[1]
        for n in range(dice.randrange(bounces + 1)):
            edges += [(at + n * 0.0002, line, level), (at + (n + 0.5) * 0.0002, line, not level)]
        edges.append((at + bounces * 0.0002, line, level))
        at += 1.0 / per_second
    return edges


def detents(found):
    return sum(meaning.steps for meaning in found if isinstance(meaning, Turn))


@pytest.mark.parametrize(
    ("edges", "known_after_s"),
    [
        (hum(20.0, shift_s=0.0001), 1.0),
        (hum(20.0, shift_s=0.005), 1.0),
        *[(static(20.0, seed), 2.0) for seed in range(5)],
    ],
)
def test_lines_that_float_are_told_once_and_not_heard(edges, known_after_s):
    hands = resting()
    found = hear(hands, edges)
    troubles = [meaning for meaning in found if isinstance(meaning, Trouble)]
    assert [(trouble.line, trouble.state) for trouble in troubles] == [(KNOB, NOISY_KNOB)]
    (known,) = (m for m in found if isinstance(m, NobodyTurned))
    assert 1.0 + known_after_s <= known.at < 1.0 + 3 * known_after_s
    assert not [m for m in found if isinstance(m, Turn) and m.at > known.at]


def test_when_it_is_quiet_again_every_click_counts_from_there():
    hands = resting()
    edges = hum(5.0, shift_s=0.0001)
    hear(hands, edges)
    last = edges[-1][0]
    assert hands.next_at() == pytest.approx(last + 0.5)
    assert hands.due(last + 0.5) == [Trouble(KNOB, "quiet")]
    assert hands.next_at() is None
    assert detents(hear(hands, turned(12, 20.0, 0, begin=last + 2.0))) == 3


@pytest.mark.parametrize("bounces", [0, 3, 8])
@pytest.mark.parametrize(
    ("quarters", "per_second"),
    [
        (160, 200.0),
        (-160, 200.0),
        (400, 40.0),
        (-600, 60.0),
    ],  # 40 detents in 0.8 s; 10 s of turning
)
def test_a_hand_is_always_heard(quarters, per_second, bounces):
    found = hear(resting(), turned(quarters, per_second, bounces))
    assert not [meaning for meaning in found if isinstance(meaning, Trouble)]
    assert detents(found) == quarters // 4


def test_a_knob_that_rests_closed_is_told():
    both = {KNOB_A: True, KNOB_B: True}
    assert Hands().starts(0.0, both) == [Trouble(KNOB, CLOSED_AT_REST)]
    assert Hands().starts(0.0, {KNOB_A: True}) == []
    for steps in (1, 2):  # these rest so
        assert Hands(knob=Knob(steps_per_detent=steps)).starts(0.0, both) == []
