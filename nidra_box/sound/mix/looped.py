"""A file that is not periodic, played round and round without a seam. Pure.

Where a round begins, the last frames of the one before are still heard: both cross over at equal
power, so that a noise keeps its level. The first round begins alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.track import Loop

Frames = NDArray[np.float32]
Read = Callable[[int, int], Frames]
"""So many frames of the file, from a place of it on."""


def looped(read: Read, loop: Loop, start: int, n: int) -> Frames:
    """The frames [start, start + n) of the loop, counted from its first round on without end;
    zeros before."""
    parts = [_part(read, loop, *piece) for piece in _pieces(loop, start, n)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _pieces(loop: Loop, start: int, n: int) -> Iterator[tuple[int, int, int]]:
    """(round, first frame in it, frames), none of which goes beyond its round."""
    while n > 0:
        number, at = divmod(start, loop.period)
        count = min(n, loop.period - at)
        yield number, at, count
        start, n = start + count, n - count


def _part(read: Read, loop: Loop, number: int, at: int, n: int) -> Frames:
    frames = read(loop.first + at, n)
    if number < 0:
        return np.zeros_like(frames)
    crossing = min(n, loop.overlap - at)
    if number == 0 or crossing <= 0:
        return frames
    turn = (np.arange(at, at + crossing) + 0.5) * (np.pi / 2 / loop.overlap)
    before = read(loop.first + loop.period + at, crossing)
    crossed = frames.copy()
    crossed[:crossing] *= np.sin(turn)[:, None].astype(np.float32)
    crossed[:crossing] += before * np.cos(turn)[:, None].astype(np.float32)
    return crossed


def places_between(loop: Loop, first: int, last: int) -> list[tuple[int, int]]:
    """The frames [a, b) of the file that are heard in the loop's frames [first, last)."""
    found: list[tuple[int, int]] = []
    for number, at, count in _pieces(loop, max(first, 0), last - max(first, 0)):
        found.append((loop.first + at, loop.first + at + count))
        crossing = min(count, loop.overlap - at)
        if number > 0 and crossing > 0:
            before = loop.first + loop.period + at
            found.append((before, before + crossing))
    return found
