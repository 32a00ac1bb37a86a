"""The seven promises of night safety, checked on what a night gave out.

Independent of how the box keeps them: only levels, light writes and notes are looked at.
Each check says when it was broken and by how much.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nidra_box.config import Config
from nidra_box.score.score import Score
from nidra_box.score.vocabulary import (
    MAX_RISE_DB_PER_S,
    PEAK_CAP_LIGHTNESS,
    RATE_HZ,
    RECORDING_LUFS,
    SILENT_LUFS,
    TITLE_LUFS,
)
from nidra_box.simulator.recording import LightWrite, Recording, weight
from nidra_box.simulator.sound import STRIDE, Traced
from nidra_box.sound.mixdown import Heard, title_end
from nidra_box.sound.mixstate import Playback

TOLERANCE_DB = 0.05
MAX_LIGHT_STEP = 0.5
MAX_WRITES_PER_S = 50
STOPPING_S = 2.0
SETTLED_S = 4.0
"""After this the fade of a stop, and the lamp's way to dark, are over."""
ASKED_S = 0.1  # a hand's wish is fulfilled, as far as notes go, within this
NOTE_S = 0.02  # a note may come this much after the frame it speaks of
RETURNING_S = 60.0  # a night that came back by itself has risen
SETTLING_S = 15.0  # a rise of 90 dB, or the slide of the night ceiling
LAMP_BACK_S = 32.0  # a lamp that works again is found within half a minute, and slides
FADED_DB, FADING_S = 20.0, 1.4  # a stop's fade is 1.5 s, and is 39 dB down a tenth before its end
SOFT_S = 30.0  # what comes back by itself after a power cut is on its way for longer than this
SOFT_DB_PER_S = 3.0  # 90 dB within half a minute: no return needs to be faster
SOFT_LIGHT_PER_S = 4.0  # L*: the brightest stage within a quarter of a minute
EARLY_S = 1.0  # a fade is heard to its end at the timer, not before
SLEEP_LIGHT = 10.0
GLOW_LIGHT = 12.0
NIGHT_CEILING_TOLERANCE_DB = 0.1


