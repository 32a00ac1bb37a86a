"""Any sound file as a programme without a script: the breath light for the first twenty
minutes, then dark, the sound to its own end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nidra_box.documents.node import Problems
from nidra_box.score.compile import compile_script
from nidra_box.score.score import Score, StageSpan, TrackSpan
from nidra_box.score.script import Breath, Light, Pace, Script, Stage, Voice
from nidra_box.score.vocabulary import (
    DEFAULT_TRUE_PEAK_DB,
    RATE_HZ,
    VOICE_LUFS,
    Colour,
    Ending,
    Kind,
    Pattern,
    StageKind,
)
from nidra_box.sound.sources import SUFFIXES, BadSound, FileSource
from nidra_box.words import format_duration

LIT_S = 20 * 60.0
MIN_S, MAX_S = 10.0, 12 * 3600.0


def is_recording(name: str) -> bool:
    """Whether a file in the library folder is meant to be played, by its name."""
    return not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES


def score_of_recording(path: Path) -> Score:
    """The programme that plays the file at `path`. Raises BadSound."""
    source = FileSource(path)
    frames = source.frames
    source.close()
    seconds = frames / RATE_HZ
    if seconds < MIN_S:
        raise BadSound(f"is only {seconds:.1f} s long; at least {MIN_S:g} s can be a programme")
    if seconds > MAX_S:
        raise BadSound(f"is {format_duration(seconds)} long; at most 12 hours can be played")
    return recording_score(path.name, frames)


def recording_score(name: str, frames: int) -> Score:
    """The score of a recording of `frames` frames. Pure."""
    lit_s = min(LIT_S, frames / RATE_HZ)
    script = _light_script(name, lit_s)
    light = compile_script(script, {}, Problems(name)).score
    lit = round(lit_s * RATE_HZ)
    stages = [StageSpan("breathe", StageKind.BREATH, 0, lit)]
    if lit < frames:
        stages.append(StageSpan("listen", StageKind.SLEEP, lit, frames))
    return replace(
        light,
        frames=frames,
        stages=tuple(stages),
        tracks=(TrackSpan(name, 0, frames, 0.0, 0),),
    )


def _light_script(name: str, lit_s: float) -> Script:
    """11 to 6 breaths a minute, the first twentieth and the last 15 % constant; amber, then
    red, then out."""

    def stage(
        part: str,
        share: float,
        colour: Colour,
        peaks: tuple[float, float],
        rates: tuple[float, float],
        end_share: float = 0.0,
    ) -> Stage:
        light = Light(Pattern.BREATH, colour, 0.0, *peaks, 4.0, 0)
        pace = Pace("long-out", *rates, 0, 0.0, end_share)
        return Stage(part, StageKind.BREATH, share * lit_s, (), light, pace, (), 0, VOICE_LUFS)

    stages = (
        stage("follow", 0.05, Colour.AMBER, (36, 36), (11, 11)),
        stage("slow", 0.80, Colour.AMBER, (36, 18), (11, 6)),
        stage("stay", 0.10, Colour.RED, (18, 10), (6, 6)),
        stage("go-out", 0.05, Colour.RED, (10, 0), (6, 6)),
    )
    return Script(
        id=name,
        title=Path(name).stem,
        kind=Kind.UNGUIDED,
        activity="sleep-sound",
        goal="sleep",
        language="en",
        licence_text="personal",
        licence_audio="personal",
        suitable_for=(),
        cautions=(),
        tags=(),
        duration_s=lit_s,
        ending=Ending.SLEEP_THROUGH,
        voice=Voice(VOICE_LUFS, DEFAULT_TRUE_PEAK_DB, 112),
        breaths={"long-out": Breath(0.4, 0.0, 0.6, 0.0)},
        stages=stages,
        file=name,
    )
