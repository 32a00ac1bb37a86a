"""The compiled night: sound and light at any frame. Pure and immutable.

Frames count from the first frame of the programme at `RATE_HZ`; seconds are frames /
RATE_HZ. All levels are in LUFS, before the volume.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np

from nidra_box.score.along import Line
from nidra_box.score.breath import Breathing
from nidra_box.score.curves import Curve, power_sum_db
from nidra_box.score.light import LightLine
from nidra_box.score.track import TrackSpan
from nidra_box.score.vocabulary import Ending, Kind, StageKind
from nidra_box.units import RATE_HZ, SILENT_LUFS


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """Length and loudness of a rendered clip. `source` is its name in the library; empty for words
    without a clip, whose length is an estimate."""

    source: str
    frames: int
    lufs: float


@dataclass(frozen=True, slots=True)
class Clip:
    """A sound with a beginning and an end: spoken words or a bowl."""

    source: str
    start: int
    frames: int
    gain_db: float
    lufs: float
    words: str
    stage: str

    @property
    def end(self) -> int:
        return self.start + self.frames

    @property
    def level_lufs(self) -> float:
        return self.lufs + self.gain_db


@dataclass(frozen=True, slots=True)
class BedLine:
    """One bed over the night; `lufs` over frames, at most SILENT_LUFS while off."""

    id: str
    lufs: Curve


@dataclass(frozen=True, slots=True)
class StageSpan:
    id: str
    kind: StageKind
    start: int
    end: int

    @property
    def start_s(self) -> float:
        return self.start / RATE_HZ

    @property
    def end_s(self) -> float:
        return self.end / RATE_HZ

    @property
    def is_sleep(self) -> bool:
        return self.kind is StageKind.SLEEP


@dataclass(frozen=True, slots=True)
class Score:
    id: str
    title: str
    kind: Kind
    ending: Ending
    frames: int
    stages: tuple[StageSpan, ...]
    clips: tuple[Clip, ...]
    beds: tuple[BedLine, ...]
    tracks: tuple[TrackSpan, ...]
    light: LightLine
    voice_lufs: float
    title_clip: Clip | None = None
    """The spoken title; `start` is 0."""
    lines: tuple[Line, ...] = ()
    """Words that a recording says by itself, from its cue file: they are shown, not played."""
    longest_clip: int = field(default=0)

    @property
    def duration_s(self) -> float:
        return self.frames / RATE_HZ

    @property
    def dark_from(self) -> int:
        """The frame from which on all is sleep."""
        return max((stage.end for stage in self.stages if not stage.is_sleep), default=0)

    def stage_at(self, t_s: float) -> StageSpan | None:
        """The stage at second `t_s`; None before the start and from the end on."""
        frame = int(t_s * RATE_HZ)
        if not 0 <= frame < self.frames:
            return None
        return self.stages[bisect_right(self.stages, frame, key=lambda s: s.start) - 1]

    def clips_between(self, start: int, end: int) -> list[Clip]:
        """The clips that sound anywhere in the frames [start, end)."""
        first = bisect_right(self.clips, start - self.longest_clip - 1, key=lambda c: c.start)
        found = []
        for clip in self.clips[first:]:
            if clip.start >= end:
                break
            if clip.end > start:
                found.append(clip)
        return found

    def words_at(self, t_s: float) -> str:
        """The words being spoken, or an empty string."""
        frame = int(t_s * RATE_HZ)
        spoken = [c.words for c in self.clips_between(frame, frame + 1) if c.words]
        if spoken or not self.lines:
            return spoken[-1] if spoken else ""
        line = self.lines[bisect_right(self.lines, t_s, key=lambda one: one.at_s) - 1]
        return line.words if line.at_s <= t_s < line.until_s else ""

    def bed_levels(self, t_s: float) -> dict[str, float]:
        """The beds that are on at second `t_s` with their level in LUFS."""
        frame = t_s * RATE_HZ
        levels = {bed.id: bed.lufs.at(frame) for bed in self.beds}
        return {name: level for name, level in levels.items() if level > SILENT_LUFS}

    def level_at(self, t_s: float) -> float:
        """The level of all sound together; -120 in silence. Nominal, in LUFS; but a recording
        that was taken in has its real one, in dB."""
        frame = int(t_s * RATE_HZ)
        levels = list(self.bed_levels(t_s).values())
        levels += [clip.level_lufs for clip in self.clips_between(frame, frame + 1)]
        here = np.array([frame])
        levels += [float(t.level(here)[0]) for t in self.tracks if t.start <= frame < t.end]
        return power_sum_db(levels)

    def loudest_between(self, start: int, end: int) -> float:
        """The highest level of any one layer in the frames [start, end); LUFS.

        All words are one layer, which counts as `voice_lufs` even where they are softer; a
        recording counts as its nominal level even where it is softer.
        """
        levels = [bed.lufs.highest(start, end) for bed in self.beds]
        levels += [max(c.level_lufs, self.voice_lufs) for c in self.clips_between(start, end)]
        levels += [t.loudest(start, end) for t in self.tracks if t.start < end and t.end > start]
        return max(levels, default=SILENT_LUFS)

    def breath_at(self, t_s: float) -> Breathing | None:
        return self.light.breath.at(t_s)

    def lightness(self, t_s: float) -> float:
        """CIE L* at second `t_s`; before the start that of the first frame, 0 after the end."""
        if t_s >= self.duration_s:
            return 0.0
        return self.light.lightness(max(0.0, t_s))

    def redness(self, t_s: float) -> float:
        """0 amber to 1 red."""
        return self.light.redness.at(t_s)

    @property
    def is_silent(self) -> bool:
        """Whether the programme has no sound at all (light only)."""
        return not (self.clips or self.beds or self.tracks)
