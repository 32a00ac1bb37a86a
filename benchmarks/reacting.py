"""From the press to light and sound, from a turn to what is heard, beside mpd told the same."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from benchmarks import players
from benchmarks.house import House
from benchmarks.lines import Line
from benchmarks.players import RATE_HZ, Player

TONE_HZ = 1000.0
LOUD = "volume: {start_db: 0, ceiling_db: 0, night_ceiling_db: 0}\n"
FADED_IN_S = 18.0
PEAK_FRAMES = 96
"""Two whole periods of the tone: its level every 2 ms."""


def run(where: House, folder: Path, tries: int) -> list[Line]:
    """Medians of `tries` of each."""
    track = folder / "tone.flac"
    tone = 0.3 * np.sin(2 * np.pi * TONE_HZ * np.arange(RATE_HZ * 300) / RATE_HZ)
    soundfile.write(track, np.stack([tone, tone], 1), RATE_HZ)
    light, sound, knob = _ours(where, folder, track, tries)
    press, setvol = _mpds(folder, track, max(3, tries // 5))
    return [
        _line("press to light", light, (), 50.0),
        _line("press to the first sample at the card", sound, (("mpd's play", press),), 100.0),
        _line("a turn of the knob to the card", knob, (("mpd's setvol", setvol),), 150.0),
    ]


def _line(
    what: str, took_ms: list[float], peer: tuple[tuple[str, float], ...], budget: float
) -> Line:
    longest = f"the longest of {len(took_ms)}: {max(took_ms):.0f} ms"
    return Line(what, "ms", statistics.median(took_ms), peer, budget, "ours", note=longest)


def _ours(where: House, folder: Path, track: Path, tries: int) -> list[list[float]]:
    """Milliseconds to the light, to the sound, and to the changed level."""
    with players.box(where, folder / "react", track, settings=LOUD) as box:
        time.sleep(3.0)
        presses = []
        for _ in range(tries):
            presses.append(box.ask("press", 0.1))
            time.sleep(0.5)
            box.ask("press", 0.9)  # a pause, and then a hold: silent within a second and a half
            box.ask("lamp", 0)
            time.sleep(1.6)
        box.ask("press", 0.1)
        time.sleep(FADED_IN_S)
        turns = []
        for number in range(tries):
            turns.append(box.ask("turn", -3 if number % 2 == 0 else 3))
            time.sleep(1.3)
    if not all(lit for _, lit in presses):
        raise RuntimeError(f"a press without light:\n{box.said()}")
    firsts = [_first_at(box, at, _is_sound) - at for at, _ in presses]
    changed = [_first_at(box, at, _changes) - at for at in turns]
    return [
        [1000 * (lit - at) for at, lit in presses],
        [1000 * took for took in firsts],
        [1000 * took for took in changed],
    ]


def _mpds(folder: Path, track: Path, tries: int) -> tuple[float, float]:
    """Medians in milliseconds: play to sound, and setvol to another level."""
    plays, turns = [], []
    with players.mpd(folder / "mpd-react", track) as mpd:
        mpd.wait_until_heard()
        for number in range(tries):
            turns.append(time.monotonic())
            players.tell_mpd(mpd.folder, f"setvol {40 if number % 2 == 0 else 60}")
            time.sleep(1.5)
        for _ in range(tries):
            players.tell_mpd(mpd.folder, "stop")
            time.sleep(1.0)
            plays.append(time.monotonic())
            players.tell_mpd(mpd.folder, "play")
            time.sleep(1.5)
    return (
        1000 * statistics.median(_first_at(mpd, at, _is_sound) - at for at in plays),
        1000 * statistics.median(_first_at(mpd, at, _changes) - at for at in turns),
    )


def _is_sound(heard: np.ndarray, first: int) -> int | None:
    """The first frame from `first` on that is not silence."""
    found = np.flatnonzero(heard[first : first + RATE_HZ].any(axis=1))
    return first + int(found[0]) if len(found) else None


def _changes(heard: np.ndarray, first: int) -> int | None:
    """The first frame from `first` on whose level is 0.3 dB off the level there."""
    part = np.abs(heard[first : first + RATE_HZ, 0].astype(np.float64))
    peaks = part[: len(part) // PEAK_FRAMES * PEAK_FRAMES].reshape(-1, PEAK_FRAMES).max(axis=1)
    found = np.flatnonzero(np.abs(peaks / max(peaks[:4].mean(), 1.0) - 1.0) > 0.035)
    return first + int(found[0]) * PEAK_FRAMES if len(found) else None


def _first_at(player: Player, begin: float, find: Callable[[np.ndarray, int], int | None]) -> float:
    """When the frame that `find` finds was handed to the card. Raises RuntimeError."""
    transfers = player.card.transfers()
    first = next((first for at, first, _ in transfers if at >= begin), None)
    frame = None if first is None else find(player.card.heard(), first)
    if frame is None:
        raise RuntimeError(f"{player.name}: nothing was heard of it")
    return next(at for at, start, frames in transfers if start <= frame < start + frames)
