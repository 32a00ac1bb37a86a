"""How the box stands now: as values for a program, as one line for a person. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nidra_box.appliance.diary import printable
from nidra_box.documents.fields import format_duration
from nidra_box.session.events import Phase
from nidra_box.session.session import Session


def standing(
    session: Session, now: float, light: str, sound_gone: str, faults: Sequence[str]
) -> dict[str, Any]:
    """What `nidra-box status --json` prints. Times in seconds, levels in dB under full scale;
    None where there is nothing to say. `light` names what drives the lamp, `sound_gone` says
    why there is no sound card (empty when there is one)."""
    outline = session.outline
    timer_left_s = session.remaining_s
    if session.ends_at is not None:
        timer_left_s = session.ends_at - now
    if session.settings.timer_s <= 0.0 and session.phase is not Phase.WINDING_DOWN:
        timer_left_s = None  # only the limit that every night has
    return {
        "phase": str(session.phase),
        "programme": None if outline is None else outline.id,
        "title": None if outline is None else outline.title,
        "chosen": session.chosen,
        "position_s": None if outline is None else round(max(0.0, session.position(now)), 1),
        "duration_s": None if outline is None else round(outline.duration_s, 1),
        "in_the_dark": session.sleeps(now),
        "volume_db": round(session.target_db(now), 2),
        "timer_left_s": None if timer_left_s is None else round(max(0.0, timer_left_s), 1),
        "sound": sound_gone or "on",
        "light": light,
        "faults": [*([sound_gone] if sound_gone else []), *faults],
    }


def status_line(found: dict[str, Any]) -> str:
    """One line for a person."""
    faults = found.get("faults") or []
    parts = [
        _playing(found),
        f"volume {found.get('volume_db', 0.0):g} dB",
        "sound card on" if found.get("sound") == "on" else "no sound",
        str(found.get("light", "")),
        f"faults: {'; '.join(map(str, faults))}" if faults else "no faults",
    ]
    left_s = found.get("timer_left_s")
    if left_s is not None:
        parts.insert(2, f"{format_duration(left_s)} left on the timer")
    return printable(", ".join(parts))


_DOES = {"playing": "plays", "paused": "paused in", "winding down": "fades out"}


def _playing(found: dict[str, Any]) -> str:
    phase = str(found.get("phase", ""))
    if found.get("title") is None:
        return f"{phase}, {found.get('chosen') or 'nothing'} is chosen"
    place = f"{format_duration(found['position_s'])} of {format_duration(found['duration_s'])}"
    return f"{_DOES.get(phase, phase)} {found['title']} at {place}"
