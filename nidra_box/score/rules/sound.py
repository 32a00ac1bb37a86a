"""Rules about beds and their levels."""

from __future__ import annotations

from nidra_box.documents.node import Problems
from nidra_box.score import vocabulary as v
from nidra_box.score.rules.structure import path_of
from nidra_box.score.script import Bed, Say, Script, Stage
from nidra_box.score.vocabulary import Ending
from nidra_box.units import MAX_RISE_DB_PER_S, SILENT_LUFS

LONGEST_FADE_OUT_S = 10.0  # of a bed; at most a quarter of its stage


def check(script: Script, problems: Problems) -> None:
    playing: dict[str, float] | None = {}  # None: the beds before are unknown
    first = True
    end = _last_sounding(script)
    for number, stage in enumerate(script.stages):
        path = path_of(number, "bed")
        if problems.blames(path, path_of(number, "duration")):
            playing, first = None, False
            continue
        following = script.stages[number + 1] if number + 1 < len(script.stages) else None
        for bed in stage.beds:
            _check_level(stage, bed, number, problems)
            if problems.blames(path):
                continue
            fade_s = min(bed.fade_in_s, stage.duration_s / 2)  # as the compiler takes it
            if first and fade_s < v.MIN_FIRST_FADE_S:
                problems.error(
                    bed.line,
                    f"{path}.fade_in",
                    f"the first sound fades in over at least {v.MIN_FIRST_FADE_S:g} s",
                )
            elif abs(bed.to_lufs - bed.from_lufs) > v.MAX_BED_JUMP_LU and (
                stage.duration_s < v.MIN_BED_JUMP_FADE_S
            ):
                step = abs(bed.to_lufs - bed.from_lufs)
                problems.error(bed.line, f"{path}.lufs", _step_needs(step))
            elif playing is not None:
                before = playing.get(bed.id)
                _check_entry(bed, before, fade_s, first, path, problems)
            if number != end or script.ending is not Ending.SLEEP_THROUGH:
                _check_leaving(stage, bed, following, path, problems)
        first = first and not stage.beds
        wrong = problems.blames(path)
        playing = None if wrong else {bed.id: bed.to_lufs for bed in stage.beds}
    _check_end(script, end, problems)


def _last_sounding(script: Script) -> int | None:
    """The number of the last stage with a bed or a recording."""
    numbers = [n for n, stage in enumerate(script.stages) if stage.beds or stage.track]
    return numbers[-1] if numbers else None


def _check_level(stage: Stage, bed: Bed, number: int, problems: Problems) -> None:
    path = path_of(number, "bed")
    loudest = max(bed.from_lufs, bed.to_lufs)
    if problems.blames(path_of(number, "kind")):
        return
    if stage.is_sleep:
        _check_sleep(bed, loudest, path, problems)
        return
    voice_known = not problems.blames("voice.lufs", path_of(number, "voice_lufs"))
    spoken = any(isinstance(cue, Say) for cue in stage.cues)
    if spoken and voice_known and bed.under_voice_lu is None:
        under = stage.voice_lufs - loudest
        if not v.MIN_UNDER_VOICE_LU <= under <= v.MAX_UNDER_VOICE_LU:
            problems.error(
                bed.line,
                f"{path}.lufs",
                f"is {under:g} LU under the voice; allowed: {v.MIN_UNDER_VOICE_LU:g} to "
                f"{v.MAX_UNDER_VOICE_LU:g}",
            )


def _check_sleep(bed: Bed, loudest: float, path: str, problems: Problems) -> None:
    if loudest > v.MAX_SLEEP_BED_LUFS:
        problems.error(
            bed.line,
            f"{path}.lufs",
            f"{loudest:g} LUFS is too loud for sleep; at most {v.MAX_SLEEP_BED_LUFS:g}",
        )
    elif bed.to_lufs - bed.from_lufs > v.MAX_SLEEP_MODULATION_DB:
        problems.error(bed.line, f"{path}.lufs", "a bed does not rise while people sleep")
    if bed.modulation_db > v.MAX_SLEEP_MODULATION_DB:
        problems.error(
            bed.line,
            f"{path}.id",
            f"{bed.id} swells by {bed.modulation_db:g} dB; in sleep at most "
            f"{v.MAX_SLEEP_MODULATION_DB:g}",
        )


def _check_entry(
    bed: Bed, before: float | None, fade_s: float, first: bool, path: str, problems: Problems
) -> None:
    """The change from the bed's last level, or silence, to its level in this stage."""
    rise = bed.from_lufs - (SILENT_LUFS if before is None else before)
    if abs(rise) > v.MAX_BED_JUMP_LU and fade_s < v.MIN_BED_JUMP_FADE_S and not first:
        comes_in = f"a bed that comes in needs at least {v.MIN_BED_JUMP_FADE_S:g} s"
        problems.error(
            bed.line, f"{path}.fade_in", comes_in if before is None else _step_needs(abs(rise))
        )
    elif before is None and fade_s > 0 and rise / fade_s > MAX_RISE_DB_PER_S:
        problems.warn(
            bed.line,
            f"{path}.fade_in",
            f"the box takes {rise / MAX_RISE_DB_PER_S:.0f} s for this: nothing "
            f"rises faster than {MAX_RISE_DB_PER_S:g} dB/s",
        )


def _step_needs(step: float) -> str:
    return f"a step of {step:g} LU needs at least {v.MIN_BED_JUMP_FADE_S:g} s"


def _check_leaving(
    stage: Stage, bed: Bed, following: Stage | None, path: str, problems: Problems
) -> None:
    """A bed that the next stage omits fades out within the last quarter of this one."""
    stays = following is not None and any(other.id == bed.id for other in following.beds)
    if stays or bed.to_lufs <= SILENT_LUFS:
        return
    if min(LONGEST_FADE_OUT_S, stage.duration_s / 4) < v.MIN_BED_JUMP_FADE_S:
        problems.error(
            bed.line,
            path,
            f"{bed.id} leaves here within {stage.duration_s / 4:.3g} s, a quarter of the "
            f"stage; it needs at least {v.MIN_BED_JUMP_FADE_S:g} s",
        )


def _check_end(script: Script, number: int | None, problems: Problems) -> None:
    """The last sound of a sleep-through programme must fade out."""
    if number is None or script.ending is not Ending.SLEEP_THROUGH or problems.blames("ending"):
        return
    last, path = script.stages[number], path_of(number, "bed")
    if problems.blames(path, path_of(number, "duration"), path_of(number, "track")):
        return
    fades = all(bed.to_lufs <= SILENT_LUFS for bed in last.beds) and not last.track
    if not fades or last.duration_s < v.MIN_END_FADE_S:
        level = last.beds[0].from_lufs if last.beds else -42.0
        problems.error(
            last.line,
            path,
            f"a sleep-through programme ends in a fade of at least {v.MIN_END_FADE_S:g} s: "
            f"lufs: [{level:g}, {SILENT_LUFS:g}]",
        )
    elif last.duration_s < v.GOOD_END_FADE_S:
        problems.warn(last.line, path, "the last fade is shorter than 5 minutes")
