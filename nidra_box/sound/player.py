"""The player: the ring on a card that may be lost, stalled, or never have been there.

Without a card the night goes on: button and light work, the position runs on the
monotonic clock, and a card that comes (back) plays softly where the night now is.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from nidra_box.diary import entries
from nidra_box.score.score import Score
from nidra_box.session.events import SoundBroke, SoundFound, StartSound, Tied
from nidra_box.sound.card.deck import Deck, DeckError
from nidra_box.sound.lanes import Lanes
from nidra_box.sound.mix.mixdown import sources_between, title_end, title_source
from nidra_box.sound.mix.state import Playback, Stop
from nidra_box.sound.port import News, SoundEffect, SoundStuck, command_of
from nidra_box.sound.reader import BLOCK, AheadReader
from nidra_box.sound.ring import Ring
from nidra_box.units import RATE_HZ

RETRY_S = (1.0, 1.5, 2.0)
PATIENT_AFTER_S = 600.0
PATIENT_RETRY_S = 30.0
"""A card pulled out is tried again every 2 s for ten minutes, then every 30 s: plugged in
again it is to be heard within 5 s, and with 4 s between two tries it was not (seen)."""
CHECK_S = 1.0
STALL_LOOK_S = 0.1
STUCK_AFTER_S = 25.0
"""A stalled card must not be closed (that can hang for ever), only waited for; after this
long the process ends, before systemd's watchdog (30 s) would end it less kindly."""
PREPARED_S = 1.0
LAST_FADE_S = 0.3
"""The way out of a box that ends in the middle of a night: no click, and no waiting."""
FADES_WITHIN_S = 1.5
"""[D] A busy computer takes that fade up late: the ring tries again with up to 16 device buffers
in reserve (0.7 s), and waits 0.25 s for sound that is not decoded."""
SURE_S = 0.1  # a fade that has to be over in time is planned to be so much earlier
BEHIND_S, AHEAD_S = 2.3, 4.0
"""How much decoded sound is kept around the ring's writing point: what a hand can make it
render again, and what a slow card may take to come."""