@dataclass(frozen=True, slots=True)
class Breach:
    """Promise number `promise` (1 to 7) was broken at `at_s`."""

    promise: int
    at_s: float
    what: str

    def __str__(self) -> str:
        return f"promise {self.promise} broken at {self.at_s:.2f} s: {self.what}"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer over one grid: seconds, levels in dB with the envelope in, its content level
    (what the score alone would give) and whether it has anything to say there."""

    name: str
    at_s: NDArray[np.float64]
    level: NDArray[np.float64]
    content: NDArray[np.float64]
    heard: NDArray[np.bool_]
    playback: Playback


def check(recording: Recording, config: Config) -> list[Breach]:
    """Every promise that was broken, in order of time; at most a few of each kind."""
    states = States(recording)
    layers = [layer for traced in recording.traced for layer in _layers(traced)]
    found = [
        *_rises(recording, layers),
        *_ceilings(layers, states, config),
        *_silence(layers, recording, states),
        *_unasked(states, config),
        *_returns(layers, recording, states),
        *_fades(layers, states),
        *_cuts(layers, recording, states),
        *_light_steps(recording, states),
        *_light_levels(recording, states),
    ]
    return sorted(found, key=lambda breach: breach.at_s)


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


def _stretches(
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


def _beyond(at_s: float, excuses: list[tuple[float, float]]) -> float:
    """The first moment from `at_s` on that lies in none of the `excuses`."""
    for begin, end in sorted(excuses):
        if begin <= at_s <= end:
            at_s = end + 1e-6
    return at_s


# -- sound ---------------------------------------------------------------------------------


def _layers(traced: Traced) -> Iterator[Layer]:
    frames = traced.grid.frames()
    for heard in traced.heard:
        playback = next(p for p in traced.playbacks if heard.layer.startswith(f"{p.start}/"))
        level = np.broadcast_to(np.asarray(heard.level, np.float64), frames.shape)
        envelope = np.broadcast_to(np.asarray(heard.envelope, np.float64), frames.shape)
        with np.errstate(divide="ignore"):
            level = level + 20.0 * np.log10(envelope)
        content = _content(heard, playback, frames)
        at_s = frames / RATE_HZ
        over = frames - playback.start + playback.from_frame >= playback.score.frames
        level = np.where(over, -np.inf, level)
        sounds = weight(heard, playback, frames) > 0
        yield Layer(heard.layer, at_s, np.maximum(level, SILENT_LUFS), content, sounds, playback)


def _content(heard: Heard, playback: Playback, frames: NDArray[np.int64]) -> NDArray[np.float64]:
    score: Score = playback.score
    name = heard.layer.partition("/")[2]
    positions = frames - playback.start + playback.from_frame
    if name.startswith("bed:"):
        bed = next(b for b in score.beds if f"bed:{b.id}" == name)
        return np.asarray(bed.lufs.over(positions))
    if name.startswith("track:"):
        track = next(t for t in score.tracks if f"track:{t.start}" == name)
        return np.full(frames.shape, RECORDING_LUFS + track.gain_db)
    if name == "title":
        return np.full(frames.shape, TITLE_LUFS)
    return np.full(frames.shape, score.voice_lufs)


def _rises(recording: Recording, layers: list[Layer]) -> Iterator[Breach]:
    """1: no layer rises by more than 6 dB/s, and each begins in silence."""
    last: dict[str, tuple[float, float]] = {}
    step_s = STRIDE / RATE_HZ
    for layer in layers:
        before_at, before = last.get(layer.name, (layer.at_s[0] - step_s, SILENT_LUFS))
        if layer.name.endswith("/title") and layer.name not in last:
            before_at, before = layer.at_s[0], float(layer.level[0])  # said, not faded in
        elif layer.at_s[0] - before_at > 1.0:
            before_at, before = layer.at_s[0] - step_s, SILENT_LUFS
        times = np.concatenate(([before_at], layer.at_s))
        levels = np.concatenate(([before], layer.level))
        gaps = np.maximum(np.diff(times), step_s)
        allowed = levels[:-1] + MAX_RISE_DB_PER_S * gaps + TOLERANCE_DB
        broken = np.flatnonzero(levels[1:] > allowed)
        if len(broken):
            worst = broken[np.argmax(levels[1:][broken] - levels[:-1][broken])]
            rise = levels[worst + 1] - levels[worst]
            yield Breach(
                1,
                float(times[worst + 1]),
                f"{layer.name} rises by {rise:.1f} dB in {gaps[worst]:.2f} s",
            )
        last[layer.name] = (float(layer.at_s[-1]), float(layer.level[-1]))


def _ceilings(layers: list[Layer], states: States, config: Config) -> Iterator[Breach]:
    """2: never above the ceiling, in sleep stages the lower one."""
    day = config.volume.ceiling_db
    night = min(day, config.volume.night_ceiling_db)
    for layer in layers:
        positions = layer.playback.from_frame + layer.at_s * RATE_HZ - layer.playback.start
        asleep = np.zeros(len(positions), np.bool_)
        for span in layer.playback.score.stages:
            if span.is_sleep:
                asleep |= (positions >= span.start + RATE_HZ) & (positions < span.end)
        ceiling = np.where(asleep, night + NIGHT_CEILING_TOLERANCE_DB, day)
        over = layer.level - np.maximum(layer.content + ceiling, SILENT_LUFS)
        if over.max(initial=-1.0) > TOLERANCE_DB:
            worst = int(np.argmax(over))
            yield Breach(
                2,
                float(layer.at_s[worst]),
                f"{layer.name} is {over[worst]:.1f} dB above its ceiling",
            )


def _silence(layers: list[Layer], recording: Recording, states: States) -> Iterator[Breach]:
    """3: after the end, digital silence and dark until somebody touches the box."""
    for layer in layers:
        audible = np.flatnonzero(layer.level > SILENT_LUFS)
        for index in audible[:: max(1, len(audible) // 50)]:
            at_s = float(layer.at_s[index])
            phase, since = states.phase(at_s + NOTE_S)
            if phase in ("idle", "paused") and at_s - since > SETTLED_S:
                yield Breach(3, at_s, f"{layer.name} sounds {at_s - since:.1f} s after {phase}")
                break
    excuses = [*states.touches(), *states.dead_lamp]
    for begin, end, level in _lit_spans(recording):
        for since, until, phase in _stretches(states.phases, begin, end if level > 0 else begin):
            if phase not in ("idle", "paused"):
                continue
            at_s = _beyond(max(begin, since + SETTLED_S), excuses)
            if at_s < until - NOTE_S:
                yield Breach(3, at_s, f"the lamp shows L* {level:.1f} when {phase}")
                return


def _unasked(states: States, config: Config) -> Iterator[Breach]:
    """3: nothing begins without a hand, but for a night that the power was cut from, once, in a
    box whose settings want that."""
    for at_s, was_cut in states.unasked():
        if not config.resume_after_power_loss:
            yield Breach(3, at_s, "it plays without having been touched")
        elif not was_cut:
            yield Breach(3, at_s, "it plays untouched, and no night was cut off")


def _returns(layers: list[Layer], recording: Recording, states: States) -> Iterator[Breach]:
    """1 and 6: what comes back by itself comes slowly, as long as nobody touches it."""
    for begin in states.returns():
        end = next((t for t in sorted(states.gestures) if t >= begin), begin + SOFT_S)
        end = min(end, begin + SOFT_S)
        for layer in _joined(layers, begin, end):
            sounds = layer.heard & (layer.level > SILENT_LUFS)
            gain = np.where(sounds, layer.level - layer.content, np.nan)
            rise = np.diff(gain) / np.maximum(np.diff(layer.at_s), STRIDE / RATE_HZ)
            broken = np.flatnonzero(rise > SOFT_DB_PER_S + TOLERANCE_DB)
            if len(broken) and not states.lost(begin + NOTE_S, end):
                worst = int(broken[0])
                what = f"{layer.name} comes back by itself with {rise[worst]:.1f} dB/s"
                yield Breach(1, float(layer.at_s[worst]), what)
        for write in recording.light:
            allowed = SOFT_LIGHT_PER_S * (write.at_s - begin) + MAX_LIGHT_STEP
            if begin <= write.at_s < end and write.lightness > allowed:
                what = f"the lamp comes back by itself with L* {write.lightness:.1f}"
                yield Breach(6, write.at_s, what)
                break


def _fades(layers: list[Layer], states: States) -> Iterator[Breach]:
    """4 and 5: the timer's fade is a straight line in dB and ends at the timer."""
    returned = states.returns()
    for begin, end, _ in states.winding:
        if any(begin - RETURNING_S < at_s < end for at_s in returned):
            continue  # it rises and fades in one: judged by the limit on its rise alone
        if states.disturbed(begin - SETTLING_S, end) or states.falls_asleep(begin, end):
            continue  # the volume moves too: that is another line
        for layer in _joined(layers, begin, end + 0.2):
            late = layer.level[layer.heard & (layer.at_s > end - 0.2)]
            if len(late) and late.max() > SILENT_LUFS + 1.5:
                yield Breach(
                    5, end, f"{layer.name} is at {late.max():.1f} dBFS when the timer ends"
                )
            yield from _straight(layer, begin, end)


