"""What the owner's loop asks of the library."""

from __future__ import annotations

from typing import Protocol

from nidra_box.score.score import Score
from nidra_box.session.events import Outline


class CannotPlay(Exception):
    """A programme that cannot be played, with the reason in a person's words."""


class Programmes(Protocol):
    """Where programmes come from."""

    def load(self, programme: str) -> tuple[Score, Outline]:
        """The compiled programme. Owner's thread; milliseconds. Raises CannotPlay."""
        ...
