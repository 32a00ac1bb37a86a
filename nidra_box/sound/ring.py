"""The ring: the mixdown inside `pygame.mixer`, two seconds of it, rewritable until heard.

Time in the ring is counted in frames since the deck was opened. The deck plays slot after
slot. When it turns over, the slot that ended is wiped and queued again at once, and then
filled ahead of the sound, one device buffer at a time: were this process to stop, the card
would play silence and never old sound.

The state of the mix is remembered at every device buffer, so a command takes effect *two
device buffers from now*: the ring goes back to the state there and renders the future
again. Nothing is heard twice, nothing is left out. The new future takes the place of the
old one only when a tenth of a second of it is rendered and its beginning has not been
passed meanwhile: on a computer that is busy with something else a command comes later, and
what is heard until then is whole.

The turn-over is also the clock: it ties frames to the monotonic clock about once a second.
When it happens cannot be asked, only whether it has; so the ring looks once just before the
expected moment and once just after, and keeps the estimate between the two.
"""

from __future__ import annotations

import functools
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from nidra_box.sound.card.deck import Deck
from nidra_box.sound.mix.limiter import DELAY
from nidra_box.sound.mix.mixdown import NotDecoded, Reader, mix
from nidra_box.sound.mix.pcm import Pcm
from nidra_box.sound.mix.state import Command, MixState, Playback, apply, skip
from nidra_box.units import RATE_HZ

