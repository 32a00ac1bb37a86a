"""The threads beside the owner's: one that died is heard of, and the box starts afresh."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nidra_box.diary.entries import Entry
from nidra_box.part import Part
from nidra_box.worker import Worker


class WorkerDied(Exception):
    """A thread that the night needs is gone: only a fresh process has it again."""


class Workers(Part):
    """Those without which a night cannot go on. The others are only faults when they die."""

    name = "workers"

    def __init__(self, *workers: Worker) -> None:
        self._workers = workers

    def next_at(self) -> float:
        return -math.inf if any(worker.died for worker in self._workers) else math.inf

    def work(self, now: float) -> Sequence[Entry]:
        """Raises WorkerDied."""
        dead = ", ".join(worker.name for worker in self._workers if worker.died)
        raise WorkerDied(f"a thread has died: {dead}")

    def is_well(self, now: float) -> bool:
        return not any(worker.died for worker in self._workers)
