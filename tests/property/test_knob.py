"""The encoder loses no detent and invents none, however fast and however dirty."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nidra_box.session.knob import Knob

FORWARD = [(False, False), (True, False), (True, True), (False, True)]


def edges_of(path, rng, rate_hz, steps, bounce):
    """Edges of a knob that walks `path` (positions in quarter steps), with random bounce of
    the contact that moves and random timing."""
    at, quarter_s = 1.0, 1.0 / rate_hz / steps
    position = 0
    a, b = FORWARD[0]
    for target in path:
        while position != target:
            position += 1 if target > position else -1
            wanted = FORWARD[position % 4]
            which = "a" if wanted[0] != a else "b"
            level = wanted[0] if which == "a" else wanted[1]
            for i in range(rng.randrange(bounce + 1)):
                yield at + i * quarter_s * 0.04, which, level
                yield at + (i + 0.5) * quarter_s * 0.04, which, not level
            yield at + quarter_s * 0.5, which, level
            a, b = wanted
            at += quarter_s * rng.uniform(0.8, 1.2)


def turned(path, steps, seed, rate_hz=500, bounce=4):
    knob = Knob(steps_per_detent=steps)
    knob.starts(False, False)
    rng = random.Random(seed)
    return [
        knob.edge(at, which, closed)
        for at, which, closed in edges_of(path, rng, rate_hz, steps, bounce)
    ]


@pytest.mark.parametrize("steps", [4, 2, 1])
@pytest.mark.parametrize("direction", [1, -1])
def test_five_hundred_detents_a_second_with_bounce(steps, direction):
    detents = turned([direction * steps * 5000], steps, seed=steps)
    assert sum(detents) == direction * 5000
    if steps > 1:  # one step per detent rests on every edge: its bounce is a step and back
        assert all(d in (0, direction) for d in detents)


@pytest.mark.parametrize("steps", [4, 2, 1])
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-40, 40), max_size=12), st.integers(0, 10_000))
def test_a_random_walk_ends_where_it_went(steps, walk, seed):
    """Wiggle between detents, turn back halfway, bounce: the sum is the way that was made."""
    path = list(walk)
    detents = sum(turned(path, steps, seed))
    end = path[-1] if path else 0
    # A knob that stands between two detents may belong to either of them.
    assert abs(detents * steps - end) < steps


@pytest.mark.parametrize("steps", [4, 2])
def test_a_knob_that_trembles_on_its_click_says_nothing(steps):
    knob = Knob(steps_per_detent=steps)
    knob.starts(False, False)
    said = [knob.edge(i * 0.001, "b", i % 2 == 0) for i in range(1000)]
    assert set(said) == {0}


def test_a_knob_that_rests_anywhere_at_the_start_counts_from_there():
    for index, (a, b) in enumerate(FORWARD):
        knob = Knob(4)
        knob.starts(a, b)
        total = 0
        for quarter in range(1, 9):
            na, nb = FORWARD[(index + quarter) % 4]
            if na != a:
                total += knob.edge(quarter, "a", na)
            if nb != b:
                total += knob.edge(quarter, "b", nb)
            a, b = na, nb
        assert total == 2


def test_reverse_swaps_the_direction():
    knob = Knob(4, reverse=True)
    knob.starts(False, False)
    rng = random.Random(1)
    assert sum(knob.edge(*e) for e in edges_of([8], rng, 20, 4, 0)) == -2


@pytest.mark.parametrize(("first", "other", "detents"), [("a", "b", 1), ("b", "a", -1)])
def test_a_lost_edge_costs_nothing_when_the_levels_are_read_again(first, other, detents):
    knob = Knob(4)
    knob.starts(False, False)
    assert knob.edge(1.0, first, True) == 0
    # the edge of the other is lost; both are read later in the turn, when the first is open again
    assert knob.level(1.1, first == "b", first == "a") == 0
    assert knob.edge(1.2, other, False) == detents


def test_a_spin_counts_more_and_a_quick_turn_does_not():
    def total(rate_hz, acceleration):
        knob = Knob(4, acceleration=acceleration)
        knob.starts(False, False)
        rng = random.Random(3)
        return sum(knob.edge(*e) for e in edges_of([80], rng, rate_hz, 4, 0))

    assert total(50, 2.0) == 20  # fifty detents a second: exactly as many as were turned
    assert total(100, 1.0) == 20
    assert total(100, 2.0) > 30
