"""What was heard, seen and done in a night, and the files that show it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nidra_box.diary.diary import Diary
from nidra_box.diary.entries import Entry, Value
from nidra_box.files import write_whole
from nidra_box.light.lightness import lightness
from nidra_box.score.score import Score
from nidra_box.score.track import TrackSpan
from nidra_box.sound.mix.mixdown import TITLE_AFTER, Heard, title_end
from nidra_box.sound.mix.state import Playback
from nidra_box.studio.nights.sound import Traced
from nidra_box.units import NOTHING_DB, RATE_HZ


@dataclass(frozen=True, slots=True)
class LightWrite:
    """`lightness` in L*, `redness` 0 amber to 1 red."""

    at_s: float
    lightness: float
    redness: float


@dataclass(slots=True)
class Recording:
    """Everything that came out of one night in virtual time. Seconds from its beginning."""

    length_s: float
    trace: list[dict[str, Any]] = field(default_factory=list)
    light: list[LightWrite] = field(default_factory=list)
    traced: list[Traced] = field(default_factory=list)

    # -- as a diary and a lamp ----------------------------------------------------------

    def note(self, at: float, entry: Entry, diary: Diary) -> None:
        self.mark(at, entry.what, **entry.facts())

    def mark(self, at: float, what: str, **fields: Value) -> None:
        """A line of the trace: what the world does is in it, too."""
        self.trace.append({"at_s": round(at, 4), "what": what, **fields})

    def lamp(self, at: float, amber: float, red: float) -> None:
        total = amber + red
        redness = red / total if total > 0 else 1.0
        self.light.append(LightWrite(at, lightness(total), redness))

    # -- second by second ---------------------------------------------------------------

    def seconds(self) -> NDArray[np.int64]:
        return np.arange(int(self.length_s) + 1)

    def sound_dbfs(self) -> NDArray[np.float64]:
        """The level in every second: what clips, beds and recordings are known to measure, with
        every gain, as the power sum of the layers, averaged over the second (the last one over
        what there is of it); -120 is digital silence."""
        energy = np.zeros(int(self.length_s) + 2)
        for traced in self.traced:
            _add_energy(energy, traced)
        power = energy[:-1]
        left_s = self.length_s - int(self.length_s)
        if left_s * RATE_HZ >= 1:
            power[-1] /= left_s
        else:
            power[-1] = power[-2:][0]  # the end itself: as it was just before
        with np.errstate(divide="ignore"):
            return np.maximum(10.0 * np.log10(power), NOTHING_DB)

    def lightness(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(L*, redness) of the brightest write in every second, held while nothing changes."""
        count = int(self.length_s) + 1
        levels, redness = np.zeros(count), np.ones(count)
        held, held_red, begin = 0.0, 1.0, 0
        for write in self.light:
            second = min(int(write.at_s), count - 1)
            if second > begin:
                levels[begin + 1 : second + 1] = held
                redness[begin + 1 : second + 1] = held_red
            if write.lightness >= levels[second]:
                levels[second], redness[second] = write.lightness, write.redness
            begin, held, held_red = second, write.lightness, write.redness
        levels[begin + 1 :], redness[begin + 1 :] = held, held_red
        return levels, redness

    def words_of(self, what: str, key: str) -> list[str]:
        """A state at every second, from the notes that change it (`phase`, `stage`)."""
        names = [""] * (int(self.length_s) + 1)
        begin, value = 0, "idle" if what == "phase" else ""
        for line in self.trace:
            ends_stage = what == "stage" and line["what"] == "phase" and line["phase"] == "idle"
            if line["what"] != what and not ends_stage:
                continue
            second = min(int(line["at_s"]) + 1, len(names))
            names[begin:second] = [value] * (second - begin)
            begin, value = second, "" if ends_stage else str(line[key])
        names[begin:] = [value] * (len(names) - begin)
        return names

    # -- files --------------------------------------------------------------------------

    def write_trace(self, path: Path) -> None:
        """`trace.jsonl`: one object per gesture, phase, stage, cue and fault."""
        lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in self.trace)
        write_whole(path, "".join(lines))

    def write_curve(self, path: Path) -> None:
        """`curve.csv`: a row for every second."""
        sound = self.sound_dbfs()
        levels, redness = self.lightness()
        phases, stages = self.words_of("phase", "phase"), self.words_of("stage", "stage")
        lines = ["at_s,sound_dbfs,lightness,colour,phase,stage\n"]
        for second in range(len(sound)):
            colour = "" if levels[second] == 0 else ("red" if redness[second] > 0.5 else "amber")
            lines.append(
                f"{second},{sound[second]:.1f},{levels[second]:.1f},{colour},"
                f"{phases[second]},{stages[second]}\n"
            )
        write_whole(path, "".join(lines))


def _add_energy(energy: NDArray[np.float64], traced: Traced) -> None:
    """Add what was heard over one grid to the energy (power times seconds) of each second.

    A sample stands for the time until the next one, however the night was cut into grids by
    what hands did; the part of it that lies in the next second counts there.
    """
    frames = traced.grid.frames()
    power = np.zeros(len(frames))
    for heard in traced.heard:
        playback = next(p for p in traced.playbacks if heard.layer.startswith(f"{p.start}/"))
        level = np.broadcast_to(np.asarray(heard.level, np.float64), frames.shape)
        envelope = np.broadcast_to(np.asarray(heard.envelope, np.float64), frames.shape)
        layer = 10.0 ** (level / 10.0) * envelope**2
        power += layer * weight(heard, playback, frames)
    seconds, stride = frames // RATE_HZ, traced.grid.stride
    here = np.minimum(stride, (seconds + 1) * RATE_HZ - frames)
    for second, share in ((seconds, here), (seconds + 1, stride - here)):
        inside = second < len(energy)
        if inside.any():
            first = int(second[0])
            sums = np.bincount(second[inside] - first, (power * share)[inside] / RATE_HZ)
            energy[first : first + len(sums)] += sums


def weight(heard: Heard, playback: Playback, frames: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much of its layer's level (as power) sounds at each frame: words come and go, some
    are softer than others, a recording has a level of its own, and a score ends."""
    score: Score = playback.score
    positions = frames - playback.start + playback.from_frame
    inside = (positions < score.frames).astype(np.float64)
    name = heard.layer.partition("/")[2]
    if name == "voice":
        spoken = np.zeros(len(frames))
        for clip in score.clips_between(int(positions[0]), int(positions[-1]) + 1):
            within = (positions >= clip.start - RATE_HZ // 2) & (positions < clip.end)
            spoken[within] = 10.0 ** ((clip.level_lufs - score.voice_lufs) / 10.0)
        return inside * spoken
    if name == "title":
        since = frames - playback.start
        said = (since >= TITLE_AFTER) & (since < title_end(score))
        return said.astype(np.float64)
    if name.startswith("track:"):
        track = track_of(score, name)
        inside *= (positions >= track.start) & (positions < track.end)
        return inside * 10.0 ** (track.over_nominal(positions) / 10.0)
    return inside


def track_of(score: Score, name: str) -> TrackSpan:
    """The recording whose layer is called `name`."""
    return next(t for t in score.tracks if f"track:{t.start}" == name)
