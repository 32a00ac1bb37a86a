"""`render`, `beds`: making sound."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

from nidra_box.cli.common import (
    SERVICE_STATE,
    Failed,
    Progress,
    add_config_option,
    add_force_option,
    config_of,
    folders_for,
    may_write,
    say,
    seconds_of,
)
from nidra_box.cli.playable import catalogue_for, make_beds, make_beds_into, score_named
from nidra_box.cli.service_user import become_service_user
from nidra_box.documents.fields import format_duration
from nidra_box.studio.writing.render import CannotWrite, render_score


def add_commands(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    render = commands.add_parser(
        "render",
        help="the sound of a programme to a file",
        description="Render a programme (or a part of it) as fast as the machine can, at full "
        "volume: flac, wav, ogg or opus by the file's name.",
        epilog="example:\n  nidra-box render lower-back-night -o hear.flac --from 0:00 --to 5:00",
        formatter_class=raw,
    )
    render.add_argument("id", metavar="ID", help="a programme, or the file of a script")
    render.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    render.add_argument("--from", dest="begin", type=seconds_of, default=0.0, metavar="TIME")
    render.add_argument("--to", dest="end", type=seconds_of, default=None, metavar="TIME")
    add_force_option(render)
    add_config_option(render)
    render.set_defaults(run=render_programme)

    beds = commands.add_parser(
        "beds",
        help="synthesise the beds, the bowl and the bell",
        description="Make the sounds that are not recorded but computed, those that are not "
        "there yet or are damaged, and name each on its own line. Done by itself when they "
        "are needed; here for installers.",
        epilog="example:\n  nidra-box beds",
        formatter_class=raw,
    )
    beds.add_argument("--into", type=Path, metavar="DIR", help="where to (default: the cache)")
    beds.add_argument("--quiet", action="store_true", help="no progress bar")
    add_config_option(beds)
    beds.set_defaults(run=make_all_beds)


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


def make_all_beds(arguments: argparse.Namespace) -> int:
    config, _ = config_of(arguments)
    folders = folders_for(config)
    if arguments.into is not None:
        os.nice(10)  # the box that waits for these is playing meanwhile
    elif folders.state == SERVICE_STATE and become_service_user():
        os.chdir("/")  # the service could not make anew what root has made in its folder
    into = folders.beds if arguments.into is None else arguments.into
    make_beds_into(into, arguments.quiet, thorough=True, made=lambda name: print(name, flush=True))
    return 0
