"""`preview`: a programme's night as a chart."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from nidra_box.cli.common import Failed, add_config_option, add_force_option, config_of, may_write
from nidra_box.cli.common.playable import exact_catalogue_for, score_named
from nidra_box.studio import chart


def add_commands(commands: Any) -> None:
    parser = commands.add_parser(
        "preview",
        help="a programme's night as a chart",
        epilog="example:\n  nidra-box preview lower-back-night -o night.png",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("id", metavar="ID", help="a programme, or the file of a script")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="PNG")
    add_force_option(parser)
    add_config_option(parser)
    parser.set_defaults(run=preview_programme)


def preview_programme(arguments: argparse.Namespace) -> int:
    config, _ = config_of(arguments)
    score = score_named(exact_catalogue_for(config), arguments.id)
    may_write(arguments.force, arguments.output)
    try:
        chart.draw(chart.night_of_score(score), arguments.output)
    except chart.ChartsMissing as error:
        raise Failed(str(error)) from error
    print(arguments.output)
    return 0
