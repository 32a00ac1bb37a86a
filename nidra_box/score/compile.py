"""`Script` + the lengths of its clips → `Score`, with the errors that only a layout shows. Pure.

A missing clip does not stop the compilation: its words get the time that the script's words per
minute give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nidra_box.documents.node import Problems
from nidra_box.score import rules
from nidra_box.score.breath import BreathLine, PacedStretch, breathe, breathe_along
from nidra_box.score.curves import Curve, CurveBuilder
from nidra_box.score.layout import Layout, Placed, lay_out
from nidra_box.score.light import light_of
from nidra_box.score.score import BedLine, Clip, ClipFacts, Score, StageSpan
from nidra_box.score.script import Bed, BreathMark, Cue, Pace, Play, Say, Script, Stage
from nidra_box.score.track import TrackSpan
from nidra_box.score.vocabulary import FADE_IN_FROM_LUFS, TITLE_LUFS
from nidra_box.units import RATE_HZ, SILENT_LUFS

TRACK_FADE_S = 10.0  # [D] of a recording that is longer than its stage, and of a bed that ends
NO_MARKS: Mapping[str, tuple[BreathMark, ...]] = {}


def spoken_title(script: Script) -> str:
    """The title as given to the voice engine."""
    return script.title if script.title[-1:] in ".!?" else script.title + "."


def spoken_words(cue: Say) -> str:
    """The words given to the voice engine; also the key of their clip."""
    return cue.tts or cue.text


def estimated_s(cue: Say, script: Script) -> float:
    """The estimated length of the cue, from the script's words per minute."""
    return len(cue.text.split()) * 60.0 / script.voice.words_per_minute


@dataclass(frozen=True, slots=True)
class Compiled:
    """A score and the layouts it was made from, one per stage."""

    score: Score
    layouts: tuple[Layout, ...]


def compile_script(
    script: Script,
    clips: Mapping[str, ClipFacts],
    problems: Problems,
    marks: Mapping[str, tuple[BreathMark, ...]] = NO_MARKS,
) -> Compiled:
    """Compile a script that was parsed without an error. One that breaks a rule compiles, too, so
    that `check` can report everything; it is never played.

    `clips` maps spoken words, and the names of sounds, to their facts; `marks` maps the
    names of cue files to their breath marks. Errors of fit go to `problems`.
    """
    breath = breath_of(script, marks)
    starts = script.starts_s()

    def length_s(cue: Cue) -> float:
        return facts_of(cue).frames / RATE_HZ if isinstance(cue, Say) else 0.0

    def facts_of(cue: Say) -> ClipFacts:
        known = clips.get(spoken_words(cue))
        if known is not None:
            return known
        return ClipFacts("", round(estimated_s(cue, script) * RATE_HZ), script.voice.lufs)

    layouts = []
    placed_clips: list[Clip] = []
    for number, (stage, start) in enumerate(zip(script.stages, starts, strict=False)):
        layout = lay_out(stage, start, length_s, breath)
        rules.check_layout(number, stage, layout, problems)
        layouts.append(layout)
        for placed in layout.placed:
            clip = _clip(placed, stage, facts_of, clips)
            if clip is not None:
                placed_clips.append(clip)
    placed_clips.sort(key=lambda clip: clip.start)
    score = Score(
        id=script.id,
        title=script.title,
        kind=script.kind,
        ending=script.ending,
        frames=round(script.duration_s * RATE_HZ),
        stages=tuple(
            StageSpan(stage.id, stage.kind, round(a * RATE_HZ), round(b * RATE_HZ))
            for stage, a, b in zip(script.stages, starts, starts[1:], strict=False)
        ),
        clips=tuple(placed_clips),
        beds=_beds(script),
        tracks=tuple(_tracks(script)),
        light=light_of(script, breath),
        voice_lufs=script.voice.lufs,
        title_clip=title_clip(spoken_title(script), clips, script.title),
        longest_clip=max((clip.frames for clip in placed_clips), default=0),
    )
    return Compiled(score, tuple(layouts))


def _clip(
    placed: Placed,
    stage: Stage,
    facts_of: Callable[[Say], ClipFacts],
    clips: Mapping[str, ClipFacts],
) -> Clip | None:
    cue = placed.cue
    start = round(placed.start_s * RATE_HZ)
    if isinstance(cue, Say):
        facts = facts_of(cue)
        return Clip(
            facts.source,
            start,
            facts.frames,
            stage.voice_lufs - facts.lufs,
            facts.lufs,
            cue.text,
            stage.id,
        )
    if isinstance(cue, Play):
        sound = clips.get(cue.sound)
        if sound is None:
            return None
        gain = stage.voice_lufs + cue.gain_db - sound.lufs
        return Clip(sound.source, start, sound.frames, gain, sound.lufs, "", stage.id)
    return None


