"""`replay`: a scripted night through the real loop, in virtual time."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from nidra_box.cli.common import (
    FAILED,
    Progress,
    add_config_option,
    add_force_option,
    config_of,
    may_write,
    say,
    span_of,
)
from nidra_box.cli.common.playable import exact_catalogue_for, make_beds
from nidra_box.documents.load import read_lines
from nidra_box.documents.node import DocumentError, Problem
from nidra_box.files import folder_for
from nidra_box.studio import chart
from nidra_box.studio.nights.night_script import ACTS, Act, parse_night
from nidra_box.studio.nights.replay import ONE_PRESS, night_of_recording, replay, write_sound
from nidra_box.words import format_duration

DESCRIPTION = """\
Play a scripted night through the real loop in virtual time, and write what came out:
trace.jsonl (a line per gesture, phase, stage, cue and fault), curve.csv (a row per
second), night.png, and with --sound the sound of a part of it.
"""


def add_commands(commands: Any) -> None:
    width = max(map(len, ACTS)) + 2
    acts = "\n".join(f"  {act:<{width}}{words}" for act, words in ACTS.items())
    parser = commands.add_parser(
        "replay",
        help="a scripted night in virtual time",
        description=DESCRIPTION,
        epilog=f"a night is a time and an act on each line, for example  0:00:05 press\n{acts}\n\n"
        "example:\n  nidra-box replay my.night --out night --sound 0:00..2:00",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "night",
        nargs="?",
        type=Path,
        metavar="NIGHT",
        help="the script (default: one press, then nothing)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("night"),
        metavar="DIR",
        help="where to write (default: night)",
    )
    parser.add_argument(
        "--sound",
        type=span_of,
        metavar="FROM..TO",
        help="also render this part of the night to sound.flac",
    )
    add_force_option(parser)
    parser.add_argument("--no-chart", action="store_true", help="write no picture")
    add_config_option(parser)
    parser.set_defaults(run=run_replay)


def read_night(path: Path | None) -> list[Act]:
    """The acts of a night file, or of the night that is played when none is named."""
    if path is None:
        return parse_night(ONE_PRESS, "the usual night")
    return parse_night(read_lines(path), str(path))


def check_night(path: Path) -> list[Problem]:
    """Everything that is wrong with one night."""
    try:
        read_night(path)
    except DocumentError as error:
        return error.problems
    return []


def run_replay(arguments: argparse.Namespace) -> int:
    out: Path = arguments.out
    written = ["trace.jsonl", "curve.csv"]
    written += [] if arguments.no_chart else ["night.png"]
    written += ["sound.flac"] if arguments.sound else []
    may_write(arguments.force, *(out / name for name in written))
    config, _ = config_of(arguments)
    acts = read_night(arguments.night)
    catalogue = exact_catalogue_for(config)
    began = time.perf_counter()
    replayed = replay(acts, config, catalogue)
    took = time.perf_counter() - began
    recording = replayed.recording
    with folder_for(out):
        recording.write_trace(out / "trace.jsonl")
        recording.write_curve(out / "curve.csv")
    say(
        f"a night of {format_duration(recording.length_s)} in {took:.2f} s "
        f"({replayed.world.passes} passes of the loop, {len(recording.light)} light writes)"
    )
    print(f"trace  {out / 'trace.jsonl'}")
    print(f"curve  {out / 'curve.csv'}")
    if not arguments.no_chart:
        title = arguments.night.name if arguments.night else "one press, one night"
        try:
            chart.draw(night_of_recording(recording, title), out / "night.png")
            print(f"chart  {out / 'night.png'}")
        except chart.ChartsMissing as error:
            say(f"no chart: {error}")
    if arguments.sound:
        make_beds(catalogue.folders)
        progress = Progress("rendering sound")
        write_sound(replayed, catalogue, arguments.sound, out / "sound.flac", progress)
        progress.done()
        print(f"sound  {out / 'sound.flac'}")
    for breach in replayed.breaches:
        say(str(breach))
    if replayed.breaches:
        return FAILED
    say("the seven promises of night safety were kept at every moment")
    return 0
