"""What a process costs, by thread: processor time in nanoseconds, wake-ups, and memory.

The kernel says all of it in /proc/PID (proc(5)). Clock ticks of 10 ms, as `ps` has them, are too
coarse here: the box needs about one tick a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Costs = dict[int, "Cost"]
"""By thread id."""


@dataclass(frozen=True, slots=True)
class Cost:
    """cpu_ns: time on a processor. wakeups: how often the thread gave the processor up by itself,
    so how often something had to wake it."""

    cpu_ns: int = 0
    wakeups: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cpu_ns + other.cpu_ns, self.wakeups + other.wakeups)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.cpu_ns - other.cpu_ns, self.wakeups - other.wakeups)


@dataclass(frozen=True, slots=True)
class Memory:
    """In MiB. pss: shared pages divided among those who share them. private: what would be free
    if the process ended."""

    rss: float
    pss: float
    private: float


def costs(pid: int) -> Costs:
    """Of each thread, since it began."""
    found = {}
    for task in _tasks(pid):
        try:
            schedstat, status = (task / "schedstat").read_text(), (task / "status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # the thread ended just now
        switches = _field(status, "voluntary_ctxt_switches")
        found[int(task.name)] = Cost(int(schedstat.split()[0]), switches)
    return found


def spent(before: Costs, after: Costs) -> Costs:
    """Of each thread that is there at the end. What a thread cost that ended in between is not
    known; the kernel keeps no such number in nanoseconds."""
    return {thread: cost - before.get(thread, Cost()) for thread, cost in after.items()}


def total(cost_of: Costs) -> Cost:
    return sum(cost_of.values(), Cost())


def names(pid: int) -> dict[int, str]:
    """As the kernel has them: libraries name their threads, Python before 3.14 does not."""
    return {int(task.name): (task / "comm").read_text().strip() for task in _tasks(pid)}


def memory(pid: int) -> Memory:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    private = _field(text, "Private_Clean") + _field(text, "Private_Dirty")
    return Memory(_field(text, "Rss") / 1024, _field(text, "Pss") / 1024, private / 1024)


def _tasks(pid: int) -> Iterator[Path]:
    yield from sorted(Path(f"/proc/{pid}/task").iterdir(), key=lambda task: int(task.name))


def _field(text: str, name: str) -> int:
    return next(
        int(line.split()[1]) for line in text.splitlines() if line.partition(":")[0] == name
    )
