"""Phase, stage and gestures over a night, as its notes tell them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from nidra_box.studio.nights.recording import Recording

STOPPING_S = 2.0
SETTLED_S = 4.0
"""After this the fade of a stop, and the lamp's way to dark, are over."""
ASKED_S = 0.1  # a hand's wish is fulfilled, as far as notes go, within this
NOTE_S = 0.02  # a note may come this much after the frame it speaks of
SETTLING_S = 15.0  # a rise of 90 dB, or the slide of the night ceiling
LAMP_BACK_S = 32.0  # a lamp that works again is found within half a minute, and slides


@dataclass(slots=True)
class States:
    """Phase, stage and gestures over the night, from the notes."""

    recording: Recording
    phases: list[tuple[float, str]] = field(default_factory=lambda: [(0.0, "idle")])
    stages: list[tuple[float, str]] = field(default_factory=lambda: [(0.0, "")])
    gestures: list[float] = field(default_factory=list)
    winding: list[tuple[float, float, bool]] = field(default_factory=list)
    cuts: list[float] = field(default_factory=list)
    comforts: list[float] = field(default_factory=list)
    faults: list[float] = field(default_factory=list)
    dead_lamp: list[tuple[float, float]] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        for line in self.recording.trace:
            at_s, what = float(line["at_s"]), line["what"]
            if what == "phase":
                self.phases.append((at_s, line["phase"]))
                if line["phase"] == "idle":
                    self.stages.append((at_s, ""))
            elif what == "stage":
                self.stages.append((at_s, line["kind"]))
            elif what in ("power cut", "stopped"):
                self.phases.append((at_s, "idle"))
                self.stages.append((at_s, ""))
                self.faults.append(at_s)
                if what == "power cut":
                    self.cuts.append(at_s)
            elif what == "gesture":
                self.gestures.append(at_s)
            elif what == "winding down":
                self.winding.append((at_s, at_s + float(line["for_s"]), True))
            elif what == "comfort light":
                self.comforts.append(at_s)
            elif what in ("sound lost", "sound found", "act"):
                self.faults.append(at_s)
                self._act(at_s, line.get("act", ""))

    def _act(self, at_s: float, act: str) -> None:
        if act == "stop service":
            self.stops.append(at_s)
        elif act == "lose light":
            self.dead_lamp.append((at_s, self.recording.length_s))
        elif act == "find light" and self.dead_lamp:
            self.dead_lamp[-1] = (self.dead_lamp[-1][0], at_s + LAMP_BACK_S)

    def phase(self, at_s: float) -> tuple[str, float]:
        """The phase at `at_s` and since when."""
        position = bisect_right(self.phases, at_s, key=lambda p: p[0]) - 1
        return self.phases[position][1], self.phases[position][0]

    def unasked(self) -> list[tuple[float, bool]]:
        """When an idle box began to play without a hand, and whether the power had been cut
        while it played, and this is the first it does since."""
        found: list[tuple[float, bool]] = []
        for number, (at_s, phase) in enumerate(self.phases):
            since, before = self.phases[number - 1] if number else (0.0, "idle")
            if before != "idle" or phase == "idle":
                continue
            if any(at_s - ASKED_S <= asked <= at_s for asked in self.gestures):
                continue
            played = number > 1 and self.phases[number - 2][1] in ("playing", "winding down")
            found.append((at_s, played and since in self.cuts))
        return found

    def returns(self) -> list[float]:
        """When a night came back by itself."""
        return [at_s for at_s, _ in self.unasked()]

    def stage(self, at_s: float) -> tuple[str, float]:
        position = bisect_right(self.stages, at_s, key=lambda s: s[0]) - 1
        return self.stages[position][1], self.stages[position][0]

    def touches(self) -> list[tuple[float, float]]:
        """The stretches in which a hand may just have done something to the lamp."""
        return [(at_s, at_s + SETTLED_S) for at_s in self.gestures]

    def comforted(self) -> list[tuple[float, float]]:
        """The stretches of red light that a hand asked for in a sleep stage."""
        return [(at_s - 0.1, at_s + 121.0) for at_s in self.comforts]

    def stopped_twice(self, at_s: float) -> bool:
        """Whether the box was just asked to stop for the second time: that skips the fade."""
        return any(
            second - first < STOPPING_S and 0.0 <= at_s - second < 0.1
            for first, second in pairwise(self.stops)
        )

    def lamp_is_dead(self, at_s: float) -> bool:
        """Whether the lamp's driver failed then: what it shows is nobody's."""
        return any(begin <= at_s <= end for begin, end in self.dead_lamp)

    def falls_asleep(self, begin: float, end: float) -> bool:
        """Whether the night ceiling comes down in that time."""
        return any(
            kind == "sleep" and begin - SETTLING_S < at_s < end + SETTLING_S
            for at_s, kind in self.stages
        )

    def disturbed(self, begin: float, end: float) -> bool:
        """Whether a hand or a fault came between."""
        return any(begin < t <= end for t in (*self.gestures, *self.faults, *self.cuts))

    def lost(self, begin: float, end: float) -> bool:
        """Whether the card or the power went in that time."""
        return any(begin <= at_s <= end for at_s in self.faults)


def stretches(
    line: list[tuple[float, str]], begin: float, end: float
) -> Iterator[tuple[float, float, str]]:
    """(since, until, state) of every state of `line` that holds somewhere in [begin, end); a
    light that is written once may go on shining through many of them."""
    first = max(bisect_right(line, begin, key=lambda entry: entry[0]) - 1, 0)
    for number in range(first, len(line)):
        since, state = line[number]
        if since >= end:
            return
        yield since, min(end, line[number + 1][0] if number + 1 < len(line) else end), state


def beyond(at_s: float, excuses: list[tuple[float, float]]) -> float:
    """The first moment from `at_s` on that lies in none of the `excuses`."""
    for begin, end in sorted(excuses):
        if begin <= at_s <= end:
            at_s = end + 1e-6
    return at_s
