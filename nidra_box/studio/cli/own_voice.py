"""`voice kit`, `voice take`: the words of a programme, spoken by you."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from nidra_box.cli.common import (
    USAGE,
    Failed,
    Progress,
    add_config_option,
    add_force_option,
    config_of,
    may_write,
    number_within,
    say,
)
from nidra_box.cli.common.playable import catalogue_for, read_script, script_path
from nidra_box.files import write_whole
from nidra_box.library.catalogue import Catalogue
from nidra_box.score.breath import BreathLine
from nidra_box.score.script import Script
from nidra_box.studio.voice.cues import NumberedCue, cues_of, sentence_of
from nidra_box.studio.voice.fit import misfits, shortest_flex_s
from nidra_box.studio.voice.gather import from_file, from_folder
from nidra_box.studio.voice.kit import kit_html
from nidra_box.studio.voice.split import SILENCE_S
from nidra_box.studio.voice.take import BadTake, take
from nidra_box.words import format_duration, printable, reason_of

RAW = argparse.RawDescriptionHelpFormatter
PROGRAMME_HELP = "a programme by its name, or the file of its script"


def add_actions(actions: Any) -> None:
    kit = actions.add_parser(
        "kit",
        help="a sheet to record a programme from",
        description="Write a sheet that prints well: the cues by number, how to say them, how "
        "long each should and may be, and what to call the recordings.",
        epilog="example:\n  nidra-box voice kit lower-back-night -o sheet.html",
        formatter_class=RAW,
    )
    kit.add_argument("programme", metavar="ID", help=PROGRAMME_HELP)
    kit.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: ID-kit.html here")
    add_force_option(kit)
    add_config_option(kit)
    kit.set_defaults(run=write_kit)

    taken = actions.add_parser(
        "take",
        help="take in your own recordings of a programme's words",
        description="Check, level and take in recordings: a folder with one file for each cue, "
        "whose names begin with its number (01.wav, 12 second try.flac), or one long file in "
        "the order of the numbers. All is taken or nothing; whatever is wrong is named. To "
        "better one cue, replace its file and take the folder again.",
        epilog="examples:\n  nidra-box voice take lower-back-night recordings/\n"
        "  nidra-box voice take lower-back-night evening.wav --silence 2.5",
        formatter_class=RAW,
    )
    taken.add_argument("programme", metavar="ID", help=PROGRAMME_HELP)
    taken.add_argument("recordings", type=Path, metavar="FOLDER|FILE")
    taken.add_argument(
        "--silence",
        type=number_within(0.3, 30.0),
        default=SILENCE_S,
        metavar="SECONDS",
        help=f"what parts two cues in one long file (default: {SILENCE_S:g})",
    )
    add_config_option(taken)
    taken.set_defaults(run=take_recordings)


def write_kit(arguments: argparse.Namespace) -> int:
    script, breath, cues = _with_cues(arguments)
    path: Path = arguments.output or Path(f"{script.id}-kit.html")
    may_write(arguments.force, path)
    write_whole(path, kit_html(script, cues).encode("utf-8", "xmlcharrefreplace"))
    for misfit in misfits(script, {}, breath):
        say(sentence_of(misfit, cues))
    print(path)
    return 0


def take_recordings(arguments: argparse.Namespace) -> int:
    script, breath, cues = _with_cues(arguments)
    place: Path = arguments.recordings
    if not os.path.exists(place):  # a name that is too long is one that is not there
        raise Failed(f"{printable(str(place))}: there is no such folder or file", USAGE)
    folder = _catalogue(arguments).folders.own_voices / script.id
    progress = Progress(f"taking {script.id}")
    try:
        progress(0.0, "listening")
        if place.is_dir():
            gathered = from_folder(cues, place)
        else:
            gathered = from_file(cues, place, arguments.silence)
        taken = take(
            script,
            cues,
            gathered,
            folder,
            breath,
            lambda done, of: progress(done / of, f"{done}/{of}"),
        )
    except BadTake as error:
        progress.done()
        for problem in error.problems:
            say(problem)
        raise Failed("nothing was taken; what was there is as it was") from error
    except OSError as error:
        raise Failed(f"{error.filename or folder}: {reason_of(error)}") from error
    finally:
        progress.done()
    for warning in taken.warnings:
        say(warning)
    seconds = taken.voice.seconds()
    flex_s = shortest_flex_s(script, seconds, breath)
    bends = f"; the pauses adapt, the shortest to {flex_s:.1f} s" if flex_s is not None else ""
    length = format_duration(sum(seconds.values()))
    print(f"{script.id}: {len(seconds)} cues taken, {length} of words{bends}")
    say(f"in {folder}; a box that is running takes them up when it reads its settings again")
    return 0


def _catalogue(arguments: argparse.Namespace) -> Catalogue:
    config, _ = config_of(arguments)
    return catalogue_for(config)


def _with_cues(
    arguments: argparse.Namespace,
) -> tuple[Script, BreathLine, tuple[NumberedCue, ...]]:
    catalogue = _catalogue(arguments)
    path = script_path(catalogue, arguments.programme)
    script, breath = read_script(catalogue, path)
    cues = cues_of(script, breath)
    if not cues:
        raise Failed(f"{script.id} has no words")
    return script, breath, cues
