"""Where somebody speaks in a recording: sounds, and the pieces that long silences leave. Pure.

Works on the levels of 10 ms windows. What counts as sound is judged by the recording itself:
clearly above its quietest moments and within 38 dB of its loudest ones that last. A click does
not last, and by itself it is no sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nidra_box.studio.voice.listen import SILENT_DBFS, Powers, floor_of
from nidra_box.studio.voice.process import SPEECH_DB
from nidra_box.units import decibels

SILENCE_S = 2.0
"""[D] What parts two cues in one long recording: pauses within a cue, between two sentences
spoken slowly, are about half as long. The sheet asks for three."""
LASTING_S = 0.06  # [D] the shortest word is longer, a click of the tongue or a mouse shorter
JOIN_S = 0.3  # [D] silences that belong to the words: stops, breaths
OVER_FLOOR_DB = 10.0  # [D] what is not this far above the quietest moments is one of them
UNDER_LASTING_DB = 10.0  # but no more than this under the loudest


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last sound of a piece, in seconds of the recording."""

    begin_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.begin_s


def sounds(powers: Powers, window_s: float) -> list[Span]:
    """Every stretch of sound, in order, with at least JOIN_S between them."""
    lasting = round(LASTING_S / window_s)
    if len(powers) < lasting:
        return []
    held = np.lib.stride_tricks.sliding_window_view(powers, lasting).min(axis=1)
    loudest = float(held.max())
    if decibels(loudest) < SILENT_DBFS:
        return []
    threshold = max(
        loudest * 10.0 ** (SPEECH_DB / 10), floor_of(powers) * 10.0 ** (OVER_FLOOR_DB / 10)
    )
    threshold = min(threshold, loudest * 10.0 ** (-UNDER_LASTING_DB / 10))
    loud = np.flatnonzero(powers > threshold)
    cuts = np.flatnonzero(np.diff(loud) > JOIN_S / window_s) + 1
    return [
        Span(float(part[0]) * window_s, float(part[-1] + 1) * window_s)
        for part in np.split(loud, cuts)
        if len(part) >= lasting
    ]


def pieces(found: Sequence[Span], silence_s: float) -> list[Span]:
    """`found` joined where less than `silence_s` is between them."""
    joined: list[Span] = []
    for span in found:
        if joined and span.begin_s - joined[-1].end_s < silence_s:
            joined[-1] = Span(joined[-1].begin_s, span.end_s)
        else:
            joined.append(span)
    return joined


def silence_for(found: Sequence[Span], count: int) -> float | None:
    """The silence, to a tenth of a second, that leaves exactly `count` pieces; None when there
    is none."""
    gaps = sorted((b.begin_s - a.end_s for a, b in pairwise(found)), reverse=True)
    if not 1 < count <= len(gaps) + 1:
        return None
    above = gaps[count - 2]
    below = gaps[count - 1] if count - 1 < len(gaps) else JOIN_S
    tenths = round((above + below) / 2, 1)
    return tenths if below < tenths <= above else None
