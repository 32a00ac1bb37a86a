"""A world in virtual time around the real loop: clock, hands, lamp, card, plug.

The loop, the session, the score, the lamp and the mixdown's levels are the real ones; time
jumps to the next deadline that anybody has, so that eight hours take a second.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from nidra_box.appliance.assemble import assemble
from nidra_box.appliance.inbox import Item, Terminate
from nidra_box.appliance.loop import Loop
from nidra_box.appliance.memory import Memory
from nidra_box.appliance.ports import Ports
from nidra_box.appliance.supervisor import Nobody
from nidra_box.config import Config
from nidra_box.diary.diary import Diary, Sink
from nidra_box.hardware.ports import Supervisor
from nidra_box.library.port import Programmes
from nidra_box.session.events import Settings
from nidra_box.session.hands import LINES, PUSH
from nidra_box.studio.nights.night_script import Act
from nidra_box.studio.nights.recording import Recording
from nidra_box.studio.nights.simulated import (
    SimulatedInputs,
    SimulatedLight,
    button_edges,
    knob_edges,
    push_edges,
)
from nidra_box.studio.nights.sound import VirtualSound

FIRST_WALL = 1_790_000_000.0  # some evening in 2026


class PowerCut(Exception):
    """The plug was pulled: whatever the loop was doing, it is gone."""


class NightOver(Exception):
    """The last act has been reached."""


@dataclass(slots=True)
class VirtualClock:
    """Stands still until somebody waits."""

    time: float = 0.0
    wall_offset: float = FIRST_WALL
    boots: int = 1

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return self.time + self.wall_offset

    def boot(self) -> str:
        return f"boot-{self.boots}"


@dataclass(slots=True)
class VirtualInbox:
    """Scheduled items and deeds; waiting jumps the clock to the next of them."""

    clock: VirtualClock
    waited_from: float = -math.inf
    _scheduled: list[tuple[float, int, Item | Callable[[], None]]] = field(default_factory=list)
    _posted: list[Item] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)

    def post(self, item: Item) -> None:
        self._posted.append(item)

    def schedule(self, at: float, what: Item | Callable[[], None]) -> None:
        heapq.heappush(self._scheduled, (at, next(self._order), what))

    def wait(self, until: float) -> list[Item]:
        self.waited_from = self.clock.time
        if not self._posted:
            self._jump(until)
        items, self._posted = self._posted, []
        return items

    def _jump(self, until: float) -> None:
        next_at = self._scheduled[0][0] if self._scheduled else math.inf
        if until <= next_at:
            if until == math.inf:
                raise NightOver
            self.clock.time = max(self.clock.time, until)
            return
        self.clock.time = max(self.clock.time, next_at)
        while self._scheduled and self._scheduled[0][0] <= self.clock.time:
            what = heapq.heappop(self._scheduled)[2]
            if callable(what):
                what()
            else:
                self._posted.append(what)

    def forget_posted(self) -> None:
        self._posted.clear()


@dataclass(slots=True)
class MemoryStore:
    """The state on a card that needs no card; `full` refuses every save."""

    memory: Memory = field(default_factory=Memory)
    full: bool = False
    failed: str = ""

    def load(self) -> tuple[Memory, list[str]]:
        return self.memory, []

    def save(self, memory: Memory) -> None:
        self.failed = "the state could not be saved: no space left on device" if self.full else ""
        if not self.full:
            self.memory = memory

    def save_now(self, memory: Memory) -> None:
        self.save(memory)

    def close(self) -> None:
        return


@dataclass(slots=True)
class World:
    """Plays a night. `tamper` may change a loop before it starts: to plant a fault."""

    config: Config
    programmes: tuple[str, ...]
    catalogue: Programmes
    tamper: Callable[[Loop], None] = lambda loop: None
    clock: VirtualClock = field(default_factory=VirtualClock)
    store: MemoryStore = field(default_factory=MemoryStore)
    sound: VirtualSound = field(default_factory=VirtualSound)
    light: SimulatedLight = field(default_factory=SimulatedLight)
    supervisor: Supervisor = field(default_factory=Nobody)
    sinks: tuple[Sink, ...] = ()
    reload: Callable[[], tuple[Settings | None, str]] = lambda: (None, "nothing to reload")
    publish: Callable[[dict[str, Any] | None], None] = lambda status: None
    inbox: VirtualInbox = field(init=False)
    inputs: SimulatedInputs = field(init=False)
    recording: Recording = field(init=False)
    loop: Loop | None = None
    passes: int = 0

    def __post_init__(self) -> None:
        self.inbox = VirtualInbox(self.clock)
        self.inputs = SimulatedInputs(self.inbox.post)
        self.recording = Recording(0.0)
        self.light.listener = self._lit

    def play(self, acts: Iterable[Act]) -> Recording:
        """The whole night; everything that came out of it."""
        for act in acts:
            self._schedule(act)
            self.recording.length_s = act.at_s
        self._power_on()
        try:
            while True:
                self._run()
                self.inbox.wait(math.inf)  # off: until somebody puts the plug back
        except NightOver:
            self._count()
        self.sound.trace_until(self.recording.length_s)
        self.recording.traced = self.sound.traced
        return self.recording

    def _run(self) -> None:
        """Turn the loop, if there is one, until it ends or the power goes."""
        try:
            while self.loop is not None and not self.loop.leaving.is_done:
                self.loop.turn()
            if self.loop is not None:
                self._count()
                self.loop.stop()
                self._leave("stopped")
        except PowerCut:
            self._count()
            self.sound.power_off(self.clock.time)
            self._leave("power cut")

    def _leave(self, why: str) -> None:
        """No process any more: the lamp is dark (`ExecStopPost`, or no power at all)."""
        self.loop = None
        self.inbox.forget_posted()
        self.light.amber = self.light.red = 0.0
        self._lit(0.0, 0.0)
        self.sound.power_off(self.clock.time)
        self.recording.mark(self.clock.time, why)

    def _count(self) -> None:
        if self.loop is not None:
            self.passes += self.loop.passes

    def _power_on(self) -> None:
        if self.loop is not None:
            return
        self.inputs.alive = True
        ports = Ports(
            clock=self.clock,
            inbox=self.inbox,
            inputs=self.inputs,
            light=self.light,
            sound=self.sound,
            supervisor=self.supervisor,
            diary=Diary(self.recording, *self.sinks),
            store=self.store,
            programmes=self.catalogue,
            reload=self.reload,
            publish=self.publish,
        )
        self.loop = assemble(self.config, self.programmes, ports)
        self.tamper(self.loop)
        self.loop.start()

    def _lit(self, amber: float, red: float) -> None:
        self.recording.lamp(self.clock.time, amber, red)

    # -- acts -----------------------------------------------------------------------------

    def _schedule(self, act: Act) -> None:
        edges = {
            "press": lambda: button_edges(act.at_s, 0.12),
            "hold": lambda: button_edges(act.at_s, 1.1),
            "double": lambda: button_edges(act.at_s, 0.1) + button_edges(act.at_s + 0.24, 0.1),
            "turn": lambda: knob_edges(act.at_s, int(act.amount)),
            "push": lambda: push_edges(act.at_s),
        }.get(act.what)
        if edges is not None:
            for edge in edges():
                self._move(edge.line, edge.closed, edge.at)
        elif act.what == "push turn":
            self._push_turn(act)
        else:
            self.inbox.schedule(act.at_s, lambda: self._do(act))

    def _push_turn(self, act: Act) -> None:
        turn = knob_edges(act.at_s + 0.1, int(act.amount))
        self._move(PUSH, True, act.at_s)
        for edge in turn:
            self._move(edge.line, edge.closed, edge.at)
        self._move(PUSH, False, (turn[-1].at if turn else act.at_s) + 0.1)

    def _move(self, line: str, closed: bool, at: float) -> None:
        """Move a contact then; nobody hears it while the box is off."""
        self.inbox.schedule(at, lambda: self._set(line, closed, at))

    def _set(self, line: str, closed: bool, at: float) -> None:
        if self.loop is None:
            self.inputs.levels[line] = closed
        else:
            self.inputs.set(line, closed, at)

    def _do(self, act: Act) -> None:
        self.recording.mark(self.clock.time, "act", act=act.what)
        if act.what == "lose sound":
            self.sound.lose(self.clock.time)
        elif act.what == "find sound":
            self.sound.find()
        elif act.what == "break recording":
            self.sound.break_off()
        elif act.what in ("lose light", "find light"):
            self.light.fails = act.what == "lose light"
        elif act.what == "jump clock":
            self.clock.wall_offset += act.amount
        elif act.what == "stop service":
            if self.loop is not None:
                self.inbox.post(Terminate())
        elif act.what == "cut power":
            if self.loop is not None:
                self.inputs.levels = dict.fromkeys(LINES, False)
                raise PowerCut
        elif act.what == "power":
            if self.loop is None:
                self.clock.boots += 1
                self._power_on()
        elif act.what == "end":
            raise NightOver
