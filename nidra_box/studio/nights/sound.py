"""Sound in virtual time: the mixdown's levels without its samples.

The same commands act on the same state as in the ring; instead of rendering, the level of
every layer is traced ten times a second. Whoever wants to hear a stretch of such a night
renders the log of commands with the offline mixdown (`render_log`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from nidra_box.diary import entries
from nidra_box.score.score import Score
from nidra_box.session.events import SoundBroke, SoundFound
from nidra_box.sound.mix.levels import Grid, Level
from nidra_box.sound.mix.mixdown import Heard, Reader, mix, trace_levels
from nidra_box.sound.mix.pcm import Pcm
from nidra_box.sound.mix.state import Command, MixState, Playback, apply
from nidra_box.sound.port import News, SoundEffect, command_of
from nidra_box.units import RATE_HZ

STRIDE = RATE_HZ // 10
BREAK_LASTS_S = 1.5  # the player has two seconds and more when a file breaks off


@dataclass(frozen=True, slots=True)
class Traced:
    """What was heard over a grid of frames (frame 0 is second 0 of the night), and the volume
    there in dB."""

    grid: Grid
    heard: tuple[Heard, ...]
    playbacks: tuple[Playback, ...]
    volume: Level = 0.0


@dataclass(slots=True)
class VirtualSound:
    """A sound card in virtual time that can be lost and found."""

    plugged: bool = True
    traced: list[Traced] = field(default_factory=list)
    log: list[tuple[int, Command | None]] = field(default_factory=list)
    state: MixState = field(default_factory=MixState)
    is_open: bool = False
    _changed: bool = True
    _breaks: bool = False

    def prepare(self, beginnings: list[tuple[Score, float]]) -> None:
        return

    def do(self, effect: SoundEffect, score: Score | None, now: float) -> None:
        if not self.is_open:
            return
        self.trace_until(now)
        command = command_of(effect, score, now)
        self.log.append((self.state.frame, command))
        self.state = apply(self.state, command)

    def trace_until(self, now: float) -> None:
        """Note what was heard up to `now`."""
        frame = round(now * RATE_HZ)
        while self.state.frame < frame:
            left = frame - self.state.frame
            count, stride = (left // STRIDE, STRIDE) if left >= STRIDE else (1, left)
            grid = Grid(self.state.frame, count, stride)
            playbacks, volume = self.state.playbacks, self.state.volume.over(grid)
            heard, self.state = trace_levels(self.state, grid)
            if playbacks:
                self.traced.append(Traced(grid, tuple(heard), playbacks, volume))

    def lose(self, now: float) -> None:
        """The card is unplugged: from now on nothing is heard."""
        self.plugged = False
        self._cut(now)
        self._changed = True

    def find(self) -> None:
        self.plugged = True
        self._changed = True

    def break_off(self) -> None:
        """The recording that plays, if one does and nothing else, cannot be read any more."""
        playing = [p.score for p in self.state.playbacks if not p.fades]
        if playing and playing[-1].tracks and not (playing[-1].clips or playing[-1].beds):
            self._breaks = self._changed = True

    def _cut(self, now: float) -> None:
        self.trace_until(now)
        self.log.append((self.state.frame, None))
        self.state = MixState(frame=self.state.frame)

    def next_at(self) -> float:
        return -math.inf if self._changed else math.inf

    def work(self, now: float) -> list[News]:
        self._changed = False
        if self._breaks and self.is_open and self.plugged:
            self._breaks = False
            return [SoundBroke(now, BREAK_LASTS_S)]
        if self.plugged == self.is_open:
            return []
        self.is_open = self.plugged
        if not self.is_open:
            return [entries.SoundLost("the sound card has been unplugged")]
        self.state = MixState(frame=round(now * RATE_HZ))
        return [entries.SoundFound("a virtual card"), SoundFound(now)]

    def is_turning(self, now: float) -> bool:
        return True

    def close(self) -> None:
        self.is_open = False

    def power_off(self, now: float) -> None:
        """The plug was pulled: silence at once, and a closed card after."""
        self._cut(now)
        self.is_open, self._changed = False, True


def render_log(
    log: list[tuple[int, Command | None]], first: int, last: int, reader: Reader, block: int = 4096
) -> Iterator[Pcm]:
    """The samples of the frames [first, last) of a logged night, rendered offline. What lies
    before is passed over by its levels alone. A None in the log is a card that was lost."""
    state = MixState()
    pending = list(log)
    while state.frame < last:
        while pending and pending[0][0] <= state.frame:
            _, command = pending.pop(0)
            state = MixState(frame=state.frame) if command is None else apply(state, command)
        until = min(pending[0][0] if pending else last, last)
        if state.frame < first:
            until = min(until, first)
            count = max((until - state.frame) // STRIDE, 1)
            stride = min(STRIDE, until - state.frame)
            _, state = trace_levels(state, Grid(state.frame, count, stride))
        else:
            pcm, state = mix(state, min(block, until - state.frame), reader)
            yield pcm
