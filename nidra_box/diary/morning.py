"""A night as one line of text, and as values for programs. Time is an argument."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from nidra_box.diary.entries import Ending
from nidra_box.diary.night_log import Night
from nidra_box.words import format_duration

EVENING_HOUR, MORNING_HOUR = 17, 6
SLOW_PASS_MS = 1000.0
_OFTEN = ("never", "once", "twice")


def morning_line(night: Night, now: float) -> str:
    """What was played, how it ended, what was unusual. `now`: wall clock."""
    sentences = [f"{_when(night, now)}: {_course(night)}."]
    if night.extended:
        sentences.append(f"Extended {_times(night.extended)}.")
    if night.paused:
        sentences.append(f"Paused {_times(night.paused)}.")
    if night.touched:
        sentences.append(f"You touched it {_times(night.touched)} in the dark.")
    if night.restarts:
        sentences.append(f"The box started anew {_times(night.restarts)}.")
    if night.lost_card_s >= 1.0:
        sentences.append(f"The sound card was away for {_lasting(night.lost_card_s)}.")
    if night.late_turns:
        sentences.append(f"The sound was late {_times(night.late_turns)}.")
    if night.longest_ms >= SLOW_PASS_MS:
        busy = f"{night.longest_ms / 1000.0:.1f} s"
        sentences.append(f"The box once thought for {busy}.")
    sentences += [f"Fault: {fault}." for fault in night.faults]
    return " ".join(sentences)


def night_values(night: Night) -> dict[str, Any]:
    """All fields, and their times as ISO 8601 in local time; None is unknown."""
    values = asdict(night)
    values["started"] = _local(night.started).isoformat(timespec="seconds")
    for name in ("asleep", "faded", "silent"):
        after_s = values[f"{name}_s"]
        values[name] = (
            None
            if after_s is None
            else _local(night.started + after_s).isoformat(timespec="seconds")
        )
    return values


def _course(night: Night) -> str:
    what = ", then ".join(night.programmes) or "something"
    parts = [f"{what} from {_clock(night, 0.0)}"]
    if night.asleep_s is not None:
        parts.append(f"words and light until {_clock(night, night.asleep_s)}")
    if night.faded_s is not None and night.ended in (Ending.TIMER, Ending.HAND, Ending.PROGRAMME):
        parts.append(f"fading from {_clock(night, night.faded_s)}")
    parts.append(_ending(night))
    return ", ".join(parts)


def _ending(night: Night) -> str:
    if not night.ended:
        return "no end yet"
    if night.silent_s is None:
        return "then cut off, nobody knows when"
    at = _clock(night, night.silent_s)
    match night.ended:
        case Ending.HAND:
            return f"stopped by hand at {at}"
        case Ending.SHUTDOWN:
            return f"ended with the box at {at}"
        case Ending.PAUSE:
            return f"left paused until {at}"
        case Ending.NOTHING:
            return f"nothing left to play at {at}"
        case Ending.BROKEN:
            return f"broke off at {at}"
        case Ending.PROGRAMME | Ending.TIMER | Ending.CUT:
            return f"silent at {at}"


def _when(night: Night, now: float) -> str:
    began, today = _local(night.started), _local(now)
    evenings = today.toordinal() - began.toordinal() + (began.hour < MORNING_HOUR)
    if began.hour >= EVENING_HOUR or began.hour < MORNING_HOUR:
        if evenings in (0, 1):
            return ("Tonight", "Last night")[evenings]
    elif began.date() == today.date():
        return "Today"
    return f"{began:%Y-%m-%d}"


def _clock(night: Night, after_s: float) -> str:
    return f"{_local(night.started + after_s):%H:%M}"


def _local(wall: float) -> datetime:
    return datetime.fromtimestamp(wall, UTC).astimezone()


def _times(count: int) -> str:
    return _OFTEN[count] if count < len(_OFTEN) else f"{count} times"


def _lasting(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{format_duration(seconds)}"
