"""What a cue goes through between the engine and the score: trim, soft edges, 80 Hz
high-pass, one static gain to the wanted loudness, true peak kept under the limit. numpy only.

Every step is the same for every cue: nothing follows the level up and down.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.vocabulary import DEFAULT_TRUE_PEAK_DB
from nidra_box.sound.loudness import integrated_lufs, true_peak_db
from nidra_box.sound.mix.limiter import DELAY, LimiterState, limit
from nidra_box.units import RATE_HZ, amplitude

Mono = NDArray[np.float32]

CODEC_DB = 1.0  # Opus may raise a peak by so much
VERSION = 2  # goes into every clip's key
EDGE_S = 0.012
KEEP_S = 0.03  # of what is quieter than speech, at both ends
SPEECH_DB = -38.0  # under the loudest window; in a room that is not silent
CLEAN_SPEECH_DB = -45.0  # of an engine, which is: a final t is that soft
WINDOW_S = 0.01
HIGH_PASS_HZ = 80.0


def process(
    sound: Mono, lufs: float, headroom_db: float = CODEC_DB, speech_db: float = SPEECH_DB
) -> Mono:
    """`sound` (n, 1) at RATE_HZ as a clip of `lufs`, its true peak `headroom_db` under the
    limit; what is softer than `speech_db` under its loudest is cut off at both ends. Raises
    ValueError for silence."""
    clip = _edges(high_pass(trim(sound, speech_db)))
    for _ in range(3):  # the limiter takes a little away; give it back once or twice
        clip = clip * np.float32(amplitude(lufs - integrated_lufs(clip)))
        if true_peak_db(clip) <= DEFAULT_TRUE_PEAK_DB - headroom_db:
            break
        clip = _limited(clip, headroom_db)
    return clip


def trim(sound: Mono, speech_db: float = SPEECH_DB) -> Mono:
    """Without the silence at both ends."""
    size = round(WINDOW_S * RATE_HZ)
    count = len(sound) // size
    windows = sound[: count * size, 0].reshape(count, size).astype(np.float64)
    power = (windows**2).mean(axis=1)
    if not count or power.max() < 1e-8:
        raise ValueError("nothing but silence")
    loud = np.flatnonzero(power > power.max() * 10.0 ** (speech_db / 10.0))
    keep = round(KEEP_S * RATE_HZ)
    return sound[max(0, loud[0] * size - keep) : (loud[-1] + 1) * size + keep]


def high_pass(sound: Mono, corner_hz: float = HIGH_PASS_HZ, rate_hz: int = RATE_HZ) -> Mono:
    """Second-order Butterworth magnitude, without moving anything in time."""
    size = len(sound) + rate_hz // 10
    f = np.fft.rfftfreq(size, 1 / rate_hz)
    ratio = (f / corner_hz) ** 2
    response = ratio / np.sqrt(1.0 + ratio**2)
    spectrum = np.fft.rfft(sound[:, 0], size) * response
    return np.fft.irfft(spectrum, size)[: len(sound), None].astype(np.float32)


def _edges(sound: Mono) -> Mono:
    n = min(round(EDGE_S * RATE_HZ), len(sound) // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * np.arange(n) / n)).astype(np.float32)[:, None]
    sound = sound.copy()
    sound[:n] *= ramp
    sound[-n:] *= ramp[::-1]
    return sound


def _limited(clip: Mono, headroom_db: float) -> Mono:
    louder = np.float32(amplitude(headroom_db))
    stereo = np.concatenate((clip, np.zeros((DELAY, 1), np.float32))).repeat(2, axis=1) * louder
    limited, _ = limit(stereo, LimiterState())
    return limited[DELAY:, :1] / louder