OPENING_S = 0.25
"""At most so long before the end of its opening does a card begin to take frames."""
LOOK_S = 0.003
"""How far before and after the expected turn-over the ring looks."""
SLOW_LOOK_S = 0.030
"""An idle ring looks once, this long after the turn-over."""
SLOW_PULL_S = 0.001
LEARNING_TURNS = 10
"""So many turns are seen exactly after opening, to learn the card's pace."""
MAX_PACE_ERROR = 0.03
"""Cards may run up to 3 % fast (SDL's dummy and disk drivers: 1.6 %). The shortest period measured
is kept: too short costs polls, too long costs a click."""
OVERDUE_S = 0.75
"""A turn-over this late is a fault: the card stalls, or this process did."""
DECODING_S = 0.004
"""How long to wait for what is not decoded yet, while there is time."""
URGENT_BUFFERS = 6
"""So much is always rendered ahead before anything else has its turn."""
RESERVES = (1, 1, 2, 4, 8, 16)
"""How many device buffers ahead of those taken rewriting starts; grows with each retry."""
PATIENCE_S = 0.25
"""So long a command waits for sound that is not decoded; then it begins in silence."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """In the log: the ring had to leave frames out; what plays rises from silence."""


@dataclass(slots=True)
class Ring:
    """`now` is always the monotonic clock in seconds. Owner's thread only.

    `log` keeps every command with the frame at which it took effect, for proofs.
    """

    deck: Deck
    reader: Reader
    state: MixState = field(default_factory=MixState)
    log: list[tuple[int, Command | Skipped]] | None = None
    late_turns: int = 0
    turns: int = 0
    _turn_at: float = 0.0
    _period_s: float = 0.0
    _looked_at: float = 0.0
    _believed_s: float = 0.0
    _exact: tuple[int, float] | None = None
    _memory: deque[MixState] = field(default_factory=deque)
    _late: bool = False
    _wait_until: float = -math.inf
    _clock: Callable[[], float] = lambda: 0.0
    _pending: list[Command] = field(default_factory=list)
    _asked_at: float = math.inf

    def open(self, clock: Callable[[], float]) -> None:
        """Open the deck; the ring is silent. The card begins somewhere in between (loading the
        mixer may take long): the earliest moment is taken for it. Raises DeckError."""
        before = clock()
        self.deck.open()
        self._clock = clock
        now = max(before, clock() - OPENING_S)
        self.state, self.turns = MixState(), 0
        self._turn_at = self._looked_at = now
        self._period_s = self._nominal_s * (1 - MAX_PACE_ERROR)  # until one has been measured
        self._believed_s = self._nominal_s
        self._exact, self._late = None, False
        self._memory.clear()
        self._pending.clear()
        self._wait_until = -math.inf
        self._wipe(1)

    # -- where ------------------------------------------------------------------------

    @property
    def written(self) -> int:
        """The next frame to render."""
        return self.state.frame

    @property
    def horizon(self) -> int:
        """The frame up to which the two slots can be filled."""
        return (self.turns + 2) * self.deck.slot_frames

    @property
    def is_full(self) -> bool:
        return self.written >= self.horizon

    def taken(self, now: float) -> int:
        """The frames that the device has taken by `now`: whole device buffers, one of them
        at the very moment of the turn-over."""
        buffer = self.deck.buffer_frames
        since = (now - self._turn_at) / self._period_s * self.deck.slot_frames / buffer
        into = (math.floor(since) + 1) * buffer
        return self.turns * self.deck.slot_frames + min(max(into, 0), 2 * self.deck.slot_frames)

    def frame_at(self, now: float) -> float:
        """The frame that leaves the device's own two buffers at `now`, smoothly."""
        into = (now - self._turn_at) / self._period_s * self.deck.slot_frames
        return self.turns * self.deck.slot_frames + into - 2 * self.deck.buffer_frames - DELAY

    def frontier(self, now: float) -> int:
        """The first frame that is certainly not taken yet: one device buffer in reserve."""
        return self.taken(now) + self.deck.buffer_frames

    @property
    def has_pending(self) -> bool:
        """Whether a command waits to be taken up (its sound is not decoded yet)."""
        return bool(self._pending)

    @property
    def coming(self) -> MixState:
        """The state at the next frame to render, with what is pending taken up."""
        return functools.reduce(apply, self._pending, self.state)

    def sounds(self, now: float) -> bool:
        """Whether anything that is not silence is still to leave the device."""
        last = max((s.frame for s in self._memory if not s.is_silent), default=-math.inf)
        return not self.coming.is_silent or self.frame_at(now) < last + self.deck.buffer_frames

    def reachable(self) -> list[Playback]:
        """Every playback that a command could bring back: those of the remembered states."""
        found = {
            (id(playback.score), playback.start): playback
            for state in (*self._memory, self.state)
            for playback in state.playbacks
        }
        return list(found.values())

    # -- commands ---------------------------------------------------------------------

    def command(self, command: Command, now: float) -> None:
        """Let `command` take effect as soon as it can be heard: `work` takes it up."""
        if not self._pending:
            self._asked_at = now
        self._pending.append(command)
        self._wait_until = -math.inf

    def _take_up(self) -> None:
        """Render the future with the pending commands in it, then put it in its place.

        Never before an earlier command, whatever the clock has learnt meanwhile: going back
        behind it would undo it."""
        for reserve in RESERVES:
            asked = self._clock()
            begin = self._remembered(self.taken(asked) + reserve * self.deck.buffer_frames)
            future = [functools.reduce(apply, self._pending, begin)]
            parts: list[Pcm] = []
            room = (self.horizon - begin.frame) // self.deck.buffer_frames
            try:
                for _ in range(min(URGENT_BUFFERS, room)):
                    patient = asked < self._asked_at + PATIENCE_S
                    pcm, after = mix(future[-1], self.deck.buffer_frames, self.reader, patient)
                    parts.append(pcm)
                    future.append(after)
            except NotDecoded:
                self._wait_until = asked + DECODING_S
                return
            if self.taken(self._clock()) <= begin.frame or reserve == RESERVES[-1]:
                break
        for state, pcm in zip(future, parts, strict=False):
            self._put(state.frame, pcm)
        if self.log is not None:
            self.log += [(begin.frame, command) for command in self._pending]
        self._memory = deque(future[:-1])
        self.state = future[-1]
        self._pending.clear()

    def _remembered(self, frame: int) -> MixState:
        """The earliest state at or after `frame`; the last one when there is none."""
        return next((s for s in self._memory if s.frame >= frame), self.state)

    # -- work -------------------------------------------------------------------------

    def next_at(self) -> float:
        """When `work` is needed; the past when there are frames to render. (While some are
        not decoded yet the turn-over is not far either: a second is in hand.)"""
        if self._pending or not self.is_full:
            return self._wait_until
        due = self._turn_at + self._period_s
        if self._looks_rarely:
            return max(due, self._looked_at) + SLOW_LOOK_S
        if self._looked_at < due - LOOK_S:
            return due - LOOK_S
        return max(due, self._looked_at) + LOOK_S

    @property
    def _looks_rarely(self) -> bool:
        """An idle ring that knows the pace of its card needs no more than a look a turn."""
        return self.state.is_silent and self.turns >= LEARNING_TURNS

    def work(self, now: float) -> bool:
        """Look for a turn-over and render a little. True when it turned over."""
        turned = self._look(now)
        if self.written < self.taken(now):
            self._skip_to(self.frontier(now))
        self._wait_until = -math.inf
        if self._pending:
            self._take_up()
        taken, buffer = self.taken(now), self.deck.buffer_frames
        for _ in range(URGENT_BUFFERS):
            if self.is_full:
                break
            if not self._render(patient=self.written > taken):
                self._wait_until = now + DECODING_S
                break
            if self.written >= taken + URGENT_BUFFERS * buffer:
                break
        return turned

    def _look(self, now: float) -> bool:
        due = self._turn_at + self._period_s
        if now < due - 2 * LOOK_S:
            return False
        before, self._looked_at = self._looked_at, now
        if self.deck.current() == self.turns % 2:
            self._late = self._late or now > due + OVERDUE_S
            return False
        self._turn_at = self._estimate(due, before, now)
        self.turns += 1
        self._wipe((self.turns + 1) % 2)
        if self._late or now - due > OVERDUE_S:
            self.late_turns += 1
            self._late = False
        if now - before <= 3 * LOOK_S:
            self._learn_pace()
        return True

    def _estimate(self, due: float, before: float, now: float) -> float:
        """When it turned over: after the look `before`, until `now`, and most likely `due`.

        When in doubt the earlier moment: believing that the device has taken more than it
        has costs a few looks at the next turn, the opposite costs a click.
        """
        if self._looks_rarely:
            due -= SLOW_PULL_S  # one look a second cannot see it come early
        elif now < due:
            due = now - self.deck.buffer_frames / RATE_HZ  # it came early, who knows how much
        return min(max(due, before), now)

    def _learn_pace(self) -> None:
        """Measure the card's pace from one turn-over that was seen exactly to the next."""
        if self._exact is not None:
            turns, at = self._exact
            period = (self._turn_at - at) / (self.turns - turns)
            fastest = self._nominal_s * (1 - MAX_PACE_ERROR)
            self._period_s = self._believed_s = max(fastest, min(period, self._believed_s))
        self._exact = (self.turns, self._turn_at)

    @property
    def _nominal_s(self) -> float:
        return self.deck.slot_frames / RATE_HZ

    def _wipe(self, slot: int) -> None:
        """Empty a slot that has been played and let it follow the one that plays now."""
        self.deck.write(slot, 0, np.zeros((self.deck.slot_frames, 2), np.int16))
        self.deck.queue(slot)

    def _skip_to(self, frame: int) -> None:
        """This process came round too late: what should have sounded meanwhile is passed
        over, and the sound comes back from silence where the night now is."""
        self._memory.clear()
        silent = self.state.is_silent
        self.state = skip(self.state, frame)
        if not silent:
            self.late_turns += 1
            if self.log is not None:
                self.log.append((frame, Skipped()))

    def _render(self, patient: bool) -> bool:
        """The next device buffer; False when it is not urgent and not decoded yet."""
        buffer, before = self.deck.buffer_frames, self.state
        try:
            pcm, self.state = mix(before, buffer, self.reader, patient)
        except NotDecoded:
            return False
        self._memory.append(before)
        while len(self._memory) > 2 * self.deck.slot_frames // buffer:
            self._memory.popleft()
        self._put(before.frame, pcm)
        return True

    def _put(self, frame: int, pcm: Pcm) -> None:
        slot_frames = self.deck.slot_frames
        self.deck.write((frame // slot_frames) % 2, frame % slot_frames, pcm)

    # -- health -----------------------------------------------------------------------

    def is_overdue(self, now: float) -> bool:
        """Whether the deck has not turned over although it should have long ago."""
        return now > self._turn_at + self._period_s + OVERDUE_S

    def has_run_dry(self) -> bool:
        """Whether the deck ended because nothing was queued in time."""
        return self.deck.current() is None
