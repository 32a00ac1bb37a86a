"""The seven promises of night safety, checked on what a night gave out.

Independent of how the box keeps them: only levels, light writes and notes are looked at.
Each check says when it was broken and by how much.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

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
)
from nidra_box.simulator.recording import LightWrite, Recording, weight
from nidra_box.simulator.sound import STRIDE, Traced
from nidra_box.sound.mixdown import Heard
from nidra_box.sound.mixstate import Playback

TOLERANCE_DB = 0.05
MAX_LIGHT_STEP = 0.5
MAX_WRITES_PER_S = 50
SETTLED_S = 4.0
"""After this the fade of a stop, and the lamp's way to dark, are over."""
NOTE_S = 0.02  # a note may come this much after the frame it speaks of
SETTLING_S = 15.0  # a rise of 90 dB, or the slide of the night ceiling
LAMP_BACK_S = 32.0  # a lamp that works again is found within half a minute, and slides
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
        *_fades(layers, states),
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
                if line.get("act") == "lose light":
                    self.dead_lamp.append((at_s, self.recording.length_s))
                elif line.get("act") == "find light" and self.dead_lamp:
                    self.dead_lamp[-1] = (self.dead_lamp[-1][0], at_s + LAMP_BACK_S)

    def phase(self, at_s: float) -> tuple[str, float]:
        """The phase at `at_s` and since when."""
        position = bisect_right(self.phases, at_s, key=lambda p: p[0]) - 1
        return self.phases[position][1], self.phases[position][0]

    def stage(self, at_s: float) -> tuple[str, float]:
        position = bisect_right(self.stages, at_s, key=lambda s: s[0]) - 1
        return self.stages[position][1], self.stages[position][0]

    def touched_within(self, at_s: float, seconds: float) -> bool:
        """Whether a hand did something in the `seconds` before `at_s`."""
        position = bisect_right(self.gestures, at_s) - 1
        return position >= 0 and at_s - self.gestures[position] <= seconds

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
    return np.full(frames.shape, score.voice_lufs)


def _rises(recording: Recording, layers: list[Layer]) -> Iterator[Breach]:
    """1: no layer rises by more than 6 dB/s, and each begins in silence."""
    last: dict[str, tuple[float, float]] = {}
    step_s = STRIDE / RATE_HZ
    for layer in layers:
        before_at, before = last.get(layer.name, (layer.at_s[0] - step_s, SILENT_LUFS))
        if layer.at_s[0] - before_at > 1.0:
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
    for begin, end, level in _lit_spans(recording):
        phase, since = states.phase(begin)
        quiet = phase in ("idle", "paused") and not states.lamp_is_dead(end)
        if (
            quiet
            and end - since > SETTLED_S
            and level > 0
            and not _allowed_idle(begin, end, states)
        ):
            yield Breach(
                3, max(begin, since + SETTLED_S), f"the lamp shows L* {level:.1f} when {phase}"
            )
            break


def _allowed_idle(begin: float, end: float, states: States) -> bool:
    return states.touched_within(end, SETTLED_S) or states.touched_within(begin, SETTLED_S)


def _fades(layers: list[Layer], states: States) -> Iterator[Breach]:
    """4 and 5: the timer's fade is a straight line in dB and ends at the timer."""
    for begin, end, _ in states.winding:
        if states.disturbed(begin - SETTLING_S, end) or states.falls_asleep(begin, end):
            continue  # the volume moves too: that is another line
        for layer in layers:
            inside = (layer.at_s >= begin) & (layer.at_s <= end + 0.2)
            if not inside.any():
                continue
            late = layer.level[inside & layer.heard & (layer.at_s > end - 0.2)]
            if len(late) and late.max() > SILENT_LUFS + 1.5:
                yield Breach(
                    5, end, f"{layer.name} is at {late.max():.1f} dBFS when the timer ends"
                )
            yield from _straight(layer, inside, begin, end)


def _straight(
    layer: Layer, inside: NDArray[np.bool_], begin: float, end: float
) -> Iterator[Breach]:
    gain = (layer.level - layer.content)[inside]
    at_s, level = layer.at_s[inside], layer.level[inside]
    use = (level > SILENT_LUFS + 5) & (at_s > begin + 1) & (at_s < end - 1)
    if use.sum() < 20:
        return
    x, y = at_s[use], gain[use]
    line = np.polyval(np.polyfit(x, y, 1), x)
    bend = float(np.abs(y - line).max())
    if bend > 0.5:
        yield Breach(
            4,
            float(x[int(np.argmax(np.abs(y - line)))]),
            f"{layer.name} fades {bend:.1f} dB off a straight line",
        )


# -- light ---------------------------------------------------------------------------------


def _lit_spans(recording: Recording) -> Iterator[tuple[float, float, float]]:
    """(begin, end, L*) of every write, in order."""
    writes = recording.light
    for number, write in enumerate(writes):
        end = writes[number + 1].at_s if number + 1 < len(writes) else recording.length_s
        yield write.at_s, end, write.lightness


def _light_steps(recording: Recording, states: States) -> Iterator[Breach]:
    """6: no step above 0.5 L*, no more than 50 writes a second. No power, no light: that
    step is nobody's."""
    before: LightWrite | None = None
    recent: list[float] = []
    for write in recording.light:
        off = any(abs(write.at_s - cut) < 1e-3 for cut in states.cuts)
        if before is not None and not off and not states.lamp_is_dead(write.at_s):
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
    for begin, _, level in _lit_spans(recording):
        if level <= 0:
            continue
        kind, since = states.stage(begin)
        if not kind or states.lamp_is_dead(begin):
            continue
        cap = PEAK_CAP_LIGHTNESS[kind]  # type: ignore[index]
        if cap > 0 and level > cap + 0.5 and begin - since > SETTLED_S:
            yield Breach(6, begin, f"L* {level:.1f} in a {kind} stage, whose cap is {cap:g}")
            return
        if cap == 0 and begin - since > SETTLED_S:
            comforted = any(t - 0.1 <= begin <= t + 121 for t in states.comforts)
            if not comforted or level > SLEEP_LIGHT + 0.1:
                yield Breach(6, begin, f"L* {level:.1f} in a sleep stage")
                return
