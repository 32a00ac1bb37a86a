"""`programmes`: what can be played."""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nidra_box.cli.common import add_config_option, config_of, print_json, say
from nidra_box.cli.common.playable import catalogue_for, make_beds
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import NO_FOLDER
from nidra_box.library.listing import READY, Listed, listed
from nidra_box.words import fitted, format_duration, printable, width_of

MEASURED = """\
Every programme and recording, in the order of the second press, then every other file and
folder of the library with its state: being taken in (how much of it, and how long that will
take), waiting, or not played, with the reason and what to do.

--measure shows every programme in numbers: its words, words a minute while somebody speaks,
speech as a share of the stages before sleep, minutes with light, the slowest and the fastest
breath, LUFS, the highest true peak, the time after which there is no sound any more. The
voice is all clips, decoded; the bed is rendered in ten half minutes spread over the stages
before sleep, and for one minute in the middle of the longest sleep; the peak is that of
everything together, rendered in full up to sleep and for that minute. Recordings are left
out. A quarter of an hour of words takes a few seconds.
"""


def add_commands(commands: Any) -> None:
    programmes = commands.add_parser(
        "programmes",
        help="what can be played",
        description=MEASURED,
        epilog="example:\n  nidra-box programmes --json\n  nidra-box programmes --measure",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    programmes.add_argument("--json", action="store_true", help="for programs")
    programmes.add_argument("--measure", action="store_true", help="in numbers, as rendered")
    add_config_option(programmes)
    programmes.set_defaults(run=list_programmes)


def list_programmes(arguments: argparse.Namespace) -> int:
    config, _ = config_of(arguments)
    catalogue = catalogue_for(config)
    folders = catalogue.folders
    for folder in folders.no_folders():
        if folder != folders.library:
            say(f"{folder} {NO_FOLDER}")
    for _, reason in catalogue.stock.troubles:
        say(reason)
    found = listed(catalogue, config.programmes)
    if arguments.measure:
        return _measure(arguments, catalogue, [row for row in found if row.chosen])
    if arguments.json:
        print_json("programmes", {"programmes": [_fields(row) for row in found]})
    else:
        _print_list(found)
    return 0


def _measure(arguments: argparse.Namespace, catalogue: Catalogue, found: list[Listed]) -> int:
    """The scripts that the second press comes to, in numbers."""
    measure = arguments.studio("measure", "--measure")
    make_beds(catalogue.folders)
    rows = [_fields(row) for row in found if row.file is None]
    for number, row in enumerate(rows):
        if row["state"] == READY:
            label = f"measuring {number + 1} of {len(rows)}"
            row.update(measure.measured(catalogue, row["id"], label))
    if arguments.json:
        print_json("programmes", {"programmes": rows})
    else:
        measure.print_measures(rows)
    return 0


def _fields(row: Listed) -> dict[str, Any]:
    """`length_s` is what `duration_s` was called before there were recordings to wait for."""
    return {**asdict(row), "length_s": row.duration_s}


def _print_list(rows: list[Listed]) -> None:
    """A line each, cut to the terminal; why something is not heard is never cut."""
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    width = max([width_of(printable(row.id)) for row in rows] + [4])
    width = min(width, max(columns // 3, 8))
    in_circle = True
    for row in rows:
        if in_circle and not row.chosen:
            print("\nWhat a second press does not come to:")
            in_circle = False
        name = fitted(printable(row.id), width)
        if row.state != READY:
            reason = f": {printable(row.reason)}" if row.reason else ""
            print(f"{name}  {'—':>8}  {row.progress}{reason}")
            continue
        length = format_duration(row.duration_s or 0.0)
        title = ", ".join(printable(text) for text in (row.title, row.teacher) if text)
        line = f"{name}  {length:>8}  {row.kind:<10} {row.ending:<13}  {title}"
        if row.file and Path(row.file).stem != row.title:
            line += f"  ({printable(row.file)})"
        print(line if width_of(line) <= columns else fitted(line, columns))
        if row.lacks:
            print(f"{'':{width}}  {printable(row.lacks)}")
