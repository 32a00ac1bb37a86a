"""The volume scale in dB, with its floor and ceilings. Pure.

Equal steps in dB sound equal. pygame's scale of 0 to 128 has steps of 2.5, 3.5 and 6 dB at its
quiet end, where a bedroom needs the finest.
"""

from __future__ import annotations

from nidra_box.session.events import Settings

NIGHT_CEILING_LEAD_S = 12.0
"""[D] The night ceiling applies this long before a sleep stage, so that its fade goes unnoticed."""


def clamp(db: float, low: float, high: float) -> float:
    return max(low, min(high, db))


def ceiling(settings: Settings, asleep: bool) -> float:
    """The highest level allowed now, dB."""
    if asleep:
        return min(settings.ceiling_db, settings.night_ceiling_db)
    return settings.ceiling_db


def start_level(settings: Settings, last_db: float) -> float:
    """min(last, start level): yesterday's volume must not wake anyone."""
    return min(last_db, settings.start_db)


def turned(settings: Settings, volume_db: float, steps: int, asleep: bool) -> float:
    """The volume after `steps` detents, counted from the level heard: a ceiling may hold the sound
    below the volume."""
    top = ceiling(settings, asleep)
    heard = min(volume_db, top)
    wanted = heard + steps * settings.step_db
    if steps > 0 and wanted > top:
        return max(volume_db, top) if volume_db > top else top
    return wanted
