"""Three presses → whether the button can be relied on, and how long it bounces. Pure.

The presses are counted by the box's own machine (`session.gestures`), with its own times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nidra_box.hardware.ports import Edge
from nidra_box.session.gestures import RELEASE_S, Button, Complaint, Contact, Down

PRESSES = 3
BURST_GAP_S = 0.04
"""Edges closer than this are one change and its bounce. Longer than RELEASE_S, so that a bounce
which the box does not bridge is seen as one; a finger is rarely down for less than 60 ms."""
SETTLE_S = 1.0
"""What the machine is given after the last edge."""


@dataclass(frozen=True, slots=True)
class ButtonFound:
    """`presses` as the box would count them; `bounce_s` is the longest of all changes."""

    edges: int
    presses: int
    bounce_s: float
    held: bool = False
    noisy: bool = False

    @property
    def too_long(self) -> bool:
        """Whether it bounces longer than the box bridges: one press may count twice."""
        return self.bounce_s > RELEASE_S


def judge_button(closed: bool, edges: Sequence[Edge], begun_at: float) -> ButtonFound:
    """The button that was to be pressed three times; `closed` as it stood before."""
    machine = Button()
    heard, level = machine.starts(begun_at, closed), closed
    for edge in edges:
        heard += _until(machine, edge.at, level)
        heard += machine.edge(edge.at, edge.closed)
        level = edge.closed
    last = edges[-1] if edges else None
    if last is not None:
        heard += _until(machine, last.at + SETTLE_S, level)
    return ButtonFound(
        len(edges),
        sum(isinstance(contact, Down) for contact in heard),
        _bounce_s(edges),
        held=last.closed if last else closed,
        noisy=any(isinstance(c, Complaint) and c.what == "noisy" for c in heard),
    )


def _until(machine: Button, at: float, level: bool) -> list[Contact]:
    """What time alone decides before `at`, while the contact stays at `level`."""
    heard: list[Contact] = []
    while (due := machine.next_at()) is not None and due < at:
        heard += machine.level(due, level) if machine.wants_reading(due) else machine.due(due)
    return heard


def _bounce_s(edges: Sequence[Edge]) -> float:
    longest, begun_at, last_at = 0.0, 0.0, float("-inf")
    for edge in edges:
        if edge.at - last_at > BURST_GAP_S:
            begun_at = edge.at
        longest, last_at = max(longest, edge.at - begun_at), edge.at
    return longest
