"""The interfaces of the owner's loop to the hardware and the system. Each method documents its
caller, how long it may block, what it raises and what state it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Edge:
    """A contact changed. `at`: monotonic seconds, taken in the callback; `line`: one of
    `hands.LINES`; `closed`: pressed."""

    at: float
    line: str
    closed: bool


class Inputs(Protocol):
    """The contacts. Edges are posted to the inbox from a thread of the pin library."""

    def closed(self) -> dict[str, bool]:
        """The level of every open line. Owner's thread, no blocking; raises OSError when a line
        can no longer be read."""
        ...

    def is_alive(self) -> bool:
        """Whether edges still arrive (the library's notify thread lives). Owner's thread."""
        ...

    def complaints(self) -> list[str]:
        """Each line that could not be opened, with the reason, for the user."""
        ...

    def close(self) -> None:
        """Release the lines. Does not raise; afterwards no edge is posted."""
        ...


class Light(Protocol):
    """The lamp: one or two colours."""

    name: str

    def write(self, amber: float, red: float) -> None:
        """Duty cycles in [0, 1]. Owner's thread; takes under a millisecond. Raises OSError;
        it may have been obeyed all the same, or by one LED of two."""
        ...

    def close(self) -> None:
        """Switch off, then release. Does not raise."""
        ...


class Supervisor(Protocol):
    """The service manager (systemd), or a stand-in without one."""

    def ready(self, status: str) -> None: ...

    def status(self, text: str) -> None:
        """Report the status in one line. Owner's thread only."""
        ...

    def beat(self) -> None:
        """Feed the watchdog. Owner's thread only."""
        ...

    def reloading(self) -> None: ...

    def stopping(self) -> None: ...

    def beat_every_s(self, running: bool) -> float | None:
        """The interval of beats while a session is `running`, or idle; None without a watchdog."""
        ...


class Clock(Protocol):
    """Time. `now` never runs back, whatever happens to the wall clock."""

    def now(self) -> float:
        """Monotonic seconds."""
        ...

    def wall(self) -> float:
        """Seconds since 1970; may be wrong, and may jump at any time."""
        ...

    def boot(self) -> str:
        """The ID of this boot: monotonic times of different boots cannot be compared."""
        ...
