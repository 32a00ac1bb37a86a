"""One thing that was looked at: how it stands, and what to do about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` is the thing in a word or two; `mend` is empty when nothing needs doing."""

    subject: str
    level: Level
    message: str
    mend: str = ""


def ok(subject: str, message: str) -> Finding:
    return Finding(subject, Level.OK, message)


def warning(subject: str, message: str, mend: str) -> Finding:
    return Finding(subject, Level.WARNING, message, mend)


def wrong(subject: str, message: str, mend: str) -> Finding:
    return Finding(subject, Level.WRONG, message, mend)


def unknown(subject: str, message: str, mend: str = "") -> Finding:
    return Finding(subject, Level.UNKNOWN, message, mend)


def only_for(service: str, subject: str, message: str = "") -> Finding:
    """What nobody but the user that runs the box can tell; root asks as that user."""
    words = f"{message}; " if message else ""
    return unknown(subject, f"{words}only {service} may look there", "sudo nidra-box doctor")
