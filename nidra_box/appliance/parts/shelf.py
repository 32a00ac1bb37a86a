"""A person's own recordings as they come and go: the circle of the second press follows them.

Whether something changed is looked at by a thread of the library, since its disk may be asleep;
it is asked to at the watchdog's beat, so that an idle box wakes up no more often for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from nidra_box.diary import entries
from nidra_box.diary.entries import PROGRAMME, Entry
from nidra_box.library.port import CannotPlay, NotYet, Programmes, Recordings
from nidra_box.library.recordings import is_recording
from nidra_box.library.stock import Stock
from nidra_box.part import Course, Part
from nidra_box.session import events as e
from nidra_box.words import MOST_LINES

LOOK_S = 10.0
"""How often it is looked where nobody asks for beats: in a terminal, which draws all the time."""
LATEST_S = 60.0
"""A press that its disk has not answered by then is refused: what comes later would startle."""


class Shelf(Part):
    """Brings what the library's thread has read into the session."""

    name = "shelf"

    def __init__(
        self,
        recordings: Recordings,
        programmes: Programmes,
        course: Course,
        beat_at: Callable[[], float],
        prepare: Callable[[float], Sequence[Entry]],
        knows: Callable[[Entry], bool],
        boot: str,
    ) -> None:
        self._recordings = recordings
        self._programmes = programmes
        self._course = course
        self._beat_at = beat_at
        self._prepare = prepare
        self._knows = knows
        self._boot = boot
        self._looked_at = -math.inf
        self._seen = 0
        self._stock: Stock | None = None
        self._faults: set[str] = set()
        self._ready = 0
        self._answered = ""
        self._to_prepare = False
        self._waited: tuple[str, float] = ("", math.inf)
        self._noted_at = -math.inf

    def next_at(self) -> float:
        wanted = self._course.session.wanted
        if (
            self._to_prepare
            or self._recordings.revision != self._seen
            or wanted != self._waited[0]
            or self._plays_unmeasured()
        ):
            return -math.inf
        return min(self._look_at(), self._waited[1] + LATEST_S)

    def work(self, now: float) -> Sequence[Entry | e.Event]:
        said: list[Entry | e.Event] = []
        if self._to_prepare:  # after what this has brought about in the pass before
            self._to_prepare = False
            said += self._prepare(now)
        if self._recordings.revision != self._seen:
            self._seen, self._to_prepare = self._recordings.revision, True
            said += self._changes(now)
        said += self._answer(now)
        if self._plays_unmeasured():
            self._noted_at = self._course.session.started_at
            said.append(entries.NotTakenIn(self._playing()))
        if now >= self._look_at():
            self._looked_at = now
            self._recordings.look()
        return said

    def _look_at(self) -> float:
        """Nothing is taken in while a session runs, and its disk has rest."""
        if self._course.session.phase is not e.Phase.IDLE:
            return math.inf
        beat_at = self._beat_at()
        return self._looked_at + LOOK_S if beat_at == math.inf else beat_at

    def _playing(self) -> str:
        outline = self._course.session.outline
        return "" if outline is None else outline.id

    def _plays_unmeasured(self) -> bool:
        """A file of the library that nobody has taken in, and nobody was told so."""
        session = self._course.session
        playing = self._playing()
        is_file = is_recording(playing) and playing not in self._recordings.stock.by_name
        return is_file and session.started_at != self._noted_at

    # -- what was read ------------------------------------------------------------------

    def _changes(self, now: float) -> list[Entry | e.Event]:
        """The circle and the faults, if the stock is another."""
        stock, session = self._recordings.stock, self._course.session
        if stock is self._stock:
            return []
        self._stock = stock
        said: list[Entry | e.Event] = [*self._faults_of(stock), *self._of_stick(stock, now)]
        if len(stock.entries) != self._ready:
            self._ready = len(stock.entries)
            said.append(entries.Recordings(self._ready))
        names = {session.chosen, session.wanted, session.resume.id if session.resume else ""}
        names |= {place.id for place in session.places if is_recording(place.id)}
        called = [(name, self._recordings.called_now(name)) for name in sorted(names)]
        moved = [(name, programme) for name, programme in called if name != programme]
        chosen = self._recordings.chosen_now(session.chosen)
        circle = self._recordings.circle.programmes
        if moved or (circle, chosen) != (session.settings.programmes, session.chosen):
            said.append(e.CircleChanged(now, circle, chosen, tuple(moved)))
        return said

    def _of_stick(self, stock: Stock, now: float) -> list[e.Event]:
        """Once for each stick, when all of it is known."""
        stick, well = stock.stick, stock.of_stick
        answer = f"{stick.boot} {stick.put_in_at_s}"
        if not stick.put_in_at_s or well is None or answer == self._answered:
            return []
        self._answered = answer
        return [e.StickTaken(now, stick.put_in_at_s, well)] if stick.boot == self._boot else []

    def _faults_of(self, stock: Stock) -> list[Entry]:
        """What is wrong now and is not told yet, and what was wrong and is not."""
        found: dict[str, Entry] = {
            PROGRAMME + name: entries.Refused(name, f"there is no programme of this name{hint}")
            for name, hint in self._recordings.circle.missing
        }
        refused = stock.refusals()
        if len(refused) > MOST_LINES:
            refused = [(f"{len(refused):,} files", "nidra-box programmes names each")]
        found |= {PROGRAMME + name: entries.Refused(name, reason) for name, reason in refused}
        found |= {part: entries.Fault(part, reason) for part, reason in stock.troubles}
        before, self._faults = self._faults, set(found)
        ended = [entries.FaultEnded(part) for part in sorted(before - self._faults)]
        return [*ended, *(entry for entry in found.values() if not self._knows(entry))]

    # -- a press that waits -------------------------------------------------------------

    def _answer(self, now: float) -> list[e.Event]:
        """To a Load of the session that was not there yet."""
        wanted = self._course.session.wanted
        if wanted != self._waited[0]:
            self._waited = (wanted, now if wanted else math.inf)
            if wanted:
                self._programmes.fetch(wanted)
        if not wanted:
            return []
        try:
            return [e.Loaded(now, self._programmes.load(wanted))]
        except NotYet as error:
            late = now >= self._waited[1] + LATEST_S
            return [e.Refused(now, wanted, f"{error}, and too late")] if late else []
        except CannotPlay as error:
            return [e.Refused(now, wanted, str(error))]
