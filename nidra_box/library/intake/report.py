"""`taken-in.txt`: what became of what is in the library, for whoever has no terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nidra_box.library.findings import state_line
from nidra_box.library.record import Entry, Item
from nidra_box.words import format_duration, natural, printable

HEAD = "Nidra Box: what became of your recordings\n"
NOTHING = "\nNothing is in the library yet.\n"
NOT_PLAYED, COMING, READY = "Not played", "Still to come", "Ready to play"


def report_text(items: Sequence[Item], recordings: Sequence[Entry]) -> str:
    """What is not played and why comes first, then what is still to come, then what is ready."""
    by_id = {entry.id: entry for entry in recordings}
    there = {item.id for item in items if item.state == "ready"}
    refused = [item for item in items if item.state == "refused"]
    coming = [item for item in items if item.state in ("taking", "waiting")]
    ready = [(item.name, by_id[item.id]) for item in items if item.id in there & by_id.keys()]
    gone = [entry for entry in recordings if entry.id not in there]
    parts = [
        *_part(NOT_PLAYED, [(item.name, [item.reason]) for item in refused]),
        *_part(COMING, [(item.name, [state_line(item)]) for item in coming]),
        *_part(READY, [(name, [_title(entry)]) for name, entry in ready]),
        *_part(f"{READY}, but the file is gone", [(entry.name, [_title(entry)]) for entry in gone]),
    ]
    return "\n".join([HEAD, *parts]) if parts else HEAD + NOTHING


def _title(entry: Entry) -> str:
    by = f", {entry.teacher}" if entry.teacher else ""
    return f"{entry.title}{by}, {format_duration(entry.length_s)}"


def _part(head: str, rows: list[tuple[str, list[str]]]) -> Iterator[str]:
    if not rows:
        return
    yield f"{head} ({len(rows)})\n"
    for name, lines in sorted(rows, key=lambda row: natural(row[0])):
        yield f"  {printable(name)}"
        yield from (f"      {printable(line)}" for line in lines)
    yield ""
