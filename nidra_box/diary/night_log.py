"""The summary of a night, collected from the diary. Pure.

A night begins with a start and includes everything that starts within NIGHT_GAP_S of the previous
end: a rest and the long night after it are one line, and so is a night with a restart or a power
cut in it. It is passed to `keep` when it begins, when it ends, and with entries in between, at
most every KEEP_EVERY_S. After a power cut its line has no end; the next start marks it "cut".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from nidra_box.diary import entries
from nidra_box.diary.diary import Diary
from nidra_box.diary.entries import Ending, Entry
from nidra_box.words import printable

NIGHT_GAP_S = 2 * 3600.0
LONGEST_NIGHT_S = 12 * 3600.0
"""A night that a power cut interrupted goes on only within this time of its start."""
KEEP_EVERY_S = 300.0
ONE_TOUCH_S = 10.0
"""Gestures closer than this count as one touch: a knob has many detents."""
ENDING_HAND_S = 2.0
MAX_NAMES, MAX_TEXT = 8, 120
COUNTED = frozenset({"sound"})
"""Parts whose faults are counted in seconds instead of listed."""
ELSEWHERE = (entries.PROGRAMME, "bed:", "sound:", "voice:", "track:")
"""Faults of these belong to the night that asked for them."""


@dataclass(slots=True)
class Night:
    """One night. `started`: wall clock; `started_at`: monotonic clock of that boot, made different
    from the previous night's, because it identifies a line. `…_s`: seconds after the start, None
    if it did not happen or is unknown: `asleep_s` the end of words and light, `faded_s` the last
    fade of the sleep timer. `ended` is None while it plays."""

    started: float = 0.0
    started_at: float = 0.0
    programmes: list[str] = field(default_factory=list)
    asleep_s: float | None = None
    faded_s: float | None = None
    silent_s: float | None = None
    ended: Ending | None = None
    extended: int = 0
    touched: int = 0
    paused: int = 0
    restarts: int = 0
    late_turns: int = 0
    under_voltage: int = 0
    lost_card_s: float = 0.0
    longest_ms: float = 0.0
    faults: list[str] = field(default_factory=list)

    def copy(self) -> Night:
        """A copy for another thread."""
        return replace(self, programmes=list(self.programmes), faults=list(self.faults))


@dataclass(slots=True)
class PassMeter:
    """The longest pass of the owner's loop."""

    longest_s: float = 0.0

    def took(self, seconds: float) -> None:
        self.longest_s = max(self.longest_s, seconds)