def _joined(layers: list[Layer], begin: float, end: float) -> Iterator[Layer]:
    """What sounds in [begin, end], each layer in one piece: every command to the sound begins
    a new grid, and a fade made of many commands must be judged as a whole."""
    pieces: dict[str, list[tuple[Layer, NDArray[np.bool_]]]] = {}
    for layer in layers:
        inside = (layer.at_s >= begin) & (layer.at_s <= end)
        if inside.any():
            pieces.setdefault(layer.name, []).append((layer, inside))
    for name, parts in pieces.items():
        yield Layer(
            name,
            np.concatenate([layer.at_s[inside] for layer, inside in parts]),
            np.concatenate([layer.level[inside] for layer, inside in parts]),
            np.concatenate([layer.content[inside] for layer, inside in parts]),
            np.concatenate([layer.heard[inside] for layer, inside in parts]),
            parts[0][0].playback,
        )


def _straight(layer: Layer, begin: float, end: float) -> Iterator[Breach]:
    gain, at_s, level = layer.level - layer.content, layer.at_s, layer.level
    use = (level > SILENT_LUFS + 5) & (at_s > begin + 1) & (at_s < end - 1)
    if use.sum() < 20:
        return
    x, y = at_s[use], gain[use]
    slope, start = np.polyfit(x, y, 1)
    line = slope * x + start
    bend = float(np.abs(y - line).max())
    if bend > 0.5:
        yield Breach(
            4,
            float(x[int(np.argmax(np.abs(y - line)))]),
            f"{layer.name} fades {bend:.1f} dB off a straight line",
        )
        return
    first = layer.playback.position(round(begin * RATE_HZ))
    loudest = layer.playback.score.loudest_between(first, first + round((end - begin) * RATE_HZ))
    audible = loudest + slope * begin + start > SILENT_LUFS + 5
    silent_at = (SILENT_LUFS - loudest - start) / slope if slope < 0 else end
    if audible and silent_at < end - EARLY_S:
        yield Breach(5, silent_at, f"{layer.name} is silent {end - silent_at:.1f} s too early")


