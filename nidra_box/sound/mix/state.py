"""What the mixdown remembers between two blocks, and the commands that change it. Pure.

Everything that sounds is a `Playback`: a score that runs from one of its frames. Several
may overlap while one fades out and the next begins. The state is frozen, so that a ring can
keep one for every block it rendered and go back to it after a hand has changed the future.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from nidra_box.score.score import Score
from nidra_box.score.vocabulary import TITLE_LUFS
from nidra_box.sound.mix.levels import FALL_DB_PER_S, Ramp, ramp_to
from nidra_box.sound.mix.limiter import LimiterState
from nidra_box.units import MAX_RISE_DB_PER_S, RATE_HZ, SILENT_LUFS


@dataclass(frozen=True, slots=True)
class Start:
    """Play `score` from its frame `from_frame`; what plays already fades out meanwhile."""

    score: Score
    from_frame: int
    cross_frames: int = round(1.5 * RATE_HZ)
    announces: bool = False
    """Whether the title is spoken, TITLE_AFTER_S from now."""
    rise_frames: int = 0
    """Rise from silence, linear in dB, over no fewer frames than these."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Fade everything out over `frames` (a raised cosine); 0 ends it at once."""

    frames: int


@dataclass(frozen=True, slots=True)
class Volume:
    """The volume in dB; `over_frames` 0 follows as fast as FALL_DB_PER_S allows."""

    db: float
    over_frames: int = 0


@dataclass(frozen=True, slots=True)
class Fade:
    """The sleep timer: linear in dB so that the loudest layer reaches silence after
    `frames`; `began` frames of the fade lie in the past already."""

    frames: int
    began: int = 0


@dataclass(frozen=True, slots=True)
class FadeBack:
    """Undo a `Fade` over `frames`, or as long as the limit on a rise needs."""

    frames: int


Command = Start | Stop | Volume | Fade | FadeBack


@dataclass(frozen=True, slots=True)
class Playback:
    """A score of which frame `from_frame` is mixed at frame `start` of the mixdown.

    `levels` remembers the level of each layer at the frame just past, in dB.
    """

    score: Score
    start: int
    from_frame: int
    levels: tuple[tuple[str, float], ...] = ()
    fade_start: int = 0
    fade_frames: int = -1
    announces: bool = False
    rise: Ramp = field(default_factory=lambda: Ramp.constant(0.0))

    def position(self, frame: int) -> int:
        return self.from_frame + frame - self.start

    @property
    def fades(self) -> bool:
        return self.fade_frames >= 0

    def is_over(self, frame: int) -> bool:
        faded = self.fades and frame >= self.fade_start + self.fade_frames
        return faded or self.position(frame) >= self.score.frames


@dataclass(frozen=True, slots=True)
class MixState:
    """Everything that the next frame depends on. `frame` counts what was mixed so far."""

    frame: int = 0
    playbacks: tuple[Playback, ...] = ()
    volume: Ramp = field(default_factory=lambda: Ramp.constant(-20.0))
    fade: Ramp = field(default_factory=lambda: Ramp.constant(0.0))
    limiter: LimiterState = field(default_factory=LimiterState)
    tail: int = 0
    """Frames of limiter delay still to come out after the last playback ended."""

    @property
    def is_silent(self) -> bool:
        return not self.playbacks and self.tail <= 0


def apply(state: MixState, command: Command) -> MixState:
    """The state with `command` taking effect at its next frame."""
    frame = state.frame
    if isinstance(command, Start):
        leaving = _leave(state.playbacks, frame, command.cross_frames)
        begun = Playback(command.score, frame, command.from_frame)
        if command.rise_frames > 0:
            end = frame + command.rise_frames
            depth = _depth(state, (begun,), command.rise_frames, silent_at=frame)
            begun = replace(begun, rise=Ramp(frame, end, -depth, 0.0))
        if command.announces and command.score.title_clip is not None:
            # What is said is material: its level stands from the start, and a hand that turns
            # it up is held to 6 dB/s like everywhere.
            level = TITLE_LUFS + state.volume.at(frame)
            begun = replace(begun, announces=True, levels=(("title", level),))
        return replace(state, playbacks=(*leaving, begun), fade=Ramp.constant(0.0))
    if isinstance(command, Stop):
        return replace(state, playbacks=_leave(state.playbacks, frame, command.frames))
    if isinstance(command, Volume):
        down = max(state.volume.at(frame) - command.db, 0.0)
        over = max(command.over_frames, round(down / FALL_DB_PER_S * RATE_HZ))
        if not state.playbacks:
            over = 0  # nobody hears the way there, and a rise begins at its level
        return replace(state, volume=ramp_to(state.volume, frame, command.db, over))
    if isinstance(command, Fade):
        begin = frame - command.began
        end = begin + command.frames
        depth = _depth(state, state.playbacks, end - frame, silent_at=end)
        return replace(state, fade=Ramp(begin, end, 0.0, -depth, mutes=True))
    depth = max(-state.fade.at(frame), 0.0)
    if not np.isfinite(depth):
        depth = 0.0  # it had ended: what comes back rises from silence anyway
    over = max(command.frames, round(depth / MAX_RISE_DB_PER_S * RATE_HZ))
    return replace(state, fade=Ramp(frame, frame + over, -depth, 0.0))


def _depth(state: MixState, playbacks: tuple[Playback, ...], frames: int, silent_at: int) -> float:
    """dB between silence and the loudest layer of the next `frames`, at the volume of the frame
    where the fade is to be silent: its first when it rises, its last when it falls."""
    loudest = max(
        (
            p.score.loudest_between(p.position(state.frame), p.position(state.frame) + frames)
            for p in playbacks
            if not p.fades
        ),
        default=SILENT_LUFS,
    )
    return max(loudest + state.volume.at(silent_at) - SILENT_LUFS, 1.0)


def _leave(playbacks: tuple[Playback, ...], frame: int, frames: int) -> tuple[Playback, ...]:
    """All playbacks fading out within `frames`; one that fades already keeps its end if
    that is sooner."""
    leaving = (
        p if p.fades else replace(p, fade_start=frame, fade_frames=frames) for p in playbacks
    )
    return tuple(p for p in leaving if p.fade_frames > 0)


def skip(state: MixState, frame: int) -> MixState:
    """The state at a later `frame` when what lies between could not be rendered: the scores
    have run on, and everything rises from silence again."""
    playbacks = tuple(replace(p, levels=()) for p in state.playbacks if not p.is_over(frame))
    return replace(state, frame=frame, playbacks=playbacks, limiter=LimiterState())
