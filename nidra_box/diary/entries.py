"""The diary of a night: one line per event that says what a person wants to know.

The loop notes facts (`what` and fields); a diary turns them into log lines, a trace, or
the lines of the simulator. It never decides anything.
"""

from __future__ import annotations

import logging
from typing import Protocol

from nidra_box.words import format_duration, printable

Value = str | float | int
log = logging.getLogger("nidra_box")


class Diary(Protocol):
    def note(self, at: float, what: str, **fields: Value) -> None:
        """Owner's thread; must not block for long and must not raise."""
        ...


QUIET = frozenset({"cue", "gesture", "phase"})
FATAL = "fatal"
FAULTS = frozenset(
    {
        FATAL,
        "fault",
        "trouble",
        "refused",
        "sound lost",
        "late",
        "nothing to play",
        "configuration refused",
    }
)
"""Everything that went wrong. What a person did, and what the box does as it is told, is not."""


def level_of(what: str) -> int:
    """How much an event matters, as a level of `logging`."""
    if what == FATAL:
        return logging.ERROR
    if what in FAULTS:
        return logging.WARNING
    return logging.DEBUG if what in QUIET else logging.INFO


class LogDiary:
    """One plain line per event through `logging` (stderr)."""

    def note(self, at: float, what: str, **fields: Value) -> None:
        log.log(level_of(what), "%s", sentence(what, fields))


def sentence(what: str, fields: dict[str, Value]) -> str:
    """What happened in a person's words."""
    words = _SENTENCES.get(what)
    if words is None:
        return what + "".join(f", {key} {value}" for key, value in fields.items())
    shown = {key: _shown(key, value) for key, value in fields.items()}
    try:
        text = words.format(**shown)
    except KeyError:
        text = what
    return " ".join(text.split())


_SENTENCES = {
    "ready": "ready: {programmes} programmes, {chosen} is chosen; {light}",
    "power returned": "the power is back: the night goes on by itself, softly",
    "stays silent": "the power is back: silent and dark, {reason}",
    "start": "plays {title} from {from_s} at {volume_db}",
    "pause": "paused at {position_s}",
    "go on": "goes on at {position_s}",
    "stop": "stopped by hand at {position_s}",
    "end": "the programme has ended after {position_s}: silent and dark",
    "timer": "the sleep timer has ended the sound at {position_s}: silent and dark",
    "winding down": "the sleep timer fades the sound over {for_s}",
    "not yet": "not yet: the sound comes back, {more_s} more",
    "comfort light": "a hand in the dark: red light for {for_s}",
    "volume": "volume {db}",
    "brightness": "brightness {percent} %",
    "stage": "stage {stage} ({kind})",
    "cue": "says: {words}",
    "sound lost": "no sound: {reason}; trying again",
    "sound found": "the sound plays on {card}",
    "card level": "the card's own mixer ({mixer}): {level}",
    "refused": "cannot play {programme}: {reason}",
    "awaited": "{sound} is being made, and joins in when it is there",
    "fault": "fault: {part}: {reason}",
    "fatal": "{reason}",
    "trouble": "the {line} is {state}",
    "ignored": "a {gesture} means nothing here",
    "locked": "a {gesture} is locked for the night",
    "power enough": "the supply is strong enough again",
    "light": "the light was switched by hand",
    "nothing to play": "nothing can be played: silent and dark",
    "paused too long": "paused for long: the box is idle again",
    "shutdown": "asked to stop: fading out",
    "new version": "a new version is installed: starts afresh when idle",
    "afresh": "idle and dark: ends, to be started as the new version",
    "configuration": "new settings from {file}",
    "configuration refused": "the settings stay as they were: {reason}",
    "late": "the sound ring turned over late ({count} times so far)",
}


def _shown(key: str, value: Value) -> str:
    if isinstance(value, str):
        return printable(value)
    if key.endswith("_s"):
        return format_duration(value)
    if key.endswith("db"):
        return f"{value:g} dB"
    return f"{value:g}" if isinstance(value, float) else str(value)
