"""`programmes`: what can be played."""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import Any

from nidra_box.cli.common import add_config_option, config_of, print_json, say
from nidra_box.cli.common.playable import catalogue_for, make_beds
from nidra_box.library.folders import NO_FOLDER
from nidra_box.library.judge import judge
from nidra_box.library.recordings import is_recording
from nidra_box.words import fitted, format_duration, printable, width_of

MEASURED = """\
Every programme and recording, in the order of the second press; those that cannot be
played, with the reason.

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
    ids = list(config.programmes or catalogue.ids())
    for folder in catalogue.folders.no_folders():
        say(f"{folder} {NO_FOLDER}")
    rows: list[dict[str, Any]] = []
    measure = arguments.studio("measure", "--measure") if arguments.measure else None
    if measure is not None:
        make_beds(catalogue.folders)
        ids = [name for name in ids if not is_recording(name)]
    for number, name in enumerate(ids):
        judged = judge(catalogue, name)
        score = judged.score
        rows.append(
            {
                "id": name,
                "title": score and score.title,
                "length_s": score and score.duration_s,
                "kind": score and str(score.kind),
                "ending": score and str(score.ending),
                "lacks": judged.half or None,
                "reason": None if score else judged.reason,
            }
        )
        if score and measure is not None:
            rows[-1] |= measure.measured(catalogue, name, f"measuring {number + 1} of {len(ids)}")
    if arguments.json:
        print_json("programmes", {"programmes": rows})
    elif measure is not None:
        measure.print_measures(rows)
    else:
        _print_list(rows)
    return 0


def _print_list(rows: list[dict[str, Any]]) -> None:
    """A line each, cut to the terminal; why something is not heard is never cut."""
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    width = max([width_of(printable(row["id"])) for row in rows] + [4])
    width = min(width, max(columns // 3, 8))
    for row in rows:
        name = fitted(printable(str(row["id"])), width)
        if row["reason"] is not None:
            print(f"{name}  {'—':>8}  cannot be played: {printable(str(row['reason']))}")
        else:
            length = format_duration(float(row["length_s"]))
            title = printable(str(row["title"]))
            line = f"{name}  {length:>8}  {row['kind']:<10} {row['ending']:<13}  {title}"
            print(line if width_of(line) <= columns else fitted(line, columns))
            if row["lacks"]:
                print(f"{'':{width}}  {row['lacks']}")
