"""From float frames to what a card takes: 16 bits with triangular dither. Pure.

The dither is a hash of the frame number, so that the same frame has the same samples
wherever and whenever it is rendered. Where there is no sound at all, samples are exactly 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
Frames = NDArray[np.float32]

_DITHER_FRAMES = 48_017  # a second, and prime: it never falls in step with a loop


def _uniform(seed: int) -> NDArray[np.float32]:
    """_DITHER_FRAMES stereo numbers in [0, 1): a hash of the frame number. The same on every
    machine, and without numpy's random generators, which are four megabytes of code."""
    x = np.arange(2 * _DITHER_FRAMES, dtype=np.uint32) * np.uint32(2) + np.uint32(seed)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    return ((x >> np.uint32(8)).astype(np.float32) / np.float32(1 << 24)).reshape(-1, 2)


_LONGEST_BLOCK = 8192
_DITHER = np.concatenate([_uniform(0) - _uniform(1)] * 2)[: _DITHER_FRAMES + _LONGEST_BLOCK]
"""Triangular noise of ± 1 LSB."""


def to_pcm(frames: Frames, frame: int) -> Pcm:
    """Dithered 16 bits. Where there is no sound at all the samples are exactly 0."""
    n = len(frames)
    scaled = frames * np.float32(32767.0)
    offset = frame % _DITHER_FRAMES
    if offset + n > len(_DITHER):
        raise ValueError(f"a block may have {_LONGEST_BLOCK} frames, not {n}")
    scaled += _DITHER[offset : offset + n]
    np.rint(scaled, out=scaled)
    scaled[(frames[:, 0] == 0.0) & (frames[:, 1] == 0.0)] = 0.0
    pcm: Pcm = scaled.astype(np.int16)
    return pcm
