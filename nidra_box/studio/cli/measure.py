"""`programmes --measure`: every programme in numbers, as rendered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from nidra_box.cli.common import Progress, say
from nidra_box.library.catalogue import Catalogue
from nidra_box.studio.writing import measures
from nidra_box.words import format_duration, printable

HEADS = (
    *("programme", "length", "words", "w/min", "speech", "lit", "breaths"),
    *("voice", "bed", "asleep", "peak", "last sound"),
)


def measured(catalogue: Catalogue, name: str, label: str) -> dict[str, Any]:
    score = catalogue.compile(catalogue.scripts()[name])[1].score
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


def print_measures(rows: list[dict[str, Any]]) -> None:
    table = [list(HEADS)] + [_cells(row) for row in rows if row["reason"] is None]
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
        if row["reason"] is not None:
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
