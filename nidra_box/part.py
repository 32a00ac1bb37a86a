"""What a part is, and what parts may see of the box."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from nidra_box.diary.entries import Entry
from nidra_box.session.events import Event
from nidra_box.session.session import Session


class Closing(IntEnum):
    """When a part closes: from what must not fail to what may hang."""

    FIRST = 0
    DARK = 1
    SAVED = 2
    SILENT = 3
    GIVEN_BACK = 4
    LAST = 5


@dataclass(slots=True)
class Course:
    """How the box stands. The loop writes it, parts read it; owner's thread only."""

    session: Session
    touched_at: float = -math.inf
    """When the last gesture came: what has failed is then tried at once."""


class Part(Protocol):
    """Owner's thread only. No method waits for anything, but `close`. A part that inherits from
    this has nothing to close and is always well, unless it says otherwise."""

    name: str
    closes: Closing = Closing.LAST

    def next_at(self) -> float:
        """When `work` is wanted next, on the box's clock; infinity if nothing is to do."""
        ...

    def work(self, now: float) -> Sequence[Entry | Event]:
        """A small portion of work, a few milliseconds: what there is to write down, and what
        happens to the session by it. What it raises ends the box softly."""
        ...

    def is_well(self, now: float) -> bool:
        """Whether it is seen to work: the watchdog's beat asks every part."""
        return True

    def close(self) -> None:
        """Reach the safe state. May block for 1.5 s."""
        return
