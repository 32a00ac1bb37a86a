"""The diary in systemd's journal: the same lines, and beside them what programs can ask for.

    journalctl -u nidra-box NIDRA_FAULT=1
    journalctl -u nidra-box -o json --output-fields=MESSAGE,NIDRA_PHASE,NIDRA_PROGRAMME

Every entry has NIDRA_WHAT, NIDRA_PHASE (the phase it happened in), NIDRA_PROGRAMME while one
is on, each fact of the event as NIDRA_<NAME>, and a MESSAGE_ID for its kind; everything that
went wrong has NIDRA_FAULT=1, an end by a bug NIDRA_TRACEBACK. Used by the owner's thread, but for
the lines of `logging`, which come from any; systemd-python is used when it is there (see
`supervisor`).
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
"""The namespace that MESSAGE_IDs are made in: the same kind has the same ID for ever."""
PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}
LOGGED = "log"
"""NIDRA_WHAT of what no event of the diary is: a line of `logging`."""


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
        """Meanwhile the lines of `logging` are entries, too, not lines on stderr beside them."""
        root = logging.getLogger()
        before = root.handlers
        root.handlers = [_LogToJournal(self._journal, before)]
        try:
            yield
        finally:
            root.handlers = before


class _LogToJournal(logging.Handler):
    """A warning of `logging` is something that went wrong. Any thread."""

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
    """One entry; False when the journal does not take it."""
    try:
        journal.send(
            _utf8(message),
            MESSAGE_ID=message_id(facts["WHAT"]),
            CODE_FUNC="note",  # else the caller's stack is looked up, in files
            SYSLOG_IDENTIFIER="nidra-box",
            PRIORITY=PRIORITIES.get(level, 6),
            **{f"NIDRA_{name}": _utf8(value) for name, value in facts.items()},
        )
    except OSError:
        return False
    return True


def _utf8(text: str) -> str:
    """A name of a file may hold bytes that are no UTF-8, which `send` does not take."""
    return text.encode("utf-8", "backslashreplace").decode()


def speaks_to_journal(stream: str, descriptor: int = 2) -> bool:
    """Whether `stream` (JOURNAL_STREAM, "device:inode") is what our stderr really is: a child
    of a service may have the variable and another stderr."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return stream == f"{found.st_dev}:{found.st_ino}"


def find_log() -> Sink:
    """The journal where systemd gave us one and systemd-python is installed, else plain lines."""
    if _journal is None or not speaks_to_journal(os.environ.get("JOURNAL_STREAM", "")):
        return Log()
    return Journal(_journal, Log())