def title_clip(spoken: str, clips: Mapping[str, ClipFacts], title: str = "") -> Clip | None:
    """The clip of a title by the words that were given to the engine; None without one."""
    facts = clips.get(spoken)
    if facts is None:
        return None
    gain_db = TITLE_LUFS - facts.lufs
    return Clip(facts.source, 0, facts.frames, gain_db, facts.lufs, title or spoken, "")


def breath_of(script: Script, marks: Mapping[str, tuple[BreathMark, ...]]) -> BreathLine:
    """The breath of the whole night: paced stages joined, recordings by their own marks."""
    stretches: list[PacedStretch] = []
    recorded: list[BreathLine] = []
    for stage, start in zip(script.stages, script.starts_s(), strict=False):
        end = start + stage.duration_s
        if stage.track is not None and stage.track.cue_file in marks:
            recorded.append(breathe_along(marks[stage.track.cue_file], start, end))
        elif stage.pace is not None:
            stretches += _stretches(script, stage.pace, start, end)
    spans = list(breathe(stretches).spans)
    for line in recorded:
        spans.extend(line.spans)
    return BreathLine(tuple(sorted(spans, key=lambda span: span.start_s)))


def _stretches(script: Script, pace: Pace, start: float, end: float) -> list[PacedStretch]:
    shares = script.breaths[pace.breath]
    first, last = 60.0 / pace.rate_from, 60.0 / pace.rate_to
    slide_from = min(start + pace.steady_s, end)
    slide_to = max(end - pace.steady_share * (end - start), slide_from)
    pieces = [
        (start, slide_from, first, first),
        (slide_from, slide_to, first, last),
        (slide_to, end, last, last),
    ]
    return [PacedStretch(a, b, p, q, shares) for a, b, p, q in pieces if b - a > 1e-6]


def _tracks(script: Script) -> list[TrackSpan]:
    return [
        TrackSpan(
            file=stage.track.file,
            start=round(start * RATE_HZ),
            end=round((start + stage.duration_s) * RATE_HZ),
            gain_db=stage.track.gain_db,
            fade_frames=round(min(TRACK_FADE_S, stage.duration_s / 2) * RATE_HZ),
        )
        for stage, start in zip(script.stages, script.starts_s(), strict=False)
        if stage.track is not None
    ]


def _beds(script: Script) -> tuple[BedLine, ...]:
    """The level of each bed over frames; silent from the start of a stage that omits it."""
    ids = dict.fromkeys(bed.id for stage in script.stages for bed in stage.beds)
    return tuple(BedLine(bed_id, _bed_curve(script, bed_id)) for bed_id in ids)


def _bed_curve(script: Script, bed_id: str) -> Curve:
    builder = CurveBuilder.starting(0.0, SILENT_LUFS)
    starts = [s * RATE_HZ for s in script.starts_s()]
    for number, stage in enumerate(script.stages):
        start, end = starts[number], starts[number + 1]
        bed = _find(stage, bed_id)
        if bed is None:
            builder.to(start, SILENT_LUFS)
            builder.hold_until(end)
            continue
        following = script.stages[number + 1] if number + 1 < len(script.stages) else None
        stays = following is not None and _find(following, bed_id) is not None
        _bed_stage(builder, bed, start, end, stays)
    return builder.build()


def _find(stage: Stage, bed_id: str) -> Bed | None:
    return next((bed for bed in stage.beds if bed.id == bed_id), None)


def _bed_stage(builder: CurveBuilder, bed: Bed, start: float, end: float, stays: bool) -> None:
    slope = (bed.to_lufs - bed.from_lufs) / (end - start)
    fade = min(bed.fade_in_s * RATE_HZ, (end - start) / 2)
    was_off = builder.last <= SILENT_LUFS
    builder.to(start, FADE_IN_FROM_LUFS if was_off else builder.last)
    if fade > 0:
        builder.to(start + fade, bed.from_lufs + slope * fade)
    else:
        builder.to(start, bed.from_lufs)
    if stays or bed.to_lufs <= SILENT_LUFS:
        builder.to(end, bed.to_lufs)
        return
    fade_out = min(TRACK_FADE_S * RATE_HZ, (end - start) / 4)
    builder.to(end - fade_out, bed.to_lufs - slope * fade_out)
    builder.to(end, SILENT_LUFS)
