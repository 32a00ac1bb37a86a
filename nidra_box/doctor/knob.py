"""Ten clicks each way → what kind of knob this is: steps per detent, direction, bounce. Pure.

The quarter steps are counted by the box's own decoder (`session.knob`), once lost edges have
been put back where the order of the others shows that they belong. Every judgement is about a
whole turn, so a click more or less and a bounce here and there change nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby, pairwise

from nidra_box.hardware.ports import Edge
from nidra_box.session.hands import KNOB_A, KNOB_B
from nidra_box.session.knob import Knob

CLICKS = 10
FEWEST, MOST = 6, 15
"""What a person who was asked for ten clicks may have turned; beyond, nothing is settled."""
BOUNCE_GAP_S = 0.015
"""Edges of one contact that follow closer than this are one change and its bounce. Encoders
promise 2 to 5 ms; a slow hand leaves more between two steps, the other contact's edge apart."""
TOGETHER_S = 0.003
"""Two contacts that close within this time, time after time, may be one contact."""
STRAYS = 3
"""So many steps lost, backwards or for nothing in two turns are put down to chance."""


class Fault(StrEnum):
    """What keeps a knob from being judged, or from working."""

    NONE = ""
    STILL = "nothing moved"
    A_DEAD = "knob a never moved"
    B_DEAD = "knob b never moved"
    TOGETHER = "both contacts move as one"
    SAME_WAY = "both turns went the same way"
    UNCLEAR = "the clicks do not add up"


@dataclass(frozen=True, slots=True)
class Turned:
    """One turn as it was watched: the levels before it (closed or not) and every edge of the
    two contacts in time order."""

    a: bool
    b: bool
    edges: tuple[Edge, ...]

    def count(self, line: str) -> int:
        return sum(edge.line == line for edge in self.edges)

    def stuck(self, line: str) -> bool:
        """Closed from the beginning to the end."""
        return (self.a if line == KNOB_A else self.b) and not self.count(line)


@dataclass(frozen=True, slots=True)
class Travel:
    """What one turn came to. `quarters` is signed as the decoder counts without `reverse`;
    `backwards` are quarter steps against it, `lost` edges that never arrived, `noise` changes
    that came to nothing at once."""

    quarters: int
    backwards: int
    lost: int
    noise: int = 0


@dataclass(frozen=True, slots=True)
class KnobFound:
    """`steps_per_detent` and `reverse` are None as long as they are not certain. Bounce in
    seconds, the longest of either turn; 0 where a contact did not bounce."""

    fault: Fault
    right: Travel
    left: Travel
    steps_per_detent: int | None = None
    reverse: bool | None = None
    bounce_a_s: float = 0.0
    bounce_b_s: float = 0.0

    @property
    def strays(self) -> int:
        """What a turn of a good knob has none of."""
        return sum(t.backwards + t.lost + t.noise for t in (self.right, self.left))

    def clicks(self, travel: Travel) -> int:
        """How many clicks that turn had, if the steps are known."""
        return round(abs(travel.quarters) / (self.steps_per_detent or 4))


def judge_knob(right: Turned, left: Turned) -> KnobFound:
    """The knob that was turned ten clicks to the right, then ten to the left."""
    one, two = travel(right), travel(left)
    found = KnobFound(
        Fault.NONE,
        one,
        two,
        bounce_a_s=max(bounce_s(right, KNOB_A), bounce_s(left, KNOB_A)),
        bounce_b_s=max(bounce_s(right, KNOB_B), bounce_s(left, KNOB_B)),
    )
    fault = _fault(right, left, one, two)
    steps = steps_per_detent((abs(one.quarters) + abs(two.quarters)) / 2.0)
    if fault is Fault.NONE and not (
        steps
        and all(FEWEST <= abs(t.quarters) / steps <= MOST for t in (one, two))
        and abs(abs(one.quarters) - abs(two.quarters)) <= steps * CLICKS / 2
    ):
        fault = Fault.UNCLEAR
    if fault is not Fault.NONE:
        return replace(found, fault=fault)
    return replace(found, steps_per_detent=steps, reverse=one.quarters < 0)


def steps_per_detent(quarters: float) -> int | None:
    """4, 2 or 1, whichever is nearest to `quarters` in ten clicks, as a ratio."""
    if quarters <= 0.0:
        return None
    return min((4, 2, 1), key=lambda steps: abs(math.log(quarters / (CLICKS * steps))))


