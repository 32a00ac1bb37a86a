"""The owner's loop: one thread that owns everything and acts.

A pass takes what was posted, lets time decide what is due, and sleeps until the earliest
deadline anybody has. The session decides; the loop carries out. Nothing here computes a
level, a light or a phase, and nothing waits.

Stopping goes from what must not fail to what may hang (dark, saved, silent, given back),
each step in its own `try`, so that the safe state is always reached.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from nidra_box.appliance.after_cut import after_cut, was_cut
from nidra_box.appliance.inbox import (
    BedAwaited,
    EndWhenIdle,
    Inbox,
    Item,
    PowerLow,
    Reload,
    SaveFailed,
    SourceFailed,
    StatusAsked,
    Terminate,
    TrackRefused,
)
from nidra_box.appliance.marks import Marks
from nidra_box.appliance.memory import Memory, memory_of, recall
from nidra_box.appliance.status import Teller, standing, status_line
from nidra_box.appliance.store import Keeper
from nidra_box.diary.entries import Diary, Value
from nidra_box.diary.night_log import PassMeter
from nidra_box.hardware.ports import Clock, Edge, Inputs, Light, Supervisor
from nidra_box.library.port import CannotPlay, Programmes
from nidra_box.light.lamp import Lamp
from nidra_box.light.lightness import luminance
from nidra_box.score.score import Score
from nidra_box.session import events as e
from nidra_box.session.hands import Hands, Meaning, Trouble, summed
from nidra_box.session.rules.starting import first_second, following
from nidra_box.session.session import Session
from nidra_box.session.transitions import step
from nidra_box.sound.port import (
    At,
    CardLevel,
    CardUnset,
    Found,
    Lost,
    News,
    Sound,
    SoundEffect,
    TurnedLate,
)
from nidra_box.words import reason_of

SHUTDOWN_S = 1.9  # SIGTERM: everything has faded within two seconds
LIGHT_RETRY_S = (1.0,) * 10 + (30.0,)
"""A lamp that fails may be stuck alight: try again every second, later every half minute."""
INPUTS_CHECK_S = 10.0
REST_S = 3.0
"""[D] Idle and dark for so long before a new version takes over: longer than a stop's fade of
1.5 s, and time for a hand that is still at the box."""


@dataclass(slots=True)
class Ports:
    """Everything of the world that the loop touches."""

    clock: Clock
    inbox: Inbox
    inputs: Inputs
    light: Light
    sound: Sound
    supervisor: Supervisor
    diary: Diary
    keeper: Keeper
    programmes: Programmes
    reload: Callable[[], tuple[e.Settings | None, str]] = lambda: (None, "nothing to reload")
    when_ready: Callable[[], None] = lambda: None
    """Called once, when the box has said that it is ready: for what need not be done before."""


class InputsDied(Exception):
    """The pin library's thread is dead: only a fresh process can hear the hand again."""


