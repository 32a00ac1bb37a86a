"""The hand in front of the simulated box: a key moves contacts as a finger would.

Every edge carries its own time on the box's clock and is delivered when that time has come,
so that a press, a hold and a second press are told apart by the real gestures code. Runs on
the terminal's thread; a moved contact only posts to the inbox.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from nidra_box.appliance.clock import SystemClock
from nidra_box.hardware.ports import Edge
from nidra_box.session.gestures import HOLD_S, SECOND_PRESS_S
from nidra_box.session.hands import PUSH
from nidra_box.studio.nights.simulated import SimulatedInputs, button_edges, knob_edges

PRESS_S = 0.12
HELD_S = HOLD_S + 0.15
SECOND_AFTER_S = 0.24  # within the 0.35 s of a second press
DETENT_S = 0.024  # brisk, yet slower than the spin that makes detents count more
GAP_S = 0.03  # between two gestures: more than the 25 ms that an opening must last

LATE_S = 0.25
"""How late the terminal may deliver an edge (a slow line, a busy machine). Where a hold
takes less than this in truth, a release that comes late would turn a press into a hold:
there a whole gesture is delivered at its end, with the times it had."""
REPEAT_S = 0.09  # a key held down repeats about 30 times a second; a finger does not
BACKLOG_S = 0.3  # what a hand has still to do when further turns are not taken up any more

Later = Callable[[float, Callable[[], None]], object]


class Hand:
    """One hand on one button and one knob. `later(seconds, call)` calls back on the same
    thread after that many real seconds."""

    def __init__(self, inputs: SimulatedInputs, clock: SystemClock, later: Later) -> None:
        self._inputs = inputs
        self._clock = clock
        self._later = later
        self._due: deque[list[Edge]] = deque()  # what is delivered together, by its last edge
        self._free_at = clock.now()
        self._pressed_at = float("-inf")
        self._waits = False

    @property
    def _is_late(self) -> bool:
        return self._clock.real_s(HOLD_S) < LATE_S

    def press(self) -> None:
        """A short press. A key that repeats because it is held down counts once."""
        now = self._clock.now()
        since, self._pressed_at = now - self._pressed_at, now
        if self._clock.real_s(since) >= REPEAT_S:
            self._move(button_edges(0.0, PRESS_S))

    def second_press(self, times: int = 1) -> None:
        """A press, and `times` more, each soon enough after the last to count as a second one."""
        presses = [button_edges(n * SECOND_AFTER_S, PRESS_S) for n in range(times + 1)]
        self._move([edge for press in presses for edge in press])

    def hold(self) -> None:
        if not self._is_busy():
            self._move(button_edges(0.0, HELD_S))

    def turn(self, detents: int) -> None:
        """Turn the knob; positive is clockwise, louder."""
        if not self._is_busy():
            self._move(knob_edges(0.0, detents, DETENT_S))

    def push(self) -> None:
        self._move(button_edges(0.0, PRESS_S, PUSH))

    def push_turn(self, detents: int) -> None:
        """Turn the knob while it is pushed in."""
        if self._is_busy():
            return
        turn = knob_edges(GAP_S, detents, DETENT_S)
        down, up = button_edges(0.0, turn[-1].at + GAP_S, PUSH)
        self._move([down, *turn, up])

    @property
    def has_rested(self) -> bool:
        """Whether the next press counts as a first one."""
        return self._clock.now() - self._free_at > SECOND_PRESS_S

    def _is_busy(self) -> bool:
        """Whether a key that repeats has given this hand enough to do."""
        return self._clock.real_s(self._free_at - self._clock.now()) > BACKLOG_S

    def _move(self, gesture: list[Edge]) -> None:
        """Do a gesture whose edges are timed from 0, after whatever the hand still does."""
        length = gesture[-1].at
        now = self._clock.now()
        begin = max(now - length if self._is_late else now, self._free_at)
        self._free_at = begin + length + GAP_S
        edges = [replace(edge, at=begin + edge.at) for edge in gesture]
        self._due.extend([edges] if self._is_late else [[edge] for edge in edges])
        if not self._waits:
            self._deliver()

    def _deliver(self) -> None:
        """Move every contact whose time has come; call back for the rest."""
        while self._due and self._due[0][-1].at <= self._clock.now():
            for edge in self._due.popleft():
                self._inputs.set(edge.line, edge.closed, edge.at)
        self._waits = bool(self._due)
        if self._due:
            wait_s = self._clock.real_s(self._due[0][-1].at - self._clock.now())
            self._later(max(wait_s, 0.001), self._deliver)