def _fault(right: Turned, left: Turned, one: Travel, two: Travel) -> Fault:
    a, b = (right.count(line) + left.count(line) for line in (KNOB_A, KNOB_B))
    if not a and not b:
        return Fault.STILL
    if not a:
        return Fault.A_DEAD
    if not b:
        return Fault.B_DEAD
    if move_as_one(right, left):
        return Fault.TOGETHER
    if one.quarters * two.quarters > 0:
        return Fault.SAME_WAY
    return Fault.NONE


def travel(turned: Turned) -> Travel:
    """The quarter steps of one turn, by the box's own decoder."""
    edges, lost = mended(turned)
    knob = Knob(steps_per_detent=1)
    knob.starts(turned.a, turned.b)
    bursts = _bursts(edges)
    changes = [
        sum(knob.edge(e.at, "a" if e.line == KNOB_A else "b", e.closed) for e in burst)
        for burst in bursts
    ]
    whole = sum(changes)
    backwards = sum(abs(step) for step in changes if step * whole < 0)
    noise = sum(len(burst) % 2 == 0 for burst in bursts)
    return Travel(whole, backwards, lost, noise)


def mended(turned: Turned) -> tuple[list[Edge], int]:
    """The edges with lost ones put back, and how many those were.

    A contact that says the same level twice has lost an edge between. If the other contact
    has moved there and back meanwhile, the lost edge belongs into its longest pause; if it has
    moved once, before that; if not at all, it was bounce, and the repetition says nothing.
    """
    level = {KNOB_A: turned.a, KNOB_B: turned.b}
    last = dict.fromkeys(level, 0)  # where in `found` the contact's own last edge ends
    found: list[Edge] = []
    lost = 0
    for edge in turned.edges:
        if edge.closed == level[edge.line]:
            lost += 1
            others = list(range(last[edge.line], len(found)))
            if not others:
                continue
            missing = Edge(0.0, edge.line, not edge.closed)
            at = others[0] if len(others) % 2 else _longest_pause(found, others)
            before = found[at - 1].at if at else found[at].at
            found.insert(at, Edge((before + found[at].at) / 2.0, missing.line, missing.closed))
            for line in last:
                last[line] += last[line] > at
        found.append(edge)
        level[edge.line] = edge.closed
        last[edge.line] = len(found)
    return found, lost


def _longest_pause(found: list[Edge], others: list[int]) -> int:
    return max(others[1:], key=lambda i: found[i].at - found[i - 1].at)


def _bursts(edges: Sequence[Edge]) -> list[list[Edge]]:
    """Edges of one contact in a row, each within BOUNCE_GAP_S of the last: one change of
    level, or a contact that went and came back."""
    bursts: list[list[Edge]] = []
    for _, run in groupby(edges, key=lambda edge: edge.line):
        whole = list(run)
        bursts.append([whole[0]])
        for before, edge in pairwise(whole):
            if edge.at - before.at > BOUNCE_GAP_S:
                bursts.append([])
            bursts[-1].append(edge)
    return bursts


def bounce_s(turned: Turned, line: str) -> float:
    """The longest time from the first to the last edge of one change of `line`."""
    edges, _ = mended(turned)
    spans = [b[-1].at - b[0].at for b in _bursts(edges) if b[0].line == line]
    return max(spans, default=0.0)


def move_as_one(right: Turned, left: Turned) -> bool:
    """Whether the contacts are one: nearly every edge of one is at once one of the other, and
    the same contact comes first whichever way the knob is turned. In a knob that snaps quickly
    the first may hold, but there the turn decides which contact leads."""
    pairs = [_pairs(turned.edges) for turned in (right, left)]
    edges = len(right.edges) + len(left.edges)
    if not all(pairs) or 2 * sum(map(len, pairs)) < 0.8 * edges:
        return False
    led_by_a = [sum(first == KNOB_A for first in leads) / len(leads) for leads in pairs]
    return abs(led_by_a[0] - led_by_a[1]) < 0.5


def _pairs(edges: Sequence[Edge]) -> list[str]:
    """The contact that came first of each two edges that are one."""
    return [
        first.line
        for first, second in pairwise(edges)
        if first.line != second.line
        and first.closed == second.closed
        and second.at - first.at <= TOGETHER_S
    ]