@dataclass(slots=True)
class Player:
    """The sound of the running box. `gone` says whether the card has left (by its name in
    /proc/asound), in a person's words or empty; `has_better` whether another one should be open:
    it is changed while nothing plays."""

    deck: Deck
    reader: AheadReader | Lanes
    clock: Callable[[], float]
    gone: Callable[[], str] = lambda: ""
    has_better: Callable[[], bool] = lambda: False
    set_up: Callable[[], Sequence[News]] = tuple
    """Called when the card has just been opened and plays silence."""
    sleep: Callable[[float], None] = time.sleep
    ring: Ring = field(init=False)
    is_open: bool = False
    _retry_at: float = -math.inf
    _retries: int = 0
    _lost_at: float = 0.0
    _reason: str = ""
    _check_at: float = -math.inf
    _stalled_at: float | None = None
    _look_at: float = -math.inf
    _prepared: list[tuple[Score, int]] = field(default_factory=list)
    _attended: tuple[object, ...] = ()
    _late_turns: int = 0
    _tried_again: list[str] = field(default_factory=list)
    _broken_at: int = -1
    """The start of the playback whose break has been reported."""

    def __post_init__(self) -> None:
        self.ring = Ring(self.deck, self.reader)

    # -- commands ---------------------------------------------------------------------

    def prepare(self, beginnings: list[tuple[Score, float]]) -> None:
        self._prepared = [(score, round(second * RATE_HZ)) for score, second in beginnings]
        self._attend()

    def do(self, effect: SoundEffect, score: Score | None, now: float) -> None:
        if not self.is_open or self._stalled_at is not None:
            return
        ring = self.ring
        if isinstance(effect, StartSound) and score is not None:
            self._try_again(score)
        now = self.clock()  # an event may be handled late; the card has gone on meanwhile
        heard_at = now + (ring.frontier(now) - ring.frame_at(now)) / RATE_HZ
        ring.command(command_of(effect, score, heard_at), now)
        self._attend()

    # -- work -------------------------------------------------------------------------

    def next_at(self) -> float:
        if not self.is_open:
            return self._retry_at
        if self._stalled_at is not None:
            return self._look_at
        return self.ring.next_at() if self._breaking() is None else -math.inf

    def work(self, now: float) -> list[News]:
        if not self.is_open:
            return self._try_to_open(now) if now >= self._retry_at else []
        if self._stalled_at is not None:
            return self._wait_for_stalled(now)
        turned = self.ring.work(self.clock())
        self._attend()
        if turned and self.ring.has_run_dry():
            return self._give_up(now, "the ring ran dry")
        news = self._look_after_card(now)
        if turned and self.is_open:
            news += self._turn_news(now)
        return news + self._break_news(now)

    # -- what cannot be read any more ---------------------------------------------------

    def _try_again(self, score: Score) -> None:
        """A recording that broke off may be there again: a disk was plugged in."""
        for name in {track.source for track in score.tracks}:
            if self.reader.is_broken(name):
                self.reader.forget_broken(name)
                self._tried_again.append(name)

    def _breaking(self) -> Playback | None:
        """What plays, if it is a recording and nothing else, cannot be read on, and nobody has
        been told."""
        playing = [p for p in self.ring.state.playbacks if not p.fades]
        if not self.is_open or not playing or playing[-1].start == self._broken_at:
            return None
        score, here = playing[-1].score, playing[-1].position(self.ring.written)
        if score.clips or score.beds:
            return None  # the programme goes on without it
        broken = any(
            track.start <= here < track.end and self.reader.is_broken(track.source)
            for track in score.tracks
        )
        return playing[-1] if broken else None

    def _break_news(self, now: float) -> list[News]:
        news: list[News] = [entries.FaultEnded(name) for name in self._tried_again]
        self._tried_again.clear()
        breaking = self._breaking()
        if breaking is None:
            return news
        self._broken_at = breaking.start
        here = breaking.position(self.ring.frontier(self.clock()))
        lasts = 0
        for track in breaking.score.tracks:
            if track.start <= here < track.end:
                place = int(track.places(np.array([here]))[0])
                lasts = self.reader.decoded_until(track.source, place) - place
        left_s = lasts / RATE_HZ - SURE_S
        return [*news, SoundBroke(now, max(left_s, 0.0))]

    def _turn_news(self, now: float) -> list[News]:
        news: list[News] = []
        position = self.position_s(now)
        if position is not None:
            news.append(Tied(now, position))
        if self.ring.late_turns != self._late_turns:
            self._late_turns = self.ring.late_turns
            news.append(entries.TurnedLate(self._late_turns))
        return news

    def position_s(self, now: float) -> float | None:
        """The second of the programme that is being heard; None when none is, or when another
        one is about to be."""
        playing = [p for p in self.ring.state.playbacks if not p.fades]
        if not self.is_open or not playing or self.ring.has_pending:
            return None
        return (playing[-1].from_frame + self.ring.frame_at(now) - playing[-1].start) / RATE_HZ

    def _attend(self) -> None:
        """Tell the reader what the ring will need, whenever the writing point has moved."""
        state = self.ring.coming
        starts = [playback.start for playback in state.playbacks]
        key = (state.frame // (BLOCK // 2), *starts, id(self._prepared))
        if key == self._attended:
            return
        self._attended = key
        needed: list[tuple[str, int, int]] = []
        for playback in reversed(state.playbacks):
            here = max(0, playback.position(state.frame))
            needed += sources_between(playback.score, here, here + round(AHEAD_S * RATE_HZ))
            said = playback.start + title_end(playback.score) + round(BEHIND_S * RATE_HZ)
            if playback.announces and state.frame < said:  # a hand may have it said again
                needed += title_source(playback.score)
        # What a hand may yet make the ring render again, by playbacks that have ended since.
        for playback in self.ring.reachable():
            here = max(0, playback.position(state.frame))
            behind = max(0, here - round(BEHIND_S * RATE_HZ))
            needed += sources_between(playback.score, behind, here)
        for score, here in self._prepared:
            needed += sources_between(score, here, here + round(PREPARED_S * RATE_HZ))
            needed += title_source(score)
        self.reader.attend(needed)

    # -- the card -----------------------------------------------------------------------

    def _try_to_open(self, now: float) -> list[News]:
        try:
            self.ring.open(self.clock)
        except DeckError as error:
            return self._lost(now, f"the sound card cannot be opened ({error})")
        self.is_open, self._retries, self._reason = True, 0, ""
        self._late_turns = self.ring.late_turns
        self._check_at = now + CHECK_S
        about_it = self.set_up()  # while it plays silence: what is asked to play comes after Found
        return [entries.SoundFound(self.deck.name), SoundFound(now), *about_it]

    def _lost(self, now: float, reason: str) -> list[News]:
        """Note the loss and when to try again; the same reason is told once."""
        if self._retries == 0:
            self._lost_at = now
        wait = RETRY_S[min(self._retries, len(RETRY_S) - 1)]
        if now - self._lost_at > PATIENT_AFTER_S:
            wait = PATIENT_RETRY_S
        self._retry_at = now + wait
        self._retries += 1
        if reason == self._reason:
            return []
        self._reason = reason
        return [entries.SoundLost(reason)]

    def _look_after_card(self, now: float) -> list[News]:
        if self.ring.is_overdue(now):
            self._stalled_at, self._look_at = now, now + STALL_LOOK_S
            self._silence_slots()
            return [entries.SoundLost("the sound card does not move")]
        if now < self._check_at:
            return []
        self._check_at = now + CHECK_S
        if not self.deck.connected():
            return self._give_up(now, "the sound card has gone")
        gone = self.gone()
        if not gone and self.has_better() and self._nothing_plays:
            gone = "the sound card that was waited for has come"
        return self._give_up(now, gone) if gone else []

    @property
    def _nothing_plays(self) -> bool:
        """Nor is any of what has been rendered ahead still to be heard."""
        return self.ring.coming.is_silent and not any(self.ring.reachable())

    def _silence_slots(self) -> None:
        """Whatever the card plays when it moves again, it is not the old sound."""
        nothing = np.zeros((self.deck.slot_frames, 2), np.int16)
        for slot in range(2):
            self.deck.write(slot, 0, nothing)

    def _wait_for_stalled(self, now: float) -> list[News]:
        """A stalled card is only watched: closing it may hang. Once it moves, or is gone, it
        is opened afresh."""
        assert self._stalled_at is not None
        if now - self._stalled_at > STUCK_AFTER_S:
            raise SoundStuck("the sound card has not moved for half a minute")
        if now < self._look_at:
            return []
        self._look_at = now + STALL_LOOK_S
        moved = self.deck.current() != self.ring.turns % 2
        if not moved and self.deck.connected() and not self.gone():
            return []
        return self._give_up(
            now, "the sound card moves again" if moved else "the sound card has gone"
        )

    def _give_up(self, now: float, reason: str) -> list[News]:
        self._shut()
        self._attended = ()
        self._retries = 0
        return self._lost(now, reason)

    def is_turning(self, now: float) -> bool:
        if not self.is_open:
            return True  # nothing to turn; the card is being looked for
        return self._stalled_at is None and not self.ring.is_overdue(now)

    def close(self) -> None:
        """Fade out what still plays (a bug or a fault is ending the box). The card is left to
        the end of the process: closing one that stands still hangs for ever, and whether it
        does is seen too late."""
        if self.is_open and self._stalled_at is None:
            self._fade_out()
            self._silence_slots()
        self.is_open = False

    def _fade_out(self) -> None:
        """Until the last of the sound has left the device, however late the fade began."""
        ring, until = self.ring, self.clock() + LAST_FADE_S
        if not ring.coming.is_silent:
            ring.command(Stop(round(LAST_FADE_S * RATE_HZ)), self.clock())
            until = self.clock() + FADES_WITHIN_S
        while (now := self.clock()) < until and ring.sounds(now) and not ring.is_overdue(now):
            ring.work(now)
            self.sleep(min(max(ring.next_at() - self.clock(), 0.001), 0.02))

    def _shut(self) -> None:
        was_open, self.is_open, self._stalled_at = self.is_open, False, None
        if was_open:
            self.deck.close()
