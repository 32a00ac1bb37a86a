"""Where the recordings that a script plays breathe: cue files in the library. Blocks."""

from __future__ import annotations

from bisect import bisect_right

from nidra_box.documents.node import Problems
from nidra_box.files import CannotRead, read_text
from nidra_box.library.folders import Folders
from nidra_box.library.shelf import in_library
from nidra_box.score import limits
from nidra_box.score.breath import parse_breath_marks
from nidra_box.score.script import BreathMark, Script
from nidra_box.sound.sources import BadSound


def reads_library(script: Script) -> bool:
    """Whether it names a cue file."""
    return any(stage.track is not None and stage.track.cue_file for stage in script.stages)


def breath_marks(
    folders: Folders, script: Script, problems: Problems
) -> dict[str, tuple[BreathMark, ...]]:
    """Cue file → where its recording breathes; mistakes go to `problems`."""
    found: dict[str, tuple[BreathMark, ...]] = {}
    used = 0
    for number, stage in enumerate(script.stages):
        if stage.track is None or not stage.track.cue_file:
            continue
        name, where = stage.track.cue_file, f"stages[{number}].track.breath"
        if name not in found:
            try:
                text = read_text(in_library(folders, name))
            except (CannotRead, BadSound) as error:
                problems.error(stage.track.line, where, f"{name} {error}")
                continue
            of_file = Problems(name)
            found[name] = parse_breath_marks(text, of_file)
            problems.found += of_file.found
        used += bisect_right(found[name], stage.duration_s, key=lambda mark: mark.at_s)
        if used > limits.MAX_BREATH_MARKS:
            words = f"a script may use {limits.MAX_BREATH_MARKS:,} breath marks"
            problems.stop(stage.track.line, where, f"{words}; up to here it uses {used:,}")
    return found
