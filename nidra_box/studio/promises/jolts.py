"""Promise 1, of recordings: in the dark nothing stands far above what came before it.

Judged on the gains that the night's trace shows and on the levels of the recording itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.score import Score
from nidra_box.score.track import LEVEL_ROWS, ROW, TrackSpan
from nidra_box.studio.nights.recording import Recording, track_of
from nidra_box.studio.promises.breach import Breach
from nidra_box.studio.promises.layers import Layer, joined
from nidra_box.units import NOTHING_DB, RATE_HZ

STANDS_OUT_DB, MEASURING_DB = 8.0, 0.5
BEFORE_S, BEFORE_DARK_S, LEAST_S = 600.0, 120.0, 30.0
_BEFORE, _BEFORE_DARK, _LEAST = (
    round(seconds * RATE_HZ / ROW) for seconds in (BEFORE_S, BEFORE_DARK_S, LEAST_S)
)
UNDER_MEDIAN_DB = 10.0
PERCENTILE = 95.0
_COARSE_ROWS = 100
"""The reference is looked up every ten seconds first. In that time 100 levels of 6,000 (300 in
the beginning) come and no more go: the 95th percentile is then no lower than the 93rd was."""
_SURE_PERCENTILE = 93.0

Rows = NDArray[np.float64]


def jolts(layers: list[Layer], recording: Recording) -> Iterator[Breach]:
    """1: no 0.4 s of a recording in the dark stand more than 8 dB above the 95th percentile of
    the ten minutes before."""
    for layer in joined(layers, 0.0, recording.length_s):
        name = layer.name.partition("/")[2]
        if not name.startswith("track:"):
            continue
        score = layer.playback.score
        track = track_of(score, name)
        if track.softens and track.levels is not None and track.levels.every == ROW:
            yield from _of_recording(layer, score, track)


def _of_recording(layer: Layer, score: Score, track: TrackSpan) -> Iterator[Breach]:
    steps = np.concatenate(([True], np.diff(layer.at_s) > 0.5 * ROW / RATE_HZ))
    at_s = layer.at_s[steps]
    positions = np.round(at_s * RATE_HZ).astype(np.int64) - layer.playback.start
    positions += layer.playback.from_frame
    gain = layer.own[steps] - track.lufs
    rows = np.arange(0, track.end - track.start, ROW)
    plain = replace(track, gain_db=0.0, fade_frames=0)
    softened = plain.sounds(rows + track.start)
    row = np.clip((positions - track.start) // ROW, 0, len(rows) - 1)
    heard = momentary(track.levels.at(track.places(positions)) + gain)  # type: ignore[union-attr]
    lit = score.dark_from
    own = track.levels.at(track.places(rows + track.start))  # type: ignore[union-attr]
    reference = Reference(momentary(softened), momentary(own), (lit - track.start) // ROW)
    dark = (positions >= lit + LEVEL_ROWS * ROW) & (positions < track.end)
    over = heard - track.gain_db - STANDS_OUT_DB - MEASURING_DB
    found = np.flatnonzero(dark & (over > reference.at_least(row)))
    stands = np.array([over[index] - reference.at(int(row[index])) for index in found])
    if stands.max(initial=0.0) > 0.0:
        worst = int(np.argmax(stands))
        over_db = stands[worst] + STANDS_OUT_DB + MEASURING_DB
        what = f"{layer.name} stands {over_db:.1f} dB above the ten minutes before it"
        yield Breach(1, float(at_s[found[worst]]), what)


def momentary(rows_db: Rows) -> Rows:
    """The level over the 0.4 s that end with each row."""
    power = np.cumsum(np.concatenate((np.zeros(LEVEL_ROWS), 10.0 ** (rows_db / 10.0))))
    count = np.minimum(np.arange(len(rows_db)) + 1, LEVEL_ROWS)
    mean = (power[LEVEL_ROWS:] - power[:-LEVEL_ROWS]) / count
    levels: Rows = 10.0 * np.log10(np.maximum(mean, 10.0 ** (NOTHING_DB / 10.0)))
    return levels


class Reference:
    """What the level at a row of a recording is held against: its own, softened. `dark` is the
    first dark row; one that is dark from its beginning has nothing before that, and its first
    half minute is held against itself as a whole. `own` are its levels as they are in the file."""

    def __init__(self, levels: Rows, own: Rows, dark: int) -> None:
        self._levels, self._dark = levels, dark
        asleep = own[dark:]
        self._lowest = float(np.median(asleep)) - UNDER_MEDIAN_DB if len(asleep) else NOTHING_DB
        self._coarse = np.array(
            [
                self._of(row, _SURE_PERCENTILE) if row + _COARSE_ROWS > dark else self._lowest
                for row in range(0, len(levels), _COARSE_ROWS)
            ]
        )

    def _of(self, row: int, percentile: float) -> float:
        first = max(0, row - _BEFORE, self._dark - _BEFORE_DARK)
        least = max(min(self._dark, _BEFORE_DARK), _LEAST)
        before = self._levels[first : max(row - LEVEL_ROWS + 1, first + least)]
        if not len(before):
            return self._lowest
        return max(self._lowest, float(np.percentile(before, percentile)))

    def at(self, row: int) -> float:
        return self._of(row, PERCENTILE)

    def at_least(self, rows: NDArray[np.int64]) -> Rows:
        """No more than what `at` gives, for many rows at once."""
        found: Rows = self._coarse[rows // _COARSE_ROWS]
        return found
