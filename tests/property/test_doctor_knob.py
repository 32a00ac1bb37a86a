"""The doctor knows a knob by ten clicks each way, whatever the part, the wires and the hand."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nidra_box.doctor.knob import Fault, Turned, judge_knob
from nidra_box.hardware.ports import Edge
from nidra_box.session.hands import KNOB_A, KNOB_B
from nidra_box.session.knob import Knob
from tests.support.knobs import FakeKnob

HANDS = st.fixed_dictionaries(
    {
        "swapped": st.booleans(),
        "bounce_s": st.sampled_from([0.0, 0.0005, 0.002, 0.005]),
        "quarter_s": st.sampled_from([0.009, 0.02, 0.06]),
        "seed": st.integers(0, 10_000),
        "place": st.integers(0, 3),
    }
)


@pytest.mark.slow
@pytest.mark.parametrize("steps", [4, 2, 1])
@settings(max_examples=150, deadline=None)
@given(HANDS, st.integers(9, 11), st.integers(9, 11))
def test_every_part_is_known_by_nine_to_eleven_clicks(steps, hand, right, left):
    knob = FakeKnob(steps, **hand)
    found = judge_knob(knob.turn(right), knob.turn(-left))
    assert (found.fault, found.steps_per_detent) == (Fault.NONE, steps)
    assert found.reverse is hand["swapped"]
    assert (found.clicks(found.right), found.clicks(found.left)) == (right, left)
    assert found.strays == 0
    assert max(found.bounce_a_s, found.bounce_b_s) <= hand["bounce_s"]


@pytest.mark.slow
@pytest.mark.parametrize("steps", [4, 2, 1])
@settings(max_examples=150, deadline=None)
@given(HANDS, st.integers(1, 2), st.integers(0, 2))
def test_a_lost_edge_here_and_there_changes_nothing(steps, hand, first, second):
    knob = FakeKnob(steps, **(hand | {"bounce_s": 0.0}))
    found = judge_knob(knob.turn(10, first), knob.turn(-10, second))
    assert (found.fault, found.steps_per_detent) == (Fault.NONE, steps)
    assert found.reverse is hand["swapped"]
    # Two that were lost side by side are a knob that went there and back: it was not, but
    # nobody can tell.
    assert found.strays <= 12


@pytest.mark.parametrize("steps", [4, 2, 1])
@settings(max_examples=60, deadline=None)
@given(HANDS)
def test_with_what_was_found_the_box_turns_the_right_way_a_step_a_click(steps, hand):
    fake = FakeKnob(steps, **hand)
    found = judge_knob(fake.turn(10), fake.turn(-10))
    knob = Knob(found.steps_per_detent, found.reverse)
    knob.starts(*fake.levels())
    turned = fake.turn(7)
    assert (
        sum(knob.edge(e.at, "a" if e.line == KNOB_A else "b", e.closed) for e in turned.edges) == 7
    )


@settings(max_examples=60, deadline=None)
@given(HANDS, st.sampled_from([KNOB_A, KNOB_B]), st.booleans())
def test_a_contact_that_never_moves_is_named(hand, line, closed):
    knob = FakeKnob(4, **hand)
    turns = []
    for clicks in (10, -10):
        whole = knob.turn(clicks)
        levels = {"a" if line == KNOB_A else "b": closed}
        edges = tuple(e for e in whole.edges if e.line != line)
        turns.append(dataclasses.replace(whole, edges=edges, **levels))
    found = judge_knob(*turns)
    assert found.fault is (Fault.A_DEAD if line == KNOB_A else Fault.B_DEAD)
    assert found.steps_per_detent is found.reverse is None
    assert all(turn.stuck(line) is closed for turn in turns)


@settings(max_examples=60, deadline=None)
@given(HANDS, st.floats(0.0, 0.001))
def test_two_contacts_that_touch_are_named(hand, apart_s):
    knob = FakeKnob(4, **(hand | {"bounce_s": 0.0}))

    def shorted(turned):
        edges = []
        for edge in turned.edges:
            if edge.line == KNOB_A:
                edges += [edge, Edge(edge.at + apart_s, KNOB_B, edge.closed)]
        return Turned(turned.a, turned.a, tuple(edges))

    assert judge_knob(shorted(knob.turn(10)), shorted(knob.turn(-10))).fault is Fault.TOGETHER


@pytest.mark.parametrize("steps", [4, 2])
@pytest.mark.parametrize("swapped", [False, True])
def test_a_knob_that_snaps_within_a_millisecond_is_not_taken_for_a_short(steps, swapped):
    knob = FakeKnob(steps, swapped, quarter_s=0.0005)
    found = judge_knob(knob.turn(10), knob.turn(-10))
    assert (found.fault, found.steps_per_detent, found.reverse) == (Fault.NONE, steps, swapped)


def test_a_knob_that_was_not_touched_or_turned_one_way_only():
    still = Turned(False, False, ())
    assert judge_knob(still, still).fault is Fault.STILL
    knob = FakeKnob(4)
    assert judge_knob(knob.turn(10), knob.turn(10)).fault is Fault.SAME_WAY
    assert judge_knob(knob.turn(10), still).fault is Fault.UNCLEAR


@pytest.mark.parametrize(("steps", "clicks"), [(4, 30), (1, 3)])
def test_far_too_many_or_too_few_clicks_settle_nothing(steps, clicks):
    knob = FakeKnob(steps)
    found = judge_knob(knob.turn(clicks), knob.turn(-clicks))
    assert found.fault is Fault.UNCLEAR
    assert found.steps_per_detent is None


def test_turns_that_differ_by_more_than_a_slip_settle_nothing():
    knob = FakeKnob(2)
    assert judge_knob(knob.turn(7), knob.turn(-13)).fault is Fault.UNCLEAR


def test_the_contact_that_bounces_is_measured():
    knob = FakeKnob(4, bounce_s=0.004, seed=3, quarter_s=0.03)
    right, left = knob.turn(10), knob.turn(-10)
    calm = [
        dataclasses.replace(turn, edges=tuple(_calm(turn.edges, KNOB_A))) for turn in (right, left)
    ]
    found = judge_knob(*calm)
    assert found.bounce_a_s == 0.0
    assert 0.002 < found.bounce_b_s <= 0.004
    assert found.steps_per_detent == 4


def _calm(edges, line):
    """Without the bounce of one contact: the first edge of each of its changes."""
    before = -1.0
    for edge in edges:
        if edge.line != line or edge.at - before > 0.01:
            yield edge
            before = edge.at if edge.line == line else before
