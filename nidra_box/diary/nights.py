"""The file of nights: one JSON line for each, for a year, in under 64 kB.

A new night is appended. A night that is saved again replaces its line, and a file that is too
long loses its oldest lines; both write a new file and rename it. Torn and invalid lines are
skipped. A full or failing disk is only logged: it must not stop the sound.

A line leaves out default values, so that a year of ordinary nights fits.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from nidra_box.diary.night_log import Night
from nidra_box.documents.untrusted import fill, parse_object
from nidra_box.files import Writer, folder_for, no_link, read_file, sync, sync_folder, write_whole
from nidra_box.words import reason_of

NAME = "nights.jsonl"
MAX_NIGHTS = 366
MAX_BYTES = 64_000
log = logging.getLogger("nidra_box")


class NightFile:
    """`nights.jsonl` in one folder. Writing blocks for as long as the card takes to sync."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def read(self) -> list[Night]:
        """Every readable night, the oldest first; none if the file is missing. Raises OSError."""
        return [night for line in self._lines() if (night := _parse(line)) is not None]

    def last(self) -> Night | None:
        """The last night; None if it is missing or unreadable."""
        try:
            nights = self.read()
        except OSError:
            return None
        return nights[-1] if nights else None

    def keep(self, night: Night) -> str:
        """Append it, or replace the last line if that is the same night. Returns an error
        message or an empty string. Does not raise."""
        try:
            with folder_for(self.path.parent):
                self._keep(night)
        except OSError as error:
            return f"the night could not be written down: {reason_of(error)}"
        return ""

    def _keep(self, night: Night) -> None:
        lines = self._lines()
        whole = [line for line in lines if _parse(line) is not None]
        before = _parse(whole[-1]) if whole else None
        line = _line(night)
        is_same = before is not None and before.started_at == night.started_at
        kept = _newest([*(whole[:-1] if is_same else whole), line])
        if not is_same and len(kept) == len(lines) + 1:
            self._append(line)
        else:
            write_whole(self.path, b"".join(line + b"\n" for line in kept))

    def _lines(self) -> list[bytes]:
        """The lines of the file; a torn last line is made invalid."""
        try:
            raw = read_file(self.path, 4 * MAX_BYTES)
        except FileNotFoundError:
            return []
        lines = raw.split(b"\n")
        if lines[-1]:
            lines[-1] += b"\x00"  # it may be incomplete
        return [line for line in lines if line]

    def _append(self, line: bytes) -> None:
        is_new = not self.path.exists()
        with open(self.path, "ab", opener=no_link) as stream:
            stream.write(line + b"\n")
            sync(stream)
        if is_new:
            sync_folder(self.path.parent)


def _newest(lines: list[bytes]) -> list[bytes]:
    """As many of the last lines as fit MAX_NIGHTS and MAX_BYTES."""
    kept, size = 0, 0
    for line in reversed(lines[-MAX_NIGHTS:]):
        size += len(line) + 1
        if size > MAX_BYTES:
            break
        kept += 1
    return lines[len(lines) - kept :]


def _line(night: Night) -> bytes:
    defaults = asdict(Night())
    values = {name: value for name, value in asdict(night).items() if value != defaults[name]}
    started = datetime.fromtimestamp(night.started, UTC).astimezone()
    values["started"] = started.isoformat(timespec="seconds")
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _parse(line: bytes) -> Night | None:
    """The night of one line; None if it is invalid."""
    try:
        found = parse_object(line)
        started = datetime.fromisoformat(found["started"]).timestamp()
        return fill(Night, found | {"started": started})
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None


class BackgroundNights:
    """Writes nights on its own thread; skips a version of a night if a newer one is waiting."""

    def __init__(
        self,
        file: NightFile,
        complain: Callable[[str], None] = lambda text: log.warning("%s", text),
    ) -> None:
        self._writer: Writer[Night] = Writer("nights", file.keep, complain, _is_same)

    def keep(self, night: Night) -> None:
        """Owner's thread; does not block."""
        self._writer.put(night)

    def close(self) -> None:
        """Wait until everything is written, for some seconds at most."""
        self._writer.close()


def _is_same(newer: Night, older: Night) -> bool:
    return newer.started_at == older.started_at
