"""Several processes measured over the same seconds, again and again, until the numbers hold."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks import threads
from benchmarks.players import Player
from benchmarks.threads import Cost, Costs

SPREAD = 0.02
"""A ratio holds when its standard error is no more than this share of it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Windows of `seconds`; at least `fewest`, and more until the ratios hold or `most` is had."""

    seconds: float
    fewest: int
    most: int


FULL = Plan(20.0, 6, 18)
QUICK = Plan(5.0, 3, 3)


@dataclass(slots=True)
class Measured:
    """One player: what each thread cost in each window."""

    player: Player
    names: dict[int, str]
    windows: list[Costs] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def shares(self) -> list[float]:
        """Milliseconds of processor time for a second, by window."""
        spent = (threads.total(window).cpu_ns / 1e6 for window in self.windows)
        return [ms / s for ms, s in zip(spent, self.seconds, strict=True)]

    @property
    def ms_per_s(self) -> float:
        return sum(threads.total(w).cpu_ns for w in self.windows) / 1e6 / sum(self.seconds)

    @property
    def wakeups_per_s(self) -> float:
        return sum(threads.total(w).wakeups for w in self.windows) / sum(self.seconds)

    def by_name(self) -> dict[str, tuple[float, float]]:
        """Of the threads that did anything: (milliseconds, wake-ups) for a second, dearest
        first. Threads of one name are taken together."""
        sums: dict[str, Cost] = {}
        for window in self.windows:
            for thread, cost in window.items():
                name = self.names.get(thread, "a later thread")
                sums[name] = sums.get(name, Cost()) + cost
        length_s = sum(self.seconds)
        rows = [(n, c.cpu_ns / 1e6 / length_s, c.wakeups / length_s) for n, c in sums.items()]
        return {n: (ms, wakes) for n, ms, wakes in sorted(rows, key=lambda r: -r[1]) if ms or wakes}


def spread(values: Sequence[float]) -> float:
    """The standard error of the mean, as a share of it; infinite where nobody can say."""
    if len(values) < 2 or not any(values):
        return float("inf")
    return statistics.stdev(values) / len(values) ** 0.5 / statistics.fmean(values)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Window by window: what disturbed both in the same seconds drops out."""
    return [a / b if b else float("inf") for a, b in zip(ours, theirs, strict=True)]


def measure(players: Sequence[Player], plan: Plan, peer: int | None) -> list[Measured]:
    """Of all, over the same windows. `peer`: whose ratio with the others has to hold (the first
    players' index), None where only time is waited for."""
    found = [Measured(player, player.thread_names()) for player in players]
    while len(found[0].windows) < plan.fewest or (
        peer is not None and len(found[0].windows) < plan.most and not _hold(found, peer)
    ):
        _one_window(found, plan.seconds)
    return found


def _hold(found: list[Measured], peer: int) -> bool:
    boxes = found[:peer]
    return all(spread(ratios(one.shares, found[peer].shares)) <= SPREAD for one in boxes)


def _one_window(found: list[Measured], seconds: float) -> None:
    before = [(time.monotonic(), threads.costs(one.player.pid)) for one in found]
    time.sleep(seconds)
    for one, (began, costs) in zip(found, before, strict=True):
        one.windows.append(threads.spent(costs, threads.costs(one.player.pid)))
        one.seconds.append(time.monotonic() - began)
