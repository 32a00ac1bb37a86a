"""The hand in front of the simulated box: keys become edges, and edges the right gestures."""

import pytest

from nidra_box.session import events as e
from nidra_box.session.hands import Hands
from nidra_box.studio.nights.simulated import SimulatedInputs
from nidra_box.studio.terminal.hand import PRESS_S, Hand


class FakeClock:
    """A clock that is moved by hand; `speed` of its seconds are one real second."""

    def __init__(self, speed=1.0):
        self.time, self.speed = 50.0, speed

    def now(self):
        return self.time

    def real_s(self, seconds):
        return seconds / self.speed


class Desk:
    """A hand, the contacts it moves, and the gestures that the real code makes of them."""

    def __init__(self, speed=1.0, late_s=0.0):
        self.clock = FakeClock(speed)
        self.late_s = late_s
        self.edges, self.calls = [], []
        self.inputs = SimulatedInputs(self.edges.append)
        self.hand = Hand(self.inputs, self.clock, lambda s, call: self.calls.append((s, call)))

    def run(self):
        """Let time pass until the hand has nothing more to do; each call comes `late_s`."""
        while self.calls:
            wait_s, call = self.calls.pop(0)
            self.clock.time += (wait_s + self.late_s) * self.clock.speed + 1e-9
            call()
        return self

    def gestures(self):
        hands, found = Hands(), []
        hands.starts(0.0, {})
        for edge in self.edges:
            assert edge.at <= self.clock.time, "an edge from the future"
            found += hands.edge(edge.at, edge.line, edge.closed)
        return found + hands.due(self.clock.time + 1.0)


def kinds(gestures):
    return [type(gesture) for gesture in gestures]


def test_a_press_goes_down_at_once_and_up_after_its_time():
    desk = Desk()
    desk.hand.press()
    assert [edge.closed for edge in desk.edges] == [True]
    assert desk.calls[0][0] == pytest.approx(PRESS_S)
    desk.run()
    down, up = desk.edges
    assert up.at - down.at == pytest.approx(PRESS_S)
    assert kinds(desk.gestures()) == [e.Press]


@pytest.mark.parametrize("speed", [1.0, 2.0, 60.0, 1000.0])
def test_durations_hold_on_the_clock_of_the_box_however_fast_it_runs(speed):
    """A terminal that is a tenth of a second late must not make holds of presses."""
    for act, expected in (
        (Hand.press, [e.Press]),
        (Hand.hold, [e.Press, e.Hold]),
        (Hand.second_press, [e.Press, e.SecondPress]),
        (Hand.push, [e.Push]),
    ):
        desk = Desk(speed, late_s=0.1)
        act(desk.hand)
        assert kinds(desk.run().gestures()) == expected


@pytest.mark.parametrize("detents", [1, -1, 5, -5])
def test_a_turn_is_so_many_detents(detents):
    desk = Desk()
    desk.hand.turn(detents)
    assert sum(turn.steps for turn in desk.run().gestures()) == detents


def test_a_push_and_turn_is_a_turn_while_pushed():
    desk = Desk()
    desk.hand.push_turn(-1)
    assert kinds(desk.run().gestures()) == [e.Push, e.PushTurn]


def test_a_key_held_down_is_one_press():
    desk = Desk()
    for _ in range(20):  # the terminal's own repeat
        desk.hand.press()
        desk.clock.time += 0.033
    assert kinds(desk.run().gestures()) == [e.Press]


def test_two_quick_presses_of_the_key_are_a_second_press():
    desk = Desk()
    desk.hand.press()
    desk.clock.time += 0.2
    desk.hand.press()
    assert kinds(desk.run().gestures()) == [e.Press, e.SecondPress]


def test_a_held_arrow_key_does_not_turn_on_after_it_is_let_go():
    desk = Desk()
    for _ in range(200):
        desk.hand.turn(5)
    turned = desk.clock.time
    desk.run()
    assert desk.clock.time - turned < 1.0
