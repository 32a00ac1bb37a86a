"""The box behind the terminal: the real loop on one thread of its own.

The terminal never touches the loop. It moves contacts and asks for the end (both only
post), and it looks: a `Look` is frozen and made of values that the owner's thread replaces
as a whole.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from nidra_box.appliance.box import Given, folders_of, open_box
from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import QueueInbox, Terminate
from nidra_box.appliance.ports import Publish
from nidra_box.appliance.store import Store
from nidra_box.config import Config
from nidra_box.diary.diary import Diary
from nidra_box.hardware.ports import Inputs, Light
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.port import CannotPlay
from nidra_box.light.lightness import lightness
from nidra_box.score.score import Score
from nidra_box.session.events import Phase
from nidra_box.session.hands import BUTTON, PUSH
from nidra_box.session.session import Session
from nidra_box.sound.card.deck import Card
from nidra_box.studio.nights.simulated import SimulatedInputs, SimulatedLight
from nidra_box.studio.terminal.diary import Line, ScreenDiary
from nidra_box.studio.terminal.sound import PacedSound
from nidra_box.words import reason_of


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the box. `score` is what plays, else what the next press would play;
    `lightness` in L*, `redness` 0 amber to 1 red; `sound` says what can be heard."""

    now: float
    session: Session
    score: Score | None
    lightness: float = 0.0
    redness: float = 1.0
    pressed: bool = False
    pushed: bool = False
    sound: str = ""
    speed: float = 1.0
    leaving: bool = False
    lines: tuple[Line, ...] = ()
    began_at: float = 0.0

    @property
    def is_idle(self) -> bool:
        return self.session.phase is Phase.IDLE

    @property
    def position_s(self) -> float:
        """The second of the programme now; never below 0."""
        return max(0.0, self.session.position(self.now))


class Owner:
    """The box and the thread that owns it. Every method is for the terminal's thread."""

    def __init__(
        self,
        config: Config,
        path: Path | None,
        clock: SystemClock,
        card: Card,
        store: Store | None = None,
        publish: Publish = lambda status: None,
    ) -> None:
        # The knob of the picture is a part of its own, whatever is soldered to the box.
        knob = replace(config.knob, steps_per_detent=4, reverse=False)
        config = replace(config, knob=knob)
        self.clock = clock
        self.card = card
        self.diary = ScreenDiary()
        self.light = SimulatedLight()
        given = Given(clock, card, store, publish=publish)
        self.box = open_box(config, path, Diary(self.diary), self._pins, given)
        self.box.loop.sound.sound = PacedSound(self.box.player, clock)
        self.error = ""
        self._asked: list[float] = []  # when the end was asked for, in real seconds
        self._began_at = clock.now()
        self._catalogue = Catalogue(folders_of(config), last=config.hold_programme)
        self._next: tuple[str, Score | None] = ("", None)
        self._thread = threading.Thread(target=self._run, name="owner", daemon=True)

    def _pins(self, inbox: QueueInbox, clock: SystemClock) -> tuple[Inputs, Light]:
        self.inputs = SimulatedInputs(inbox.post)
        return self.inputs, self.light

    def _run(self) -> None:
        """The whole life of the owner's thread."""
        try:
            self.box.run()
        except Exception as error:
            self.error = reason_of(error) or type(error).__name__

    # -- what the terminal may do -----------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def terminate(self) -> None:
        """End softly; asked again, at once. Signal handlers call this too."""
        self._asked.append(time.monotonic())
        self.box.inbox.post(Terminate())

    @property
    def is_leaving(self) -> bool:
        return bool(self._asked)

    @property
    def overdue_s(self) -> float:
        """How long ago it should have ended at once; 0 while nobody was in such a hurry."""
        return time.monotonic() - self._asked[1] if len(self._asked) > 1 else 0.0

    @property
    def has_ended(self) -> bool:
        """Whether the box was started and is no more, asked for or not (see `error`)."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def end(self, patience_s: float = 3.0) -> bool:
        """Wait until the box is silent, dark and given back, asking for it if nobody has.
        False if it does not end: a card that hangs."""
        if self._thread.ident is None:
            return True
        if self._thread.is_alive() and not self.is_leaving:
            self.terminate()
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def look(self, lines: int = 0) -> Look:
        """How the box stands now, with the last `lines` lines of its diary."""
        session = self.box.loop.course.session
        duty = self.light.amber + self.light.red
        levels = self.inputs.levels
        return Look(
            now=self.clock.now(),
            session=session,
            score=self._score(session),
            lightness=lightness(duty),
            redness=self.light.red / duty if duty > 0.0 else 1.0,
            pressed=levels[BUTTON],
            pushed=levels[PUSH],
            sound=self._sound(),
            speed=self.clock.speed,
            leaving=self.is_leaving,
            lines=self.diary.last(lines),
            began_at=self._began_at,
        )

    def _score(self, session: Session) -> Score | None:
        """What plays, or would: compiled once here, since the loop's own is not ours."""
        score = session.outline.score if session.outline is not None else None
        if score is not None or session.phase is not Phase.IDLE:
            return score
        if self._next[0] != session.chosen:
            try:
                self._next = session.chosen, self._catalogue.load(session.chosen).score
            except CannotPlay:
                self._next = session.chosen, None
        return self._next[1]

    def _sound(self) -> str:
        if not self.clock.is_real_time:
            return "no sound at this speed"
        if not self.box.player.is_open:
            return "no sound card"
        return "plays into nothing" if self.card.is_nothing else "sound on"