class NightLog:
    """Collects a night from the diary. `last`: the last saved night, which may go on. Owner's
    thread; `keep` must not block."""

    def __init__(
        self,
        keep: Callable[[Night], None],
        wall: Callable[[], float],
        last: Night | None = None,
        meter: PassMeter | None = None,
    ) -> None:
        self.meter = meter or PassMeter()
        self._keep = keep
        self._wall = wall
        self._last = last
        self._night: Night | None = None
        self._is_new_process = True
        self._zero = 0.0  # when the night began, on the clock of this process
        self._ended_at = -math.inf
        self._kept_at = -math.inf
        self._began_at = 0.0  # the last start from idle
        self._kind = ""  # of the stage that plays
        self._lost_at: float | None = None  # the loss before it is counted
        self._weak_in: Night | None = None  # the night that has counted the weak supply
        self._late = 0
        self._touch_began = self._touched_at = -math.inf

    def note(self, at: float, entry: Entry, diary: Diary) -> None:
        match entry:
            case entries.Ready():
                self._ready(at)
            case entries.Started():
                self._start(at, entry.title, diary)
            case entries.SoundLost():
                self._lost_at = at if self._lost_at is None else self._lost_at
            case entries.SoundFound():
                self._count_loss(at)
                self._lost_at = None
            case entries.TurnedLate():
                self._turned_late(entry.count)
        night = self._night
        if night is None or not self._plays:
            return
        if isinstance(entry, entries.Ended):
            self._end(night, at, entry.ending)
        else:
            self._count(night, at, entry, diary.phase)
            if at - self._kept_at >= KEEP_EVERY_S:
                self._pass_on(at)

    def close(self, at: float) -> None:
        """The process ends: keep a night that has no end yet."""
        if self._plays:
            self._pass_on(at)

    @property
    def _plays(self) -> bool:
        return self._night is not None and not self._night.ended

    # -- from start to end --------------------------------------------------------------------

    def _ready(self, at: float) -> None:
        """The process has started: mark a last night without an end as cut."""
        night = self._night = self._last
        if night is None:
            return
        age_s = self._wall() - night.started
        self._zero = at - age_s
        if not night.ended:
            night.ended = Ending.CUT
            night.restarts += 1
            self._is_new_process = False
            self._ended_at = at if 0.0 <= age_s <= LONGEST_NIGHT_S else -math.inf
            self._pass_on(at)
        elif night.silent_s is not None and age_s >= night.silent_s:
            self._ended_at = self._zero + night.silent_s

    def _start(self, at: float, title: str, diary: Diary) -> None:
        if not self._plays:
            self._begin(at)
        assert self._night is not None
        titles = self._night.programmes
        if title and titles[-1:] != [title] and len(titles) < MAX_NAMES:
            titles.append(_short(title))
        self._kind = ""
        for part, reason in diary.faults.items():
            if part == entries.POWER and self._weak_in is self._night:
                continue  # this night has counted it
            if part not in COUNTED and not part.startswith(ELSEWHERE):
                self._add_fault(self._night, part, reason)
        self._pass_on(at)

    def _begin(self, at: float) -> None:
        """Begin a night, or continue the one that ended shortly before."""
        if self._night is not None and at - self._ended_at <= NIGHT_GAP_S:
            self._night.restarts += self._is_new_process
            self._night.ended, self._night.silent_s = None, None
        else:
            self._night = Night(started_at=self._unique_start(at))
            self._zero = at
        self._is_new_process = False
        self._began_at = at
        self._touch_began = self._touched_at = -math.inf
        self.meter.longest_s = 0.0

    def _unique_start(self, at: float) -> float:
        """`started_at` identifies a line, but a night of another boot may have the same one."""
        before, started_at = self._night or self._last, round(at, 1)
        if before is not None and before.started_at == started_at:
            started_at = round(started_at + 0.1, 1)
        return started_at

    def _end(self, night: Night, at: float, why: Ending) -> None:
        if why is Ending.HAND and at - self._touch_began <= ENDING_HAND_S:
            night.touched -= 1  # the gesture that ends a night is no interruption
        self._count_loss(at)
        night.ended, night.silent_s = why, self._since(at)
        self._ended_at = at
        self._pass_on(at)

    def _pass_on(self, at: float) -> None:
        assert self._night is not None
        self._count_loss(at)
        # Recomputed each time, because the wall clock may have been set since.
        self._night.started = self._wall() - (at - self._zero)
        longest_ms = round(self.meter.longest_s * 1000.0, 1)
        self._night.longest_ms = max(self._night.longest_ms, longest_ms)
        self._kept_at = at
        self._keep(self._night.copy())

    def _since(self, at: float) -> float:
        return round(at - self._zero, 1)

    # -- in between -----------------------------------------------------------------------------

    def _count(self, night: Night, at: float, entry: Entry, phase: str) -> None:
        match entry:
            case entries.StageBegan():
                if entry.kind == "sleep" and self._kind not in ("", "sleep"):
                    night.asleep_s = self._since(at)
                self._kind = entry.kind
            case entries.Gesture():
                if phase == "playing" and self._kind == "sleep":
                    self._touch(night, at)
            case entries.WindingDown():
                night.faded_s = self._since(at)
            case entries.NotYet():
                night.extended += 1
                night.faded_s = None
                self._touched_at = at  # the rest of a turn is the same hand
            case entries.Paused():
                night.paused += 1
        fault = entry.fault()
        if fault is not None and fault[0] not in COUNTED:
            self._add_fault(night, *fault)

    def _touch(self, night: Night, at: float) -> None:
        """A gesture during a sleep stage."""
        if at - self._touched_at > ONE_TOUCH_S:
            night.touched += 1
            self._touch_began = at
        self._touched_at = at

    def _add_fault(self, night: Night, part: str, text: str) -> None:
        if part == entries.POWER:
            self._weak_in = night
            night.under_voltage += 1
        text = _short(text)
        if text not in night.faults and len(night.faults) < MAX_NAMES:
            night.faults.append(text)

    def _count_loss(self, at: float) -> None:
        """Add the time without a card so far; called at each save, so that little is lost."""
        if self._lost_at is None or self._night is None or not self._plays:
            return
        lost_s = at - max(self._lost_at, self._began_at)
        self._night.lost_card_s = round(self._night.lost_card_s + lost_s, 1)
        self._lost_at = at

    def _turned_late(self, count: int) -> None:
        """`count` is the total since the process started."""
        if self._night is not None and self._plays:
            self._night.late_turns += max(count - self._late, 0)
        self._late = count


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
