"""The diary in systemd's journal: the same lines, with fields that programs can query.

    journalctl -u nidra-box NIDRA_FAULT=1
    journalctl -u nidra-box -o json --output-fields=MESSAGE,NIDRA_PHASE,NIDRA_PROGRAMME

Every entry has NIDRA_WHAT, NIDRA_PHASE, NIDRA_PROGRAMME while one plays, each fact as
NIDRA_<NAME>, and a MESSAGE_ID for its kind; a fault has NIDRA_FAULT=1, an end by a bug
NIDRA_TRACEBACK. Entries come from the owner's thread, lines of `logging` from any. Needs
systemd-python (see `supervisor`).
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nidra_box.diary.diary import Diary, Log, Sink, log
from nidra_box.diary.entries import Entry, Severity

try:
    from systemd import journal as _journal  # type: ignore[attr-defined, unused-ignore]
except ImportError:
    _journal = None

KINDS = uuid.UUID("7c1f9a52-6f0b-4a0e-9a53-2d8f4be1c0d7")
"""The namespace of MESSAGE_IDs. Do not change: the ID of a kind must stay the same."""
PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}
LOGGED = "log"
"""NIDRA_WHAT of a line of `logging`, which is no diary entry."""


def message_id(what: str) -> str:
    """The MESSAGE_ID of a kind of event, 32 hexadecimal digits."""
    return uuid.uuid5(KINDS, what).hex


class Journal:
    """Entries with fields through `journal.send`; through `spare` when that fails."""

    def __init__(self, journal: Any, spare: Sink) -> None:
        self._journal = journal
        self._spare = spare
        self.diary = Diary()
        """Whose entry was noted last."""

    def note(self, at: float, entry: Entry, diary: Diary) -> None:
        self.diary = diary
        if not log.isEnabledFor(entry.severity):
            return
        facts = {"WHAT": entry.what, "PHASE": diary.phase} | {
            name.upper(): str(value) for name, value in entry.facts().items()
        }
        if diary.programme:
            facts.setdefault("PROGRAMME", diary.programme)
        if entry.severity >= Severity.FAULT:
            facts["FAULT"] = "1"
        if not _send(self._journal, entry.sentence(), entry.severity, facts):
            self._spare.note(at, entry, diary)

    @contextmanager
    def takes_log(self) -> Iterator[None]:
        """Send the lines of `logging` to the journal, too, instead of stderr."""
        root = logging.getLogger()
        before = root.handlers
        root.handlers = [_LogToJournal(self._journal, before)]
        try:
            yield
        finally:
            root.handlers = before


class _LogToJournal(logging.Handler):
    """Sends log records to the journal; warnings count as faults. Any thread."""

    def __init__(self, journal: Any, spare: list[logging.Handler]) -> None:
        super().__init__()
        self._journal = journal
        self._spare = spare

    def emit(self, record: logging.LogRecord) -> None:
        facts = {"WHAT": LOGGED}
        if record.levelno >= logging.WARNING:
            facts["FAULT"] = "1"
        if not _send(self._journal, record.getMessage(), record.levelno, facts):
            for handler in self._spare:
                handler.handle(record)


def _send(journal: Any, message: str, level: int, facts: dict[str, str]) -> bool:
    """Send one entry; False if the journal refuses it."""
    try:
        journal.send(
            _utf8(message),
            MESSAGE_ID=message_id(facts["WHAT"]),
            CODE_FUNC="note",  # otherwise `send` reads source files to find the caller
            SYSLOG_IDENTIFIER="nidra-box",
            PRIORITY=PRIORITIES.get(level, 6),
            **{f"NIDRA_{name}": _utf8(value) for name, value in facts.items()},
        )
    except OSError:
        return False
    return True


def _utf8(text: str) -> str:
    """Escape bytes of file names that are not UTF-8, which `send` refuses."""
    return text.encode("utf-8", "backslashreplace").decode()


def speaks_to_journal(stream: str, descriptor: int = 2) -> bool:
    """Whether our stderr is `stream` (JOURNAL_STREAM, "device:inode"). A child of a service may
    inherit the variable with another stderr."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return stream == f"{found.st_dev}:{found.st_ino}"


def find_log() -> Sink:
    """The journal if stderr is one and systemd-python is installed, else plain lines."""
    if _journal is None or not speaks_to_journal(os.environ.get("JOURNAL_STREAM", "")):
        return Log()
    return Journal(_journal, Log())