def _cuts(layers: list[Layer], recording: Recording, states: States) -> Iterator[Breach]:
    """7: nothing that sounds stops without a fade, unless the card or the power went. (A title
    that has been said has not been cut off.)"""
    for layer in _joined(layers, 0.0, recording.length_s):
        at_s, last = float(layer.at_s[-1]), float(layer.level[-1])
        end = at_s + STRIDE / RATE_HZ + NOTE_S
        over = layer.playback.position(round(end * RATE_HZ)) >= layer.playback.score.frames
        since = round(end * RATE_HZ) - layer.playback.start
        said = layer.name.endswith("/title") and since >= title_end(layer.playback.score)
        excused = said or over or end >= recording.length_s or states.lost(at_s, end)
        if excused or not layer.heard[-1] or last < SILENT_LUFS + 5:
            continue
        before = float(layer.level[layer.at_s > at_s - FADING_S].max())
        if before - last < FADED_DB:
            yield Breach(7, at_s, f"{layer.name} is cut off at {last:.1f} dBFS")


# -- light ---------------------------------------------------------------------------------


def _lit_spans(recording: Recording) -> Iterator[tuple[float, float, float]]:
    """(begin, end, L*) of every write, in order."""
    writes = recording.light
    for number, write in enumerate(writes):
        end = writes[number + 1].at_s if number + 1 < len(writes) else recording.length_s
        yield write.at_s, end, write.lightness


def _light_steps(recording: Recording, states: States) -> Iterator[Breach]:
    """6: no step above 0.5 L*, no more than 50 writes a second. No power, no light: that
    step is nobody's; and who stops the service twice wants no fade."""
    before: LightWrite | None = None
    recent: list[float] = []
    for write in recording.light:
        off = any(abs(write.at_s - cut) < 1e-3 for cut in states.cuts)
        off = off or states.stopped_twice(write.at_s) or states.lamp_is_dead(write.at_s)
        if before is not None and not off:
            step = abs(write.lightness - before.lightness)
            if step > MAX_LIGHT_STEP + 1e-6:
                yield Breach(6, write.at_s, f"the lamp jumps by {step:.2f} L*")
                return
            recent = [t for t in recent if write.at_s - t < 1.0]
            recent.append(write.at_s)
            if len(recent) > MAX_WRITES_PER_S + 1:
                yield Breach(6, write.at_s, f"{len(recent)} light writes within a second")
                return
        before = write


def _light_levels(recording: Recording, states: States) -> Iterator[Breach]:
    """6: the cap of every stage; dark in sleep stages but for a hand's own red light."""
    for begin, end, level in _lit_spans(recording):
        for since, until, kind in _stretches(states.stages, begin, end if level > 0 else begin):
            if not kind:
                continue
            cap = PEAK_CAP_LIGHTNESS[kind]  # type: ignore[index]
            if cap > 0 and level <= cap + 0.5:
                continue
            excuses = list(states.dead_lamp)
            if cap == 0 and level <= SLEEP_LIGHT + 0.1:
                excuses += states.comforted()
            at_s = _beyond(max(begin, since + SETTLED_S), excuses)
            if at_s < until - NOTE_S and cap > 0:
                yield Breach(6, at_s, f"L* {level:.1f} in a {kind} stage, whose cap is {cap:g}")
                return
            if at_s < until - NOTE_S:
                yield Breach(6, at_s, f"L* {level:.1f} in a sleep stage")
                return
