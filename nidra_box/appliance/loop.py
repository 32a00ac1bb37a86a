"""The owner's loop: one thread that owns everything and acts.

A pass takes what was posted, lets time decide what is due, and sleeps until the earliest
deadline of all parts. The session decides, the loop carries out, the parts do the work; their
order is that of `assemble`. Nothing here computes a level, a light or a phase, and nothing waits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from nidra_box.appliance.inbox import EndWhenIdle, Reload, Terminate, Wake
from nidra_box.appliance.parts.leaving import Leaving
from nidra_box.appliance.parts.marks import Marks
from nidra_box.appliance.parts.returning import Returning
from nidra_box.appliance.parts.saver import Saver
from nidra_box.appliance.parts.sound import SoundPart
from nidra_box.appliance.parts.status import Status
from nidra_box.appliance.ports import Ports
from nidra_box.diary import entries
from nidra_box.diary.entries import Entry
from nidra_box.diary.night_log import PassMeter
from nidra_box.hardware.ports import Edge
from nidra_box.library.port import CannotPlay, NotYet
from nidra_box.light.driver import LightDriver
from nidra_box.part import Course, Part
from nidra_box.session import events as e
from nidra_box.session.hands import Hands, Meaning, summed
from nidra_box.session.transitions import step

SPARED = frozenset({"light", "status"})
"""A bug in one of these parts is a fault; in any other it ends the box softly."""
SPARED_S = 30.0


@dataclass(slots=True)
class Loop:
    """The running box. `run` returns when it has been asked to stop and is silent and dark.
    `parts` are all that work, in this order; those with a name of their own are among them."""

    ports: Ports
    course: Course
    hands: Hands
    parts: list[Part]
    light: LightDriver
    sound: SoundPart
    marks: Marks
    saver: Saver
    status: Status
    leaving: Leaving
    returning: Returning
    passes: int = 0
    meter: PassMeter = field(default_factory=PassMeter)
    _session_at: float = math.inf
    _woke_at: float = math.inf
    _spared_until: dict[str, float] = field(default_factory=dict)

    # -- life ---------------------------------------------------------------------------

    def run(self) -> None:
        """Start, turn until asked to stop, stop. An exception is a bug, or a fault that
        needs a fresh process; the safe state is reached on its way out."""
        try:
            self.start()
            while not self.leaving.is_done:
                self.turn()
        finally:
            self.stop()

    def start(self) -> None:
        """Make everything ready; the box is idle, silent and dark, unless the power was cut in
        the middle of a night and the settings want it to go on."""
        ports = self.ports
        now = ports.clock.now()
        memory, complaints = self.saver.recall(now)
        self._take(complaints, now)
        self._take([entries.Fault("input", c) for c in ports.inputs.complaints()], now)
        self._handle_gestures(self.hands.starts(now, ports.inputs.closed()), now)
        self._take(self.light.write(0.0, 0.0, now), now)
        self._take(self.sound.prepare(now), now)
        self._take(self.sound.work(now), now)
        count = len(self.course.session.settings.programmes)
        self.note(entries.Ready(count, self.course.session.chosen, self.light.light.name), now)
        ports.supervisor.ready(self.status.line(now))
        ports.when_ready()
        self.returning.remember(memory)
        self._take(self.returning.work(now), now)  # before what came in meanwhile

    def stop(self) -> None:
        """The safe state: every part closes, in the order that it asks for."""
        parts = sorted(self.parts, key=lambda part: part.closes)
        # The store last: a card may take seconds, in which a sound that has not faded runs dry.
        for name, close in [*((p.name, p.close) for p in parts), ("state", self.ports.store.close)]:
            try:
                close()
            except Exception as error:  # whatever it is, the next part must still close
                reason = f"{type(error).__name__}: {error}"
                self.note(entries.Fault(name, reason), self.ports.clock.now())

    def turn(self) -> None:
        """One pass: wait for the next deadline or post, then do what is due."""
        self.passes += 1
        soonest = self.next_at()
        items = self.ports.inbox.wait(soonest)
        self.meter.took(self.ports.inbox.waited_from - self._woke_at)  # the pass before this one
        now = self._woke_at = self.ports.clock.now()
        if not items and now < soonest:
            return
        meanings: list[Meaning] = []
        for item in items:
            if isinstance(item, Edge):
                meanings += self.hands.edge(min(item.at, now), item.line, item.closed)
            elif isinstance(item, e.Gesture):
                meanings.append(item)
            else:
                self._handle_gestures(meanings, now)
                meanings = []
                self._on_item(item, now)
        meanings += self.hands.due(now) + self._reread(now)
        self._handle_gestures(summed(meanings), now)
        if now >= self._session_at:
            self.apply_event(e.Tick(now))
        for part in self.parts:
            if now >= part.next_at() and now >= self._spared_until.get(part.name, -math.inf):
                self._work(part, now)

    def next_at(self) -> float:
        """The earliest deadline of all."""
        deadlines = [part.next_at() for part in self.parts]
        if self._spared_until:
            held = [self._spared_until.get(part.name, -math.inf) for part in self.parts]
            deadlines = [max(pair) for pair in zip(deadlines, held, strict=True)]
        hands_at = self.hands.next_at()
        return min(self._session_at, math.inf if hands_at is None else hands_at, *deadlines)

    def _work(self, part: Part, now: float) -> None:
        try:
            self._take(part.work(now), now)
        except Exception as error:
            if part.name not in SPARED:
                raise
            self._spared_until[part.name] = now + SPARED_S
            self.note(entries.Fault(part.name, f"{type(error).__name__}: {error}"), now)
            self._take(self.light.douse(now) if part is self.light else (), now)
        else:
            if self._spared_until and self._spared_until.pop(part.name, 0.0):
                self.note(entries.FaultEnded(part.name), now)

    def _take(self, news: Iterable[Entry | e.Event], now: float) -> None:
        """What a part has to say: written down, or happening to the session."""
        for item in news:
            if isinstance(item, Entry):
                self.note(item, now)
            elif isinstance(item, e.Gesture):
                self._handle_gestures([item], now)
            else:
                self.apply_event(item)

    def note(self, entry: Entry, now: float) -> None:
        """Write it into the diary."""
        self.ports.diary.write(now, entry)

    # -- what was posted ------------------------------------------------------------------

    def _on_item(self, item: Terminate | Reload | EndWhenIdle | Wake | Entry, now: float) -> None:
        if isinstance(item, Wake):
            return  # the parts are asked in this pass
        if isinstance(item, Terminate):
            self._take(self.leaving.terminate(now), now)
        elif isinstance(item, EndWhenIdle):
            self._take(self.leaving.end_when_idle(), now)
        elif isinstance(item, Reload):
            self._reload(now)
        elif not self.ports.diary.knows(item):
            self.note(item, now)  # what is known to be bad is told once

    def _handle_gestures(self, meanings: Sequence[Meaning], now: float) -> None:
        """Pass gestures to the session with the current time, not the edge's. Ignored after
        SIGTERM."""
        for meaning in meanings if not self.leaving.is_leaving else ():
            if isinstance(meaning, entries.Trouble):
                self.note(meaning, now)
                continue
            if not isinstance(meaning, e.NobodyTurned):
                self.course.touched_at = now
                steps = meaning.steps if isinstance(meaning, e.Turn | e.PushTurn) else None
                self.note(entries.Gesture(e.GESTURE_NAMES[type(meaning)], steps), now)
            self.apply_event(replace(meaning, at=now))

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
            self.note(entries.ConfigurationRefused(reason), now)
        else:
            self.note(entries.Configured(reason), now)
            self.apply_event(e.Reconfigured(now, settings))
            self._take(self.sound.prepare(now), now)
        self.ports.supervisor.ready(self.status.line(now))

    # -- the session ----------------------------------------------------------------------

    def apply_event(self, event: e.Event) -> None:
        """Let an event happen to the session and carry out what follows, in order."""
        waiting = [event]
        while waiting:
            event = waiting.pop(0)
            phase = self.course.session.phase
            self.course.session, effects = step(self.course.session, event)
            for effect in effects:
                answer = self._carry_out(effect, event.at)
                if answer is not None:
                    waiting.append(answer)
            if self.course.session.phase is not phase:
                self.note(entries.PhaseChanged(str(self.course.session.phase)), event.at)
                if self.course.session.phase is e.Phase.IDLE:
                    self._take(self.sound.prepare(event.at), event.at)
        self._session_at = self.course.session.next_deadline(event.at) or math.inf
        if not isinstance(event, e.Tied):
            self.light.poke(event.at)

    def _carry_out(self, effect: e.Effect, at: float) -> e.Event | None:
        """Do one effect; a Load answers with an event."""
        if isinstance(effect, e.Load):
            return self._load(effect.id, at)
        if isinstance(effect, Entry):
            self.note(effect, at)
        elif isinstance(effect, e.Remember):
            if effect.soon:
                self.saver.soon(at)
            else:
                self._take(self.saver.save(at), at)
        else:
            self.sound.do(effect, at)
            outline = self.course.session.outline
            if isinstance(effect, e.StartSound) and outline is not None and outline.score:
                self.marks.begin(outline.score, effect.position_s)
                self._take(self.sound.prepare(at), at)
        return None

    def _load(self, programme: str, at: float) -> e.Loaded | e.Fetching | e.Refused:
        try:
            return e.Loaded(at, self.ports.programmes.load(programme))
        except NotYet:
            self.ports.programmes.fetch(programme)
            return e.Fetching(at, programme)
        except CannotPlay as error:
            return e.Refused(at, programme, str(error))
