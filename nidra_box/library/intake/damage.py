"""Damaged spots: where in the decoded sound something of the original is missing.

A decoder goes on behind a spot that it cannot read as if nothing had been there. Only when it
complained is the file looked at again, frame by frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nidra_box.library.intake.probe import Found, asked_of_ffmpeg
from nidra_box.library.intake.sniff import Opened
from nidra_box.library.intake.watched import Child, ChildFailed, program, running
from nidra_box.library.record import Damage
from nidra_box.units import RATE_HZ

Frames = NDArray[np.float32]

FADE_FRAMES = RATE_HZ // 20  # on either side of a spot
APART_S = 1.0  # spots that are nearer than this are one
MOST_SPOTS = 500
SHORTEST_LOSS_S = 0.005
LONGEST_LOSS_S = 12 * 3600.0  # what is more than a night is no loss: its clock is wrong
BY_PLACE = ("mp3", "aac", "mp2", "ac3")  # in a bare stream time says nothing: bytes do
_LONGEST_LINE = 4096
_NUMBER = re.compile(rb"-?\d{1,15}")


@dataclass(slots=True)
class _Frame:
    """As ffprobe tells it; `pts_s` is None where it does not know."""

    samples: int
    place: int
    size: int
    pts_s: float | None


def locate(file: Opened, found: Found) -> list[Damage]:
    """Damaged spots in seconds of this file's decoded sound, in order. Empty where nobody can
    tell."""
    ffprobe = program("ffprobe")
    if ffprobe is None or not found.rate_hz:
        return []
    command = [ffprobe, "-v", "quiet", "-hide_banner", "-threads", "1", "-select_streams", "a:0"]
    command += ["-of", "compact=p=0", "-show_entries", "frame=pts_time,pkt_pos,pkt_size,nb_samples"]
    command += [*found.options, *asked_of_ffmpeg(file.descriptor)]
    cpu_s = 120 + file.size // 100_000
    try:
        with running(command, cpu_s, (file.descriptor,)) as child:
            by_place = found.codec in BY_PLACE and found.kind == found.codec.upper()
            return _merged(_gaps(_frames(child), found.rate_hz, by_place))
    except ChildFailed:
        return []


def _frames(child: Child) -> Iterator[_Frame]:
    rest = b""
    while piece := child.read():
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()[-_LONGEST_LINE:]
        for line in lines:
            values = dict(pair.partition(b"=")[::2] for pair in line.split(b"|"))
            samples = _int(values.get(b"nb_samples"))
            if samples <= 0:
                continue
            yield _Frame(
                samples,
                _int(values.get(b"pkt_pos")),
                _int(values.get(b"pkt_size")),
                _float(values.get(b"pts_time")),
            )


def _gaps(frames: Iterator[_Frame], rate_hz: int, by_place: bool) -> Iterator[Damage]:
    """A spot wherever the next frame is not where it should be."""
    done, before, bytes_so_far = 0, None, 0
    for frame in frames:
        if before is not None:
            if by_place:
                missing = frame.place - before.place - before.size
                usual = max(bytes_so_far / max(done, 1), 1e-9)  # bytes a sample
                lost_s = missing / usual / rate_hz if missing > before.size // 2 else 0.0
            elif before.pts_s is not None and frame.pts_s is not None:
                lost_s = frame.pts_s - before.pts_s - before.samples / rate_hz
            else:
                lost_s = 0.0
            if lost_s > SHORTEST_LOSS_S:
                yield Damage(done / rate_hz, lost_s if lost_s <= LONGEST_LOSS_S else 0.0)
        done += frame.samples
        bytes_so_far += max(frame.size, 0)
        before = frame


def _merged(spots: Iterator[Damage]) -> list[Damage]:
    merged: list[Damage] = []
    for spot in spots:
        if merged and spot.at_s - merged[-1].at_s < APART_S:
            merged[-1] = Damage(merged[-1].at_s, merged[-1].lost_s + spot.lost_s)
        elif len(merged) < MOST_SPOTS:
            merged.append(spot)
    return merged


def bridged(blocks: Iterator[Frames], spots: Sequence[Damage]) -> Iterator[Frames]:
    """The same sound, with a fade out before each spot and a fade in behind it."""
    start = 0
    for part in blocks:
        block = part
        for spot in spots:  # a few, and most files have none
            at = round(spot.at_s * RATE_HZ) - start
            if -FADE_FRAMES < at < len(block) + FADE_FRAMES:
                first, last = max(at - FADE_FRAMES, 0), min(at + FADE_FRAMES, len(block))
                if first < last:
                    gain = np.abs(np.arange(first, last) - at + 0.5) / FADE_FRAMES
                    block = block.copy()
                    block[first:last] *= np.minimum(gain, 1.0).astype(np.float32)[:, None]
        yield block
        start += len(block)


def _int(found: bytes | None) -> int:
    return int(found) if found is not None and _NUMBER.fullmatch(found) else 0


def _float(found: bytes | None) -> float | None:
    try:
        return float(found) if found is not None else None
    except ValueError:
        return None
