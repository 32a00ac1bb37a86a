"""What was found out about a recording and what is done about it, in sentences for a person. Pure.

`add`, `show`, `describe` and the list of reasons all ask here, so that they say the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from nidra_box.library.person import Lamp, Person
from nidra_box.library.record import Damage, Item, Jolt, Record
from nidra_box.words import format_duration, printable

TARGET_LUFS = -24.0
LONGEST_FADE_S = 60.0
FADE_SHARE = 0.1
MAX_SAID = 5
"""More places than these are a number; `show` lists all."""


def what_it_is(record: Record) -> str:
    """`AAC in MP4, 8:07:24, mono, -38.2 LUFS`."""
    channels = "mono" if record.channels == 1 else "stereo"
    said = [record.kind, format_duration(record.duration_s), channels, f"{record.lufs:.1f} LUFS"]
    return ", ".join(part for part in said if part)


def findings(record: Record) -> list[str]:
    """Everything odd that was found, each with what is done about it; most records have none."""
    found: list[str] = []
    if record.promised_s:
        promised, held = format_duration(record.promised_s), format_duration(record.duration_s)
        found.append(f"its header promises {promised}, it holds {held}: all that it holds plays")
    found += _some([damage_line(each) for each in record.damage], "damaged spots")
    found += _some([jolt_line(record, each) for each in record.jolts], "late jolts")
    return [*found, *(note for note in record.notes if note not in found)]


def what_is_done(record: Record, person: Person) -> list[str]:
    """How it plays: its level, its light, its end."""
    return [gain_line(record), light_line(record, person), end_line(record, person)]


def jolt_line(record: Record, jolt: Jolt) -> str:
    held_db = held_at(record, jolt)
    done = f"held down by {held_db:.0f} dB" if held_db >= 0.5 else "left as it is"
    if held_db < 0.5 and record.soften == "never":
        done = "left as it is, since you said: never soften"
    over = f"{jolt.over_db:.0f} dB above what came before"
    return f"a late jolt at {format_duration(jolt.start_s)}, {over}: {done}"


def held_at(record: Record, jolt: Jolt) -> float:
    """By how many dB the gain goes down for it, at most."""
    times, gains = record.softening_s, record.softening_db
    first, last = bisect_left(times, jolt.start_s), bisect_right(times, jolt.end_s)
    return max((-db for db in gains[max(first - 1, 0) : last + 1]), default=0.0)


def damage_line(damage: Damage) -> str:
    lost = f", {damage.lost_s:.1f} s are missing" if damage.lost_s else ""
    return f"damaged at {format_duration(damage.at_s)}{lost}: passed over with a fade"


def gain_line(record: Record) -> str:
    if abs(record.gain_db) < 0.05:
        return f"plays as loud as it is, at {record.lufs:.0f} LUFS"
    way = "louder" if record.gain_db > 0 else "softer"
    line = f"plays {abs(record.gain_db):.1f} dB {way}, at {record.lufs + record.gain_db:.0f} LUFS"
    why = {
        "peak": f"not at {TARGET_LUFS:.0f}, since its peak may not come nearer to full scale",
        "range": f"not at {TARGET_LUFS:.0f}, since no more than 20 dB are added and 30 taken away",
    }.get(record.held_by)
    return f"{line} ({why})" if why else line


def light_line(record: Record, person: Person) -> str:
    light = person.light
    if light.lamp is Lamp.NONE:
        return "no light"
    lit = f"the lamp for {format_duration(light.lit_s)}, then dark"
    if record.duration_s <= light.lit_s and not person.loop:
        lit = "the lamp to its end"
    if light.lamp is Lamp.STEADY:
        return f"{lit}: steady"
    first, last = light.rates
    return f"{lit}: {first:g} to {last:g} breaths a minute"


def end_line(record: Record, person: Person) -> str:
    if person.loop:
        return "goes round without a seam for 8 hours"
    if record.ends_softly:
        return "ends softly by itself"
    fade_s = min(LONGEST_FADE_S, FADE_SHARE * record.duration_s)
    return f"fades out over its last {fade_s:.0f} s"


def state_line(item: Item) -> str:
    """How far it is: *ready*, *being taken in, 37 %, about 4 min*, *waiting*, *not played: …*."""
    if item.state == "refused":
        return f"not played: {item.reason}"
    if item.state == "taking":
        left = f", {about(item.left_s)}" if item.left_s else ""
        return f"being taken in, {item.share:.0%}".replace("%", " %") + left
    return f"{item.state}: {item.reason}" if item.reason and item.state != "ready" else item.state


def library_line(items: Sequence[Item]) -> str:
    """What is not ready, in one line; empty when all is."""
    taking = [item for item in items if item.state == "taking"]
    waiting = sum(item.state == "waiting" for item in items)
    refused = [item for item in items if item.state == "refused"]
    parts = [f"{printable(item.name)} {state_line(item)}" for item in taking]
    parts += [f"{waiting} waiting"] if waiting else []
    if len(refused) == 1:
        parts += [f"{printable(refused[0].name)} {state_line(refused[0])}"]
    elif refused:
        parts += [f"{len(refused)} not played (nidra-box programmes says why)"]
    return f"library: {'; '.join(parts)}" if parts else ""


def about(seconds: float) -> str:
    """`about 4 min`, in steps in which a person thinks."""
    if seconds < 55:
        return f"about {max(round(seconds / 10) * 10, 10)} s"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:.1f} h"


def _some(lines: list[str], kind: str) -> list[str]:
    """All of a few; of many the first, and how many more."""
    if len(lines) <= MAX_SAID:
        return lines
    return [*lines[: MAX_SAID - 1], f"and {len(lines) - MAX_SAID + 1} more {kind}"]
