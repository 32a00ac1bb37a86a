"""`programmes`, `book`: all programmes, as a list, in numbers, and as a page with charts."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from nidra_box.cli.common import Progress, add_config_option, config_of, say
from nidra_box.cli.playable import catalogue_for, make_beds
from nidra_box.diary.entries import printable
from nidra_box.documents.fields import format_duration
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.port import CannotPlay
from nidra_box.library.recordings import is_recording
from nidra_box.studio.writing import measures

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

HEADS = (
    *("programme", "length", "words", "w/min", "speech", "lit", "breaths"),
    *("voice", "bed", "asleep", "peak", "last sound"),
)


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
    rows: list[dict[str, Any]] = []
    if arguments.measure:
        make_beds(catalogue.folders)
        ids = [name for name in ids if not is_recording(name)]
    for number, name in enumerate(ids):
        try:
            score, _ = catalogue.load(name)
        except CannotPlay as error:
            rows.append({"id": name, "reason": str(error)})
            continue
        rows.append(
            {
                "id": name,
                "title": score.title,
                "length_s": score.duration_s,
                "kind": str(score.kind),
                "ending": str(score.ending),
            }
        )
        if arguments.measure:
            rows[-1] |= _measured(catalogue, name, f"measuring {number + 1} of {len(ids)}")
    if arguments.json:
        print(json.dumps(rows, indent=1))
    elif arguments.measure:
        _print_measures(rows)
    else:
        _print_list(rows)
    return 0


def _measured(catalogue: Catalogue, name: str, label: str) -> dict[str, Any]:
    score, _ = catalogue.load(name)
    progress = Progress(label)
    complaints: list[str] = []
    sound = measures.of_sound(
        score,
        catalogue.open_source,
        lambda share: progress(share, name),
        lambda source, reason: complaints.append(f"{source} {reason}"),
    )
    progress.done()
    for complaint in complaints:
        say(complaint)
    found = asdict(measures.of_score(score)) | asdict(sound)
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in found.items()}


def _print_list(rows: list[dict[str, Any]]) -> None:
    width = max([len(printable(row["id"])) for row in rows] + [4])
    for row in rows:
        name = printable(str(row["id"])).ljust(width)
        if "reason" in row:
            print(f"{name}  {'—':>8}  cannot be played: {printable(str(row['reason']))}")
        else:
            length = format_duration(float(row["length_s"]))
            title = printable(str(row["title"]))
            print(f"{name}  {length:>8}  {row['kind']:<10} {row['ending']:<13}  {title}")


def _print_measures(rows: list[dict[str, Any]]) -> None:
    table = [list(HEADS)] + [_cells(row) for row in rows if "reason" not in row]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADS))]
    for line in table:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print("  ".join(cells))
    print(
        "lengths h:mm:ss, voice, bed and asleep in LUFS, peak in dBTP; ≈ some words have no "
        "clip yet"
    )
    for row in rows:
        if "reason" in row:
            print(f"{printable(str(row['id']))} cannot be played: {printable(str(row['reason']))}")


def _cells(row: dict[str, Any]) -> list[str]:
    def number(key: str, form: str = ".1f") -> str:
        value = row[key]
        return "—" if value is None else f"{value:{form}}"

    about = "≈" if row["estimated"] else ""
    breaths = f"{number('slowest_breath')}–{number('fastest_breath')}"
    last = row["last_sound_s"]
    return [
        printable(str(row["id"])),
        format_duration(row["length_s"]),
        str(row["words"] or "—"),
        about + number("words_per_minute", ".0f"),
        about + number("speech_share", ".0%"),
        format_duration(row["lit_s"]),
        "—" if row["slowest_breath"] is None else breaths,
        number("voice_lufs"),
        number("bed_lufs"),
        number("sleep_lufs"),
        number("true_peak_db"),
        "—" if last is None else format_duration(last),
    ]
