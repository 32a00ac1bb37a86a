"""How the box stands now: as values for a program, as one line for a person. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nidra_box.session.events import Phase
from nidra_box.words import format_duration, printable

if TYPE_CHECKING:  # whoever only asks needs no numpy
    from nidra_box.session.session import Session


_FIELDS = (
    "phase programme title chosen position_s duration_s stage in_the_dark volume_db timer_left_s"
    " sound card light"
)
NOTHING: dict[str, Any] = dict.fromkeys(_FIELDS.split()) | {"faults": []}
"""The fields of `standing` where no box runs."""


def standing(
    session: Session,
    now: float,
    light: str,
    card: str,
    sound_gone: str,
    faults: Sequence[str],
) -> dict[str, Any]:
    """What `nidra-box status --json` prints. Times in seconds, levels in dB under full scale;
    None where there is nothing to say. `light` names what drives the lamp, `card` what
    the sound plays on, `sound_gone` says why there is none (empty when there is one)."""
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
        "stage": _stage(session, now),
        "in_the_dark": session.sleeps(now),
        "volume_db": round(session.target_db(now), 2),
        "timer_left_s": None if timer_left_s is None else round(max(0.0, timer_left_s), 1),
        "sound": sound_gone or "on",
        "card": None if sound_gone else card,
        "light": light,
        "faults": list(faults),
    }


def _stage(session: Session, now: float) -> str | None:
    if session.outline is None or session.outline.score is None:
        return None
    position_s = max(0.0, session.position(now))
    stages = session.outline.score.stages
    return next((s.id for s in stages if s.start_s <= position_s < s.end_s), None)


def status_line(found: dict[str, Any]) -> str:
    """One line for a person."""
    faults = found.get("faults") or []
    stage, left_s = found.get("stage"), found.get("timer_left_s")
    parts = [
        _playing(found),
        *([f"stage {stage}"] if stage else []),
        f"volume {found.get('volume_db', 0.0):g} dB",
        *([f"{format_duration(left_s)} left on the timer"] if left_s is not None else []),
        _sound(found),
        str(found.get("light", "")),
        f"faults: {'; '.join(map(str, faults))}" if faults else "no faults",
    ]
    return printable(", ".join(parts))


def _sound(found: dict[str, Any]) -> str:
    """An older box, which plays on through an upgrade, does not name its card."""
    if found.get("sound") != "on":
        return "no sound"
    return f"sound on {found['card']}" if found.get("card") else "sound on"


_DOES = {"playing": "plays", "paused": "paused in", "winding down": "fades out"}


def _playing(found: dict[str, Any]) -> str:
    phase = str(found.get("phase", ""))
    if found.get("title") is None:
        return f"{phase}, {found.get('chosen') or 'nothing'} is chosen"
    place = f"{format_duration(found['position_s'])} of {format_duration(found['duration_s'])}"
    return f"{_DOES.get(phase, phase)} {found['title']} at {place}"
