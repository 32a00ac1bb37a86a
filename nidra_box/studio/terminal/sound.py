"""The sound of a box whose clock can be made faster and slower while it runs."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from nidra_box.appliance.clock import SystemClock
from nidra_box.score.score import Score
from nidra_box.session.events import SoundFound, StopSound, Tied, WindDown
from nidra_box.sound.player import Player
from nidra_box.sound.port import News, SoundEffect

FADE_S = 0.5
LOOK_S = 0.5  # how soon a new speed is noticed


@dataclass(slots=True)
class PacedSound:
    """Plays while time runs as usual. At any other speed the player fades out, and the clock times
    the night alone; back at 1 it joins in where the night now is, as after a lost card. The player
    itself always lives in real time. Owner's thread."""

    player: Player
    clock: SystemClock
    _heard: bool = True

    def __post_init__(self) -> None:
        self.player.clock = time.monotonic

    def _real(self, at: float) -> float:
        return time.monotonic() + self.clock.real_s(at - self.clock.now())

    def prepare(self, beginnings: list[tuple[Score, float]]) -> None:
        self.player.prepare(beginnings)

    def do(self, effect: SoundEffect, score: Score | None, now: float) -> None:
        if not self.clock.is_real_time:
            return
        if isinstance(effect, WindDown):
            began_at, ends_at = self._real(effect.began_at), self._real(effect.ends_at)
            effect = replace(effect, began_at=began_at, ends_at=ends_at)
        self.player.do(effect, score, self._real(now))

    def next_at(self) -> float:
        wait_s = LOOK_S
        if self.clock.is_real_time or self.player.is_open:
            wait_s = min(wait_s, self.player.next_at() - time.monotonic())
        return self.clock.now() + wait_s * self.clock.speed

    def work(self, now: float) -> list[News]:
        real = time.monotonic()
        before, self._heard = self._heard, self.clock.is_real_time
        if not self._heard and not self.player.is_open:
            return []
        news = self.player.work(real)
        if before and not self._heard:
            self.player.do(StopSound(FADE_S), None, real)
        if not (before and self._heard):
            news = [item for item in news if not isinstance(item, Tied)]
        if self._heard and not before and self.player.is_open:
            news.append(SoundFound(real))
        ahead_s = self.clock.now() - time.monotonic()
        return [
            replace(item, at=item.at + ahead_s) if isinstance(item, Tied | SoundFound) else item
            for item in news
        ]

    def is_turning(self, now: float) -> bool:
        return self.player.is_turning(time.monotonic())

    def close(self) -> None:
        self.player.close()
