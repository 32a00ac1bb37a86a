"""A programme as its author wrote it: `nidra-script/1` as typed, frozen values.

All times are seconds, all levels LUFS or dB, all lightness CIE L* (0 to 100). Every
part keeps the line it came from, so that a later rule can point at it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nidra_box.score.vocabulary import Colour, Ending, Kind, Pattern, StageKind

FLEX = -1.0
"""A pause that takes the time left in its stage."""


@dataclass(frozen=True, slots=True)
class KnownSounds:
    """The built-in sounds that a script may name."""

    beds: Mapping[str, float]
    """Each bed, and how far it swells by itself, in LU."""
    struck: Sequence[str]


@dataclass(frozen=True, slots=True)
class Say:
    """A spoken cue. `pause_s` counts from the end of the words; FLEX shares the rest.

    `sync` is the part of a breath whose next start the cue waits for; `at_s` counts
    from the start of the stage.
    """

    text: str
    pause_s: float
    line: int
    tts: str = ""
    at_s: float | None = None
    sync: str = ""
    note: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Play:
    """A built-in sound (a bowl), `gain_db` relative to the voice."""

    sound: str
    gain_db: float
    pause_s: float
    line: int
    at_s: float | None = None
    sync: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """A deliberate silence."""

    pause_s: float
    line: int
    at_s: float | None = None
    sync: str = ""
    path: str = ""


Cue = Say | Play | Silence


@dataclass(frozen=True, slots=True)
class Bed:
    """A layer of continuous sound. `from_lufs` to `to_lufs` runs linearly in dB over the
    stage, after `fade_in_s` from whatever this bed was at before. `modulation_db`: how far it
    swells by itself."""

    id: str
    from_lufs: float
    to_lufs: float
    fade_in_s: float
    line: int
    modulation_db: float
    under_voice_lu: float | None = None


@dataclass(frozen=True, slots=True)
class Light:
    pattern: Pattern
    colour: Colour
    floor: float
    peak_from: float
    peak_to: float
    fade_s: float
    line: int


@dataclass(frozen=True, slots=True)
class Breath:
    """Parts of one breath (in, hold, out, rest) as shares of its period; they sum to 1."""

    inhale: float
    hold: float
    exhale: float
    rest: float


@dataclass(frozen=True, slots=True)
class Pace:
    """Breaths a minute at the stage's start and end; the *period* is linear between.

    `steady_s` at the start and `steady_share` of the stage at its end stay constant.
    """

    breath: str
    rate_from: float
    rate_to: float
    line: int
    steady_s: float = 0.0
    steady_share: float = 0.0


@dataclass(frozen=True, slots=True)
class BreathMark:
    """One line of a cue file: at `at_s` of its recording a part of the breath begins."""

    at_s: float
    part: str


@dataclass(frozen=True, slots=True)
class Track:
    """A person's own recording that fills a stage. `file` and the optional `cue_file`, which has
    its breath marks, are names in the library folder."""

    file: str
    gain_db: float
    line: int
    cue_file: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    id: str
    kind: StageKind
    duration_s: float
    beds: tuple[Bed, ...]
    light: Light
    pace: Pace | None
    cues: tuple[Cue, ...]
    line: int
    voice_lufs: float
    track: Track | None = None

    @property
    def is_sleep(self) -> bool:
        return self.kind is StageKind.SLEEP


@dataclass(frozen=True, slots=True)
class Voice:
    lufs: float
    true_peak_db: float
    words_per_minute: float


@dataclass(frozen=True, slots=True)
class Script:
    id: str
    title: str
    kind: Kind
    activity: str
    goal: str
    language: str
    licence_text: str
    licence_audio: str
    suitable_for: tuple[str, ...]
    cautions: tuple[str, ...]
    tags: tuple[str, ...]
    duration_s: float
    ending: Ending
    voice: Voice
    breaths: dict[str, Breath]
    stages: tuple[Stage, ...]
    file: str
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each top-level key, and of each name under `breath` (`breath.even`)."""

    def line(self, key: str) -> int:
        """The line of a top-level key; 1 if it is missing."""
        return self.lines.get(key, 1)

    def starts_s(self) -> list[float]:
        """The start of each stage, and the end of the last."""
        starts = [0.0]
        for stage in self.stages:
            starts.append(starts[-1] + stage.duration_s)
        return starts

    def spoken(self) -> list[tuple[Stage, Say]]:
        return [(s, cue) for s in self.stages for cue in s.cues if isinstance(cue, Say)]
