"""What the owner's loop asks of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nidra_box.session.events import Outline

if TYPE_CHECKING:
    from nidra_box.library.circle import Circle
    from nidra_box.library.stock import Stock


class CannotPlay(Exception):
    """A programme that cannot be played, with the reason in a person's words."""


class NotYet(CannotPlay):
    """It is being read from a disk that takes its time, and can be asked for again."""


class Programmes(Protocol):
    """Where programmes come from."""

    def load(self, programme: str) -> Outline:
        """The compiled programme, with its score. Owner's thread; milliseconds. Raises
        CannotPlay, or NotYet."""
        ...

    def fetch(self, programme: str) -> None:
        """Read it before all others, for it was NotYet. Owner's thread; does not wait."""
        ...


class Recordings(Protocol):
    """A person's own recordings, as they come and go. Owner's thread; nothing waits."""

    @property
    def revision(self) -> int:
        """Grows whenever something was read; the inbox then gets a `Wake`."""
        ...

    def look(self) -> None:
        """Have it looked at soon, on a thread of its own, whether something has changed."""
        ...

    @property
    def stock(self) -> Stock: ...

    @property
    def circle(self) -> Circle: ...

    def called_now(self, name: str) -> str:
        """The id of what was called `name` before it was known; else `name`."""
        ...

    def chosen_now(self, chosen: str) -> str:
        """What a press plays from now on, if `chosen` was it."""
        ...
