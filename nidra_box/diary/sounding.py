"""Entries about what sounds: the card, recordings, beds."""

from __future__ import annotations

from dataclasses import dataclass

from nidra_box.diary.entry import Entry


@dataclass(frozen=True, slots=True)
class CardLevel(Entry):
    """The level of the card's own mixer when the card was opened."""

    what = "card level"
    text = "the card's own mixer ({mixer}): {level}"
    mixer: str
    level: str

    def ended_part(self) -> str:
        return f"mixer {self.mixer}"


@dataclass(frozen=True, slots=True)
class Fetching(Entry):
    """A recording is wanted that has not been read yet."""

    what = "fetching"
    text = "{programme} is still being fetched from its disk, and plays when it is there"
    programme: str


@dataclass(frozen=True, slots=True)
class Recordings(Entry):
    """How many of a person's own are ready."""

    what = "recordings"
    text = "{ready} of your own recordings are ready"
    ready: int


@dataclass(frozen=True, slots=True)
class NotTakenIn(Entry):
    """A file is played as it lies in the library: nobody has measured it."""

    what = "not taken in"
    text = "{programme} is not taken in yet: it plays as it is, unmeasured and unsoftened"
    programme: str


@dataclass(frozen=True, slots=True)
class Awaited(Entry):
    """A sound is needed that is still being rendered."""

    what = "awaited"
    text = "{sound} is being made, and joins in when it is there"
    sound: str
