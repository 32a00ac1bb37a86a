"""From the press to light and sound, beside mpd told to play the same file."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

import numpy as np
import soundfile

from benchmarks import players
from benchmarks.lines import Line
from tests.support.cards import Card


def measure(folder: Path, tries: int) -> list[Line]:
    """Medians of 50 presses of the box, and of `tries` plays of mpd."""
    track = folder / "tone.flac"
    tone = 0.3 * np.sin(2 * np.pi * 997 * np.arange(48_000 * 60) / 48_000)
    soundfile.write(track, np.stack([tone, tone], 1), 48_000)
    loud = "volume: {start_db: -20, ceiling_db: 0, night_ceiling_db: 0}\n"
    box = players.box(folder / "presses", "fifty_presses", track, settings=loud)
    box.process.wait(400)
    result = json.loads((box.folder / "result.json").read_text())
    if "failed" in result:
        raise RuntimeError(result["failed"])
    presses = result["presses"]
    light = [1000 * (lit - pressed) for pressed, lit in presses]
    sound = [
        1000 * (first - pressed)
        for (pressed, _), first in zip(
            presses, _first_sounds(box.card, [at for at, _ in presses]), strict=True
        )
    ]
    return [
        Line(
            "press to light",
            "ms",
            statistics.median(light),
            budget=50.0,
            judged="ours",
            note=f"the longest of {len(light)}: {max(light):.0f} ms",
        ),
        Line(
            "press to the first sample at the card",
            "ms",
            statistics.median(sound),
            (("mpd, its play command", _mpd_ms(folder, track, tries)),),
            100.0,
            "ours",
            note=f"the longest of {len(sound)}: {max(sound):.0f} ms; the device's own buffers come on top, for all",
        ),
    ]


def _first_sounds(card: Card, after: list[float]) -> list[float]:
    """When the first frame that is not silence was handed over after each of those times."""
    heard = card.heard()
    sounding = [at for at, first, frames in card.transfers() if heard[first : first + frames].any()]
    found = [next((at for at in sounding if at >= begin), None) for begin in after]
    times = [at for at in found if at is not None]
    if len(times) < len(after):
        raise RuntimeError("nothing was heard after a press")
    return times


def _mpd_ms(folder: Path, track: Path, tries: int) -> float:
    mpd = players.mpd(folder / "mpd-press", track)
    took = []
    try:
        mpd.wait_until_heard()
        for _ in range(tries):
            players.tell_mpd(mpd.folder, "stop")
            time.sleep(1.0)
            asked = time.monotonic()
            players.tell_mpd(mpd.folder, "play")
            time.sleep(1.5)
            took.append(1000 * (_first_sounds(mpd.card, [asked])[0] - asked))
    finally:
        mpd.end()
    return statistics.median(took)
