"""Rules about beds and their levels."""

from __future__ import annotations

from nidra_box.documents.node import Problems
from nidra_box.score import vocabulary as v
from nidra_box.score.rules.structure import path_of
from nidra_box.score.script import Bed, Say, Script, Stage
from nidra_box.score.vocabulary import Ending


def check(script: Script, problems: Problems) -> None:
    playing: dict[str, float] = {}
    first = True
    for number, stage in enumerate(script.stages):
        for bed in stage.beds:
            path = path_of(script, number, "bed")
            if first and bed.fade_in_s < v.MIN_FIRST_FADE_S:
                problems.error(
                    bed.line,
                    f"{path}.fade_in",
                    f"the first sound fades in over at least {v.MIN_FIRST_FADE_S:g} s",
                )
            _check_level(stage, bed, path, problems)
            _check_jump(bed, playing.get(bed.id), path, problems)
        first = first and not stage.beds
        playing = {bed.id: bed.to_lufs for bed in stage.beds}
    _check_end(script, problems)


def _check_level(stage: Stage, bed: Bed, path: str, problems: Problems) -> None:
    loudest = max(bed.from_lufs, bed.to_lufs)
    if stage.is_sleep:
        if loudest > v.MAX_SLEEP_BED_LUFS:
            problems.error(
                bed.line,
                f"{path}.lufs",
                f"{loudest:g} LUFS is too loud for sleep; at most {v.MAX_SLEEP_BED_LUFS:g}",
            )
        rise = bed.to_lufs - bed.from_lufs
        if rise > v.MAX_SLEEP_MODULATION_DB:
            problems.error(bed.line, f"{path}.lufs", "a bed does not rise while people sleep")
        modulation = v.BED_MODULATION_DB.get(bed.id, 0.0)
        if modulation > v.MAX_SLEEP_MODULATION_DB:
            problems.error(
                bed.line,
                f"{path}.id",
                f"{bed.id} swells by {modulation:g} dB; in sleep at most "
                f"{v.MAX_SLEEP_MODULATION_DB:g}",
            )
    elif any(isinstance(cue, Say) for cue in stage.cues) and bed.under_voice_lu is None:
        under = stage.voice_lufs - loudest
        if not v.MIN_UNDER_VOICE_LU <= under <= v.MAX_UNDER_VOICE_LU:
            problems.error(
                bed.line,
                f"{path}.lufs",
                f"is {under:g} LU under the voice; allowed: {v.MIN_UNDER_VOICE_LU:g} to "
                f"{v.MAX_UNDER_VOICE_LU:g}",
            )


def _check_jump(bed: Bed, before: float | None, path: str, problems: Problems) -> None:
    if before is None:
        rise = bed.from_lufs - v.SILENT_LUFS
        if bed.fade_in_s > 0 and rise / bed.fade_in_s > v.MAX_RISE_DB_PER_S:
            problems.warn(
                bed.line,
                f"{path}.fade_in",
                f"the box takes {rise / v.MAX_RISE_DB_PER_S:.0f} s for this: nothing "
                f"rises faster than {v.MAX_RISE_DB_PER_S:g} dB/s",
            )
        return
    jump = abs(bed.from_lufs - before)
    if jump > v.MAX_BED_JUMP_LU and bed.fade_in_s < v.MIN_BED_JUMP_FADE_S:
        problems.error(
            bed.line,
            f"{path}.fade_in",
            f"a step of {jump:g} LU needs at least {v.MIN_BED_JUMP_FADE_S:g} s",
        )


def _check_end(script: Script, problems: Problems) -> None:
    """A night that is slept through must not end in a cut."""
    if script.ending is not Ending.SLEEP_THROUGH or not script.stages:
        return
    number = len(script.stages) - 1
    last = script.stages[number]
    path = path_of(script, number, "bed")
    if not last.beds and not last.track:
        return
    fades = all(bed.to_lufs <= v.SILENT_LUFS for bed in last.beds) and not last.track
    if not fades or last.duration_s < v.MIN_END_FADE_S:
        level = last.beds[0].from_lufs if last.beds else -42.0
        problems.error(
            last.line,
            path,
            f"a sleep-through programme ends in a fade of at least {v.MIN_END_FADE_S:g} s: "
            f"lufs: [{level:g}, {v.SILENT_LUFS:g}]",
        )
    elif last.duration_s < v.GOOD_END_FADE_S:
        problems.warn(last.line, path, "the last fade is shorter than 5 minutes")
