"""What the owner's loop asks of the sound, whoever provides it.

`player.Player` is the running box, `studio.nights.sound.VirtualSound` a night in virtual time.
"""

from __future__ import annotations

import math
from typing import Protocol

from nidra_box.diary.entries import Entry
from nidra_box.score.score import Score
from nidra_box.session.events import (
    NotYet,
    SetVolume,
    SoundBroke,
    SoundFound,
    StartSound,
    StopSound,
    Tied,
    WindDown,
)
from nidra_box.sound.mix.state import Command, Fade, FadeBack, Start, Stop, Volume
from nidra_box.units import RATE_HZ

SoundEffect = StartSound | StopSound | SetVolume | WindDown | NotYet


News = Entry | Tied | SoundFound | SoundBroke
"""What a sound has to say: for the diary, and for the session."""


class SoundStuck(Exception):
    """The card has not moved for so long that only a fresh process can help."""


class Sound(Protocol):
    """Owner's thread only. No method waits for the card."""

    def prepare(self, beginnings: list[tuple[Score, float]]) -> None:
        """Decode the first seconds of what will probably be asked for next: scores and the
        second at which each would begin."""
        ...

    def do(self, effect: SoundEffect, score: Score | None, now: float) -> None:
        """Carry out an effect; `score` belongs to a StartSound. Does not raise; without a
        card it does nothing (the session is asked again once one is found)."""
        ...

    def next_at(self) -> float:
        """When `work` is needed; the past while frames wait to be rendered."""
        ...

    def work(self, now: float) -> list[News]:
        """A small portion of work, a few milliseconds. Raises SoundStuck."""
        ...

    def is_turning(self, now: float) -> bool:
        """Whether sound that should move does move: the watchdog's proof."""
        ...

    def close(self) -> None:
        """Fade out what still plays; the card is given back when the process ends. May block
        for 1.5 seconds."""
        ...


class NoSound:
    """The sound of a box whose clock runs faster than any card can play: none. The night is
    then timed by the clock alone."""

    def prepare(self, beginnings: list[tuple[Score, float]]) -> None:
        return

    def do(self, effect: SoundEffect, score: Score | None, now: float) -> None:
        return

    def next_at(self) -> float:
        return math.inf

    def work(self, now: float) -> list[News]:
        return []

    def is_turning(self, now: float) -> bool:
        return True

    def close(self) -> None:
        return


def command_of(effect: SoundEffect, score: Score | None, now: float) -> Command:
    """An effect of the session as a command of the mixdown that is heard at second `now`."""
    if isinstance(effect, StartSound):
        assert score is not None
        return Start(
            score,
            round(effect.position_s * RATE_HZ),
            announces=effect.announces,
            rise_frames=round(effect.rise_s * RATE_HZ),
        )
    if isinstance(effect, StopSound):
        return Stop(round(effect.seconds * RATE_HZ))
    if isinstance(effect, SetVolume):
        return Volume(effect.db, round(effect.over_s * RATE_HZ))
    if isinstance(effect, NotYet):
        return FadeBack(round(effect.seconds * RATE_HZ))
    assert isinstance(effect, WindDown)
    frames = round((effect.ends_at - effect.began_at) * RATE_HZ)
    return Fade(frames, began=round(max(now - effect.began_at, 0.0) * RATE_HZ))
