"""Whatever a hand does and whenever: the session is always in a defined state."""

from dataclasses import fields, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nidra_box.config import Config, TimerSettings, VolumeSettings
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
        "circle",
        "stick",
        "power",
    ]
)
WAITS = st.one_of(st.floats(0.0, 1.0), st.floats(0.0, 120.0), st.floats(0.0, 4000.0))
TIMERS = st.builds(
    TimerSettings,
    **{
        field.name: st.floats(field.metadata["low"], field.metadata["high"])
        for field in fields(TimerSettings)
    },
)


def level(low, high):
    return st.sampled_from([low, high]) | st.floats(low, high)


@st.composite
def volumes(draw):
    """Whatever a settings file may say without being refused."""
    floor = draw(level(-80.0, -30.0))
    ceiling = draw(level(max(-40.0, floor), 0.0))
    start = draw(level(max(-60.0, floor), ceiling))
    night = draw(level(max(-50.0, floor), 0.0))
    return VolumeSettings(start, floor, ceiling, night, step_db=draw(st.floats(0.5, 6.0)))


BOXES = st.builds(
    lambda config, programmes: config.settings(tuple(programmes)),
    st.builds(
        Config,
        hold_programme=st.sampled_from(["breath-lamp", "night", "gone"]),
        lock=st.sampled_from(["none", "night"]),
        resume_within_minutes=st.floats(0.0, 600.0),
        resume_after_power_loss=st.booleans(),
        volume=volumes(),
        timer=TIMERS | st.sampled_from([TimerSettings(), TimerSettings(5.0), TimerSettings(15.0)]),
    ),
    st.lists(st.sampled_from([*KNOWN, "gone"]), unique=True) | st.just(SETTINGS.programmes),
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(WAITS, GESTURES, st.integers(1, 30)), max_size=40),
    st.lists(BOXES, min_size=1, max_size=3),
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
    [SETTINGS],
    set(),
)
def test_every_state_is_a_defined_one(acts, boxes, broken):
    """`boxes` are the settings that the box starts with, and those that SIGHUP brings."""
    hand = Hand(boxes[0], refuse=broken)
    hand.session = replace(hand.session, volume_db=boxes[0].start_db)
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
        elif act == "stick":
            hand.do(e.StickTaken(hand.now, hand.now - amount, amount % 2 == 0))
        elif act == "circle":
            names = sorted(KNOWN)[amount % 3 :]
            chosen = names[0] if amount % 2 else hand.session.chosen
            hand.do(e.CircleChanged(hand.now, tuple(names), chosen, (("tape.flac", "gone"),)))
        else:
            hand.do(e.Reconfigured(hand.now, boxes[amount % len(boxes)]))
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
    box = session.settings
    assert box.floor_db <= session.volume_db <= box.ceiling_db
    assert 10.0 <= session.brightness <= 100.0
    assert session.wanted == ""
    assert session.target_db(at) <= (box.night_ceiling_db if session.sleeps(at) else box.ceiling_db)
    if session.is_running:
        assert session.sounding_db == session.target_db(at)
    assert session.position_s >= 0.0
    due = session.next_deadline(at)
    assert due is None or due > at
    if session.phase is Phase.IDLE:
        assert session.comfort is None
    else:
        assert session.sign is None
    for effect in hand.effects:
        if isinstance(effect, e.WindDown):
            assert effect.ends_at > effect.began_at
        if isinstance(effect, e.StartSound):
            assert effect.position_s >= 0.0
