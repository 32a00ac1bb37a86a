"""`render`: the sound of a programme to a file."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from nidra_box.cli.common import (
    Failed,
    Progress,
    add_config_option,
    add_force_option,
    config_of,
    may_write,
    say,
    seconds_of,
)
from nidra_box.cli.common.playable import catalogue_for, make_beds, score_named
from nidra_box.studio.writing.render import CannotWrite, render_score
from nidra_box.words import format_duration


def add_commands(commands: Any) -> None:
    parser = commands.add_parser(
        "render",
        help="the sound of a programme to a file",
        description="Render a programme (or a part of it) as fast as the machine can, at full "
        "volume: flac, wav, ogg or opus by the file's name.",
        epilog="example:\n  nidra-box render lower-back-night -o hear.flac --from 0:00 --to 5:00",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("id", metavar="ID", help="a programme, or the file of a script")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    parser.add_argument("--from", dest="begin", type=seconds_of, default=0.0, metavar="TIME")
    parser.add_argument("--to", dest="end", type=seconds_of, default=None, metavar="TIME")
    add_force_option(parser)
    add_config_option(parser)
    parser.set_defaults(run=render_programme)


def render_programme(arguments: argparse.Namespace) -> int:
    may_write(arguments.force, arguments.output)
    config, _ = config_of(arguments)
    catalogue = catalogue_for(config)
    score = score_named(catalogue, arguments.id)
    end = score.duration_s if arguments.end is None else arguments.end
    if not arguments.begin < end:
        raise Failed(f"--to {format_duration(end)} is not after --from", 2)
    make_beds(catalogue.folders)
    progress = Progress(f"rendering {score.id}")
    complaints: list[str] = []
    began = time.perf_counter()
    try:
        render_score(
            score,
            arguments.output,
            catalogue.open_source,
            arguments.begin,
            end,
            progress,
            lambda name, reason: complaints.append(f"{name} {reason}"),
        )
    except CannotWrite as error:
        raise Failed(str(error)) from error
    progress.done()
    took = time.perf_counter() - began
    for complaint in complaints:
        say(complaint)
    say(
        f"{format_duration(end - arguments.begin)} in {took:.1f} s "
        f"({(end - arguments.begin) / took:.0f} × real time)"
    )
    print(arguments.output)
    return 0
