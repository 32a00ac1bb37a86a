"""Whatever a hand does and whenever: the session is always in a defined state."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nidra_box.session import events as e
from nidra_box.session.events import Phase
from tests.unit.test_session import KNOWN, SETTINGS, Hand

GESTURES = st.sampled_from(
    [
        "press",
        "hold",
        "double",
        "up",
        "down",
        "push",
        "push turn",
        "found",
        "nobody",
        "tied",
        "reload",
        "power",
    ]
)
WAITS = st.one_of(st.floats(0.0, 1.0), st.floats(0.0, 120.0), st.floats(0.0, 4000.0))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(WAITS, GESTURES, st.integers(1, 30)), max_size=40),
    st.sampled_from([0.0, 40.0, 300.0, 900.0]),
    st.booleans(),
    st.sets(st.sampled_from(["night", "other", "tape.flac", "breath-lamp"]), max_size=4),
)
# the knob is held down while the night ends, and turned then
@example(
    [
        (0.0, "double", 1),
        (0.0, "double", 1),
        (1623.0, "press", 1),
        (0.0, "push", 1),
        (3377.0, "push turn", 1),
    ],
    0.0,
    False,
    set(),
)
def test_every_state_is_a_defined_one(acts, timer_s, lock, broken):
    hand = Hand(replace(SETTINGS, timer_s=timer_s, night_lock=lock), refuse=broken)
    for wait, act, amount in acts:
        hand.at(hand.now + wait)
        if act in ("press", "hold", "double"):
            getattr(hand, act)()
        elif act in ("up", "down"):
            hand.turn(amount if act == "up" else -amount)
        elif act == "push":
            hand.do(e.Push(hand.now))
        elif act == "push turn":
            hand.do(e.PushTurn(hand.now, amount - 15))
        elif act == "found":
            hand.do(e.SoundFound(hand.now))
        elif act == "nobody":
            hand.do(e.NobodyTurned(hand.now))
        elif act == "tied":
            hand.do(e.Tied(hand.now, max(0.0, hand.session.position(hand.now) - 0.05)))
        elif act == "power":
            place, left_s, fade_s = 33.0 * amount, wait + 0.1, 20.0 * amount
            hand.do(e.PowerReturned(hand.now, KNOWN["night"], place, left_s, fade_s))
        else:
            hand.do(e.Reconfigured(hand.now, hand.session.settings))
        defined(hand)
    # left alone, every night ends
    hand.at(hand.now + 13 * 3600.0)
    assert hand.phase in (Phase.IDLE,)
    defined(hand)


def defined(hand):
    session, at = hand.session, hand.now
    assert (session.phase is Phase.IDLE) == (session.outline is None)
    assert session.ends_at is None or session.remaining_s is None
    assert session.is_running == (session.ends_at is not None)
    assert -60.0 <= session.volume_db <= 0.0
    assert 10.0 <= session.brightness <= 100.0
    assert session.wanted == ""
    top = -10.0 if session.sleeps(at) else 0.0
    assert session.target_db(at) <= top
    if session.is_running:
        assert session.sounding_db == session.target_db(at)
    assert session.position_s >= 0.0
    due = session.next_deadline(at)
    assert due is None or due > at
    if session.phase is Phase.IDLE:
        assert session.comfort is None
    for effect in hand.effects:
        if isinstance(effect, e.WindDown):
            assert effect.ends_at > effect.began_at
        if isinstance(effect, e.StartSound):
            assert effect.position_s >= 0.0
