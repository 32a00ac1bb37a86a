"""What the owner's loop needs of the world. Each method says who may call it, how long it
may block, what it raises and what state it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Edge:
    """A contact changed. `at` is the monotonic clock in seconds, stamped where the edge
    was seen; `line` is one of `hands.LINES`; `closed` means pressed or made."""

    at: float
    line: str
    closed: bool


class Inputs(Protocol):
    """The contacts. Edges are posted to the inbox from a thread of the pin library."""

    def closed(self) -> dict[str, bool]:
        """The present level of every line that could be opened. Owner's thread, no blocking;
        raises OSError when a line cannot be read any more."""
        ...

    def is_alive(self) -> bool:
        """Whether edges still arrive (the library's notify thread lives). Owner's thread."""
        ...

    def complaints(self) -> list[str]:
        """What could not be opened, each with its reason, in a person's words."""
        ...

    def close(self) -> None:
        """Give the lines back. Does not raise; afterwards no edge is posted."""
        ...


class Light(Protocol):
    """The lamp: one or two colours."""

    name: str

    def write(self, amber: float, red: float) -> None:
        """Duty cycles in [0, 1]. Owner's thread; takes under a millisecond. Raises OSError;
        it may have been obeyed all the same, or by one LED of two."""
        ...

    def close(self) -> None:
        """Dark, then given back. Does not raise."""
        ...


class Supervisor(Protocol):
    """Who starts and watches the service (systemd), or nobody."""

    def ready(self, status: str) -> None: ...

    def status(self, text: str) -> None:
        """How the box stands, in one line. Owner's thread only."""
        ...

    def beat(self) -> None:
        """Tell the watchdog that everything was seen to work. Owner's thread only."""
        ...

    def reloading(self) -> None: ...

    def stopping(self) -> None: ...

    def beat_every_s(self) -> float | None:
        """How often a beat is wanted; None when nobody listens."""
        ...


class Clock(Protocol):
    """Time. `now` never runs back and is unmoved by changes of the wall clock."""

    def now(self) -> float:
        """Monotonic seconds."""
        ...

    def wall(self) -> float:
        """Seconds since 1970, as far as this machine knows; may jump at any time."""
        ...

    def boot(self) -> str:
        """A name for this boot: monotonic times of two boots have nothing in common."""
        ...