@dataclass(slots=True)
class Loop:
    """The running box. `run` returns when it has been asked to stop and is silent and dark."""

    ports: Ports
    session: Session
    hands: Hands = field(default_factory=Hands)
    lamp: Lamp = field(default_factory=Lamp)
    score: Score | None = None
    passes: int = 0
    meter: PassMeter = field(default_factory=PassMeter)
    _scores: dict[str, Score] = field(default_factory=dict)
    _marks: Marks = field(default_factory=Marks)
    _teller: Teller = field(default_factory=Teller)
    _session_at: float = math.inf
    _beat_at: float = math.inf
    _inputs_at: float = math.inf
    _light_failed: str = ""
    _light_retry_at: float = math.inf
    _light_tries: int = 0
    _sound_gone: str = "no sound card yet"
    _card: str = ""
    _woke_at: float = math.inf
    _leaving_at: float = math.inf
    _ends_when_idle: bool = False
    _rested_at: float = math.inf
    _done: bool = False

    # -- life ---------------------------------------------------------------------------

    def run(self) -> None:
        """Start, turn until asked to stop, stop. An exception is a bug, or a fault that
        needs a fresh process; the safe state is reached on its way out."""
        try:
            self.start()
            while not self._done:
                self.turn()
        finally:
            self.stop()

    def start(self) -> None:
        """Make everything ready; the box is idle, silent and dark, unless the power was cut in
        the middle of a night and the settings want it to go on."""
        ports = self.ports
        now = ports.clock.now()
        memory = self._recall(now)
        for complaint in ports.inputs.complaints():
            self._note("fault", part="input", reason=complaint)
        self._mean(self.hands.starts(now, ports.inputs.closed()), now)
        self._write_light(0.0, 0.0, now)
        self._prepare(now)
        self._sound_work(now)
        every = ports.supervisor.beat_every_s()
        self._beat_at = math.inf if every is None else now
        self._inputs_at = now + INPUTS_CHECK_S
        count = len(self.session.settings.programmes)
        chosen, light = self.session.chosen, ports.light.name
        self._note("ready", programmes=count, chosen=chosen, light=light)
        ports.supervisor.ready(self._line(now))
        ports.when_ready()
        if memory.was_playing:
            self._after_cut(memory, now)

    def stop(self) -> None:
        """The safe state, each step for itself: dark, saved, silent, given back."""
        ports = self.ports
        now = ports.clock.now()
        steps: list[tuple[str, Callable[[], object]]] = [
            ("supervisor", ports.supervisor.stopping),
            ("light", ports.light.close),
            ("state", lambda: self._save(now)),
            ("sound", ports.sound.close),
            ("inputs", ports.inputs.close),
            ("state", ports.keeper.store.close),
        ]
        for part, close in steps:
            try:
                close()
            except Exception as error:  # whatever it is, the next step must still come
                self._note("fault", part=part, reason=f"{type(error).__name__}: {error}")

    def turn(self) -> None:
        """One pass: wait for the next deadline or post, then do what is due."""
        self.passes += 1
        items = self.ports.inbox.wait(self.next_at())
        self.meter.took(self.ports.inbox.waited_from - self._woke_at)  # the pass before this one
        now = self._woke_at = self.ports.clock.now()
        meanings: list[Meaning] = []
        for item in items:
            if isinstance(item, Edge):
                meanings += self.hands.edge(min(item.at, now), item.line, item.closed)
            else:
                self._mean(meanings, now)
                meanings = []
                self._take(item, now)
        meanings += self.hands.due(now) + self._reread(now)
        self._mean(summed(meanings), now)
        self._due(now)

    @property
    def is_done(self) -> bool:
        """Whether the box was asked to stop and has faded."""
        return self._done

    def next_at(self) -> float:
        """The earliest deadline of all."""
        hands_at = self.hands.next_at()
        return min(
            math.inf if hands_at is None else hands_at,
            self._session_at,
            self.lamp.next_at if self._light_failed == "" else self._light_retry_at,
            self.ports.sound.next_at(),
            self.ports.keeper.due_at,
            self._beat_at,
            self._inputs_at,
            self._leaving_at,
            self._rested_at,
            self._mark_at(),
        )

    # -- what was posted ------------------------------------------------------------------

    def _take(self, item: Item, now: float) -> None:
        if isinstance(item, Terminate):
            if self._leaving_at != math.inf:
                self._done = True  # asked twice: no more fading
                return
            busy = self.session.phase is not e.Phase.IDLE or self.lamp.written.lightness > 0.0
            self._leaving_at = now + (SHUTDOWN_S if busy else 0.0)
            self._happen(e.Shutdown(now))
        elif isinstance(item, Reload):
            self._reload(now)
        elif isinstance(item, EndWhenIdle):
            if not self._ends_when_idle:
                self._note("new version")
            self._ends_when_idle = True
        elif isinstance(item, SourceFailed):
            self._note("fault", part=item.source, reason=item.reason)
        elif isinstance(item, BedAwaited):
            self._note("awaited", sound=item.source.partition(":")[2])
        elif isinstance(item, TrackRefused):
            self._note("refused", programme=item.name, reason=item.reason)
        elif isinstance(item, SaveFailed):
            self._save_failed(self.ports.keeper.complain(item.reason, now))
        elif isinstance(item, PowerLow) and item.is_low:
            self._note("fault", part="power", reason="the supply is too weak (under-voltage)")
        elif isinstance(item, PowerLow):
            self._note("power enough")
        elif isinstance(item, StatusAsked):
            item.reply.put(self._standing(now))

    def _mean(self, meanings: list[Meaning], now: float) -> None:
        """Gestures were timed by their edges; for the session they happen now. A box that is
        leaving does not listen any more."""
        for meaning in meanings if self._leaving_at == math.inf else []:
            if isinstance(meaning, Trouble):
                self._note("trouble", line=meaning.line, state=meaning.what)
            elif isinstance(meaning, e.NobodyTurned):
                self._happen(replace(meaning, at=now))
            else:
                fields = {"gesture": e.GESTURE_NAMES[type(meaning)]}
                steps = getattr(meaning, "steps", None)
                self._note("gesture", **fields, **({} if steps is None else {"steps": steps}))
                self._happen(replace(meaning, at=now))

    def _reread(self, now: float) -> list[Meaning]:
        """While a button is down its level is read again: a lost release cannot stick."""
        lines = self.hands.wants_reading(now)
        if not lines:
            return []
        closed = self.ports.inputs.closed()
        return [m for line in lines for m in self.hands.level(now, line, closed.get(line, False))]

    def _reload(self, now: float) -> None:
        self.ports.supervisor.reloading()
        settings, reason = self.ports.reload()
        if settings is None:
            self._note("configuration refused", reason=reason)
        else:
            self._note("configuration", file=reason)
            self._happen(e.Reconfigured(now, settings))
            self._prepare(now)
        self.ports.supervisor.ready(self._line(now))

    # -- the session ----------------------------------------------------------------------

    def _happen(self, event: e.Event) -> None:
        """Let an event happen to the session and carry out what follows, in order."""
        waiting = [event]
        while waiting:
            event = waiting.pop(0)
            phase = self.session.phase
            self.session, effects = step(self.session, event)
            for effect in effects:
                answer = self._carry_out(effect, event.at)
                if answer is not None:
                    waiting.append(answer)
            if self.session.phase is not phase:
                self._note("phase", phase=str(self.session.phase))
                if self.session.phase is e.Phase.IDLE:
                    self.score = None
                    self._marks = Marks()
                    self._prepare(event.at)
        self._session_at = self.session.next_deadline(event.at) or math.inf
        if not isinstance(event, e.Tied):
            self.lamp.poke(event.at)

    def _carry_out(self, effect: e.Effect, at: float) -> e.Event | None:
        """Do one effect; a Load answers with an event."""
        if isinstance(effect, e.Load):
            return self._load(effect.id, at)
        if isinstance(effect, e.Note):
            self._note(effect.what, **dict(effect.fields))
        elif isinstance(effect, e.Remember):
            if effect.soon:
                self.ports.keeper.soon(at)
            else:
                self._save(at)
        else:
            self._sound(effect, at)
        return None

    def _sound(self, effect: SoundEffect, at: float) -> None:
        if isinstance(effect, e.StartSound):
            self.score = self._scores[effect.id]
            self._marks = Marks.of(self.score, effect.position_s)
        self.ports.sound.do(effect, self.score, at)
        if isinstance(effect, e.StartSound):
            self._prepare(at)

    def _load(self, programme: str, at: float) -> e.Loaded | e.Refused:
        try:
            score, outline = self.ports.programmes.load(programme)
        except CannotPlay as error:
            return e.Refused(at, programme, str(error))
        self._scores = {programme: score} | (
            {self.score.id: self.score} if self.score is not None else {}
        )
        return e.Loaded(at, outline)

    def _prepare(self, at: float) -> None:
        """What the next press, or a second one, will play is compiled, and its first seconds
        are decoded."""
        session = self.session
        likely = [(following(session), 0.0)]
        if session.phase is e.Phase.IDLE:
            likely.insert(0, (session.chosen, first_second(session, at)))
        beginnings = []
        for programme, from_s in likely:
            try:
                if programme:
                    beginnings.append((self.ports.programmes.load(programme)[0], from_s))
            except CannotPlay as error:
                if programme == session.chosen:
                    self._note("refused", programme=programme, reason=str(error))
        self.ports.sound.prepare(beginnings)

    # -- what is due ------------------------------------------------------------------------

    def _due(self, now: float) -> None:
        if now >= self._session_at:
            self._happen(e.Tick(now))
        self._light(now)  # before the sound, whose rendering takes milliseconds
        if now >= self.ports.sound.next_at():
            self._sound_work(now)
        if now >= self._mark_at():
            for mark in self._marks.take(self.session.position(now) + 1e-6):
                self._note(mark.what, **dict(mark.fields))
        if now >= self.ports.keeper.due_at:
            self._save(now)
        if now >= self._inputs_at:
            self._inputs_at = now + INPUTS_CHECK_S
            if not self.ports.inputs.is_alive():
                raise InputsDied("no edge can arrive any more: the pin library's thread is dead")
        if now >= self._beat_at:
            self._beat(now)
        if self._teller.is_due(now):
            self._tell(now)
        if now >= self._leaving_at:
            self._done = True
        if self._ends_when_idle:
            self._rest(now)

    def _rest(self, now: float) -> None:
        """A new version waits: end once nobody has seen, heard or touched anything for REST_S.
        A lamp that cannot be written is no reason to wait."""
        lit = self.lamp.written.lightness > 0.0 and not self._light_failed
        if self.session.phase is not e.Phase.IDLE or lit:
            self._rested_at = math.inf
        elif now >= self._rested_at:
            self._note("afresh")
            self._done = True
        elif self._rested_at == math.inf:
            self._rested_at = now + REST_S

    def _mark_at(self) -> float:
        if not self.session.is_running:
            return math.inf
        return self.session.since + (self._marks.next_s() - self.session.position_s)

    def _sound_work(self, now: float) -> None:
        for news in self.ports.sound.work(now):
            self._hear(news, now)

    def _hear(self, news: News, now: float) -> None:
        if isinstance(news, At):
            self._happen(e.Tied(now, news.position_s))
        elif isinstance(news, Found):
            self._sound_gone, self._card = "", news.card
            self._note("sound found", card=news.card)
            self._happen(e.SoundFound(now))
        elif isinstance(news, Lost):
            self._sound_gone = news.reason
            self._note("sound lost", reason=news.reason)
        elif isinstance(news, TurnedLate):
            self._note("late", count=news.count)
        elif isinstance(news, CardLevel):
            self._note("card level", mixer=news.mixer, level=news.level)
        elif isinstance(news, CardUnset):
            self._note("fault", part=f"mixer {news.mixer}", reason=news.reason)

    def _light(self, now: float) -> None:
        if self._light_failed and now < self._light_retry_at:
            return
        before = self.lamp.written
        level = self.lamp.due(self.session, self.score, now)
        if level is None and not self._light_failed:
            return
        shown = self.lamp.written
        duty = luminance(shown.lightness)
        if not self._write_light(duty * (1.0 - shown.redness), duty * shown.redness, now):
            # Nobody saw it: when the lamp answers again it goes on from where it stood.
            self.lamp.written = before
            self.lamp.poke(now)

    def _write_light(self, amber: float, red: float, now: float) -> bool:
        """A dead lamp must not stop the sound: it is told once and tried again."""
        try:
            self.ports.light.write(amber, red)
        except OSError as error:
            reason = reason_of(error)
            if reason != self._light_failed:
                self._note("fault", part=self.ports.light.name, reason=reason)
            self._light_failed = reason
            self._light_retry_at = now + LIGHT_RETRY_S[min(self._light_tries, 10)]
            self._light_tries += 1
            return False
        self._teller.changed = self._teller.changed or self._light_failed != ""
        self._light_failed, self._light_tries = "", 0
        return True

    def _beat(self, now: float) -> None:
        """The watchdog hears us only while everything is seen to work."""
        every = self.ports.supervisor.beat_every_s()
        if every is None:
            self._beat_at = math.inf
            return
        self._beat_at = now + every
        works = self.ports.inputs.is_alive() and self.ports.sound.is_turning(now)
        if works and not self._light_failed:
            self.ports.supervisor.beat()

    def _standing(self, now: float) -> dict[str, Any]:
        ports = self.ports
        faults = [
            *ports.inputs.complaints(),
            *([] if ports.inputs.is_alive() else ["no hand is heard any more"]),
            *([f"{ports.light.name}: {self._light_failed}"] if self._light_failed else []),
            *([ports.keeper.failed] if ports.keeper.failed else []),
        ]
        light, card, gone = ports.light.name, self._card, self._sound_gone
        return standing(self.session, self.score, now, light, card, gone, faults)

    def _line(self, now: float) -> str:
        """What `systemctl status` is to show."""
        return self._teller.take(status_line(self._standing(now)), now)

    def _tell(self, now: float) -> None:
        """Tell systemd. There is no deadline for it: nobody wakes up to be told the time."""
        before = self._teller.told
        if self._line(now) != before:
            self.ports.supervisor.status(self._teller.told)

    # -- memory -----------------------------------------------------------------------------

    def _save(self, now: float) -> None:
        keeper, clock = self.ports.keeper, self.ports.clock
        self._save_failed(
            keeper.save(memory_of(self.session, now, clock), now, self.session.is_running)
        )

    def _save_failed(self, complaint: str) -> None:
        if complaint:
            self._note("fault", part="state", reason=complaint)

    def _recall(self, now: float) -> Memory:
        """Take up the remembered state. Whatever it says, the box starts silent and dark."""
        memory, complaints = self.ports.keeper.store.load()
        for complaint in complaints:
            self._note("fault", part="state", reason=complaint)
        self.session = recall(self.session, memory, now, self.ports.clock)
        return memory

    def _after_cut(self, memory: Memory, now: float) -> None:
        """The last box ended while it played. That is used up before anything comes of it: a
        cut brings a night back once, and a box that falls over on the way stays silent."""
        complaint = self.ports.keeper.store.save_now(replace(memory, was_playing=False))
        self._save_failed(self.ports.keeper.complain(complaint, now))
        wanted = self.session.settings.resume_after_power_loss
        if complaint or not wanted or not was_cut(memory, self.ports.clock.boot()):
            return
        answer = self._load(memory.playing, now)
        if not isinstance(answer, e.Loaded):
            self._note("refused", programme=answer.id, reason=answer.reason)
            return
        found = after_cut(memory, answer.outline, self.ports.clock.wall())
        if isinstance(found, str):
            self._note("stays silent", reason=found)
            return
        self._note("power returned", after_s=round(found.elapsed_s, 3))
        there = (found.position_s, found.left_s, memory.fade_s, memory.light_on)
        self._happen(e.PowerReturned(now, answer.outline, *there))

    def _note(self, what: str, **fields: Value) -> None:
        self._teller.hear(what)
        self.ports.diary.note(self.ports.clock.now(), what, **fields)
