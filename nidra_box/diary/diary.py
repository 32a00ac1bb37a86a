"""The diary: the owner writes entries, each sink receives them.

The phase, the programme and the list of faults are kept only here.
"""

from __future__ import annotations

import logging
from typing import Protocol

from nidra_box.diary.entries import (
    PROGRAMME,
    Configured,
    Entry,
    Fault,
    FaultEnded,
    PhaseChanged,
    Severity,
    Started,
)
from nidra_box.diary.faults import Faults

log = logging.getLogger("nidra_box")
IDLE = "idle"


class Sink(Protocol):
    """A receiver of entries: a log, the journal, the night's line, a trace."""

    def note(self, at: float, entry: Entry, diary: Diary) -> None:
        """`entry` happened at `at`; `diary` has the phase and the faults. Owner's thread; must
        not block for long and must not raise."""
        ...


class Diary:
    """Owner's thread. `revision` grows whenever the status may have changed."""

    def __init__(self, *sinks: Sink) -> None:
        self.sinks = sinks
        self.faults = Faults()
        self.phase = IDLE
        self.programme = ""
        """The id of what plays; empty while idle."""
        self.revision = 0

    def knows(self, entry: Entry) -> bool:
        """Whether it is a fault that is listed already."""
        fault = entry.fault()
        return fault is not None and self.faults.has(*fault)

    def write(self, at: float, entry: Entry) -> None:
        """Drops a Fault that is listed already and a FaultEnded that ends none."""
        ended = self.faults.ends(entry.ended_part())
        fault = entry.fault()
        is_news = fault is not None and self.faults.begins(*fault)
        if (isinstance(entry, Fault) and not is_news) or (
            isinstance(entry, FaultEnded) and not ended
        ):
            return
        if isinstance(entry, Configured):  # every programme is looked at afresh
            self.faults.ends_all(PROGRAMME)
        if isinstance(entry, PhaseChanged):
            self.phase = entry.phase
        elif isinstance(entry, Started):
            self.programme = entry.programme
        if entry.severity > Severity.DETAIL or isinstance(entry, PhaseChanged):
            self.revision += 1
        for sink in self.sinks:
            sink.note(at, entry, self)
        if self.phase == IDLE and isinstance(entry, PhaseChanged):
            self.programme = ""


class Log:
    """One plain line per entry through `logging` (stderr)."""

    def note(self, at: float, entry: Entry, diary: Diary) -> None:
        log.log(entry.severity, "%s", entry.sentence())
