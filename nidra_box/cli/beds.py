"""`beds`: make the computed sounds now."""

from __future__ import annotations

import argparse
import contextlib
import os
from pathlib import Path
from typing import Any

from nidra_box.cli.common import add_config_option, config_of, folders_for
from nidra_box.cli.common.playable import make_beds_into


def add_commands(commands: Any) -> None:
    beds = commands.add_parser(
        "beds",
        help="synthesise the beds, the bowl and the bell",
        description="Make the sounds that are not recorded but computed, those that are not "
        "there yet or are damaged, and name each on its own line. Done by itself when they "
        "are needed; here for installers.",
        epilog="example:\n  nidra-box beds",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    beds.add_argument("--into", type=Path, metavar="DIR", help="where to (default: the cache)")
    beds.add_argument("--quiet", action="store_true", help="no progress bar")
    add_config_option(beds)
    beds.set_defaults(run=make_all_beds)


def make_all_beds(arguments: argparse.Namespace) -> int:
    config, _ = config_of(arguments)
    folders = folders_for(config)
    if arguments.into is not None:  # the box that waits for these is playing meanwhile
        os.nice(10)
        with contextlib.suppress(OSError):  # no Linux
            Path("/proc/self/oom_score_adj").write_text("500")  # before the box, whose -500 it has
    into = folders.beds if arguments.into is None else arguments.into
    make_beds_into(into, arguments.quiet, thorough=True, made=lambda name: print(name, flush=True))
    return 0
