"""The volume scale: dB, never a fraction, with its floor and ceilings. Pure.

Equal steps in dB are equal steps to the ear. A scale of 0 to 128 (pygame's) has steps of
2.5, 3.5 and 6 dB where a bedroom needs it finest; here all steps are the same.
"""

from __future__ import annotations

from nidra_box.session.events import Settings

NIGHT_CEILING_LEAD_S = 12.0
"""[D] The night ceiling is reached this long before a sleep stage begins, so that nobody
hears it arrive."""


def clamp(db: float, low: float, high: float) -> float:
    return max(low, min(high, db))


def ceiling(settings: Settings, asleep: bool) -> float:
    """The highest level allowed now, dB."""
    if asleep:
        return min(settings.ceiling_db, settings.night_ceiling_db)
    return settings.ceiling_db


def start_level(settings: Settings, last_db: float) -> float:
    """Nobody is woken by yesterday's volume: min(last, start level)."""
    return min(last_db, settings.start_db)


def turned(settings: Settings, volume_db: float, steps: int, asleep: bool) -> float:
    """The volume after `steps` detents.

    While a ceiling holds the sound down, a turn begins at what is heard, not at the higher
    level that waits behind the ceiling.
    """
    top = ceiling(settings, asleep)
    heard = min(volume_db, top)
    wanted = heard + steps * settings.step_db
    if steps > 0 and wanted > top:
        return max(volume_db, top) if volume_db > top else top
    return wanted
