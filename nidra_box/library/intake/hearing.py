"""One pass over a whole recording: decoded, made harmless, listened to and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nidra_box.library.intake.damage import bridged
from nidra_box.library.intake.decode import decoding
from nidra_box.library.intake.encode import writing
from nidra_box.library.intake.listen import Listener
from nidra_box.library.intake.part import Part
from nidra_box.library.intake.sample import MAX_S, as_channels, is_mono, too_long
from nidra_box.library.intake.sniff import Refused
from nidra_box.library.record import Damage
from nidra_box.units import RATE_HZ

Frames = NDArray[np.float32]
Rows = NDArray[np.float32]

MIN_S = 10.0


class NotMono(Exception):
    """The channels are not the same after all: once more, with two."""


@dataclass(slots=True)
class Heard:
    """`frames` of each part, at 48 kHz. `complained`: the parts in which the decoder told of
    damage. `gave_up`: where the decoder ended early, in words, for some parts."""

    rows: Rows = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    frames: list[int] = field(default_factory=list)
    not_numbers: int = 0
    complained: list[int] = field(default_factory=list)
    gave_up: dict[int, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return sum(self.frames) / RATE_HZ


def hear(
    parts: Sequence[Part],
    sound: Path,
    channels: int,
    spots: Mapping[int, Sequence[Damage]],
    on_block: Callable[[float], None],
) -> Heard:
    """Write what will play to `sound`, with `spots` (by the number of the part) bridged; tells
    `on_block` how many seconds are done. Raises Refused, NotNow and NotMono."""
    heard, listener = Heard(), Listener(channels)
    done = 0
    with writing(sound, channels) as out:
        for number, part in enumerate(parts):
            before = done
            with decoding(part.file, part.found) as stream:
                for block in bridged(stream.blocks(), spots.get(number, ())):
                    frames = _harmless(block, heard)
                    if channels == 1 and not is_mono(frames):
                        raise NotMono
                    frames = as_channels(frames, channels)
                    listener.hear(frames)
                    out.write(frames)
                    done += len(frames)
                    _check_length(done, part)
                    on_block(done / RATE_HZ)
                _note_end(heard, number, stream.ended(), done - before)
                if stream.errors:
                    heard.complained.append(number)
            heard.frames.append(done - before)
        if done < MIN_S * RATE_HZ:
            seconds = 10 * done // RATE_HZ / 10  # 9.96 is not 10.0
            raise Refused(f"it is only {seconds:.1f} s long; a programme has at least {MIN_S:g} s")
    heard.rows = listener.rows()
    return heard


def _harmless(block: Frames, heard: Heard) -> Frames:
    """Every sample a number between −1 and 1; what was none is silent."""
    with np.errstate(invalid="ignore"):  # infinite both ways is a sum, too
        is_good = np.isfinite(block.sum(dtype=np.float64))
    if not is_good:
        good = np.isfinite(block)
        heard.not_numbers += int(block.size - np.count_nonzero(good))
        block = np.where(good, block, np.float32(0.0))
    return np.clip(block, -1.0, 1.0)


def _check_length(done: int, part: Part) -> None:
    if done > MAX_S * RATE_HZ:
        raise too_long(part.found.seconds if part.found.seconds > MAX_S else 0.0)


def _note_end(heard: Heard, number: int, failure: str, frames: int) -> None:
    if failure and not frames:
        raise Refused(f"no sound could be decoded: {failure}; try to copy or download it again")
    if failure:
        heard.gave_up[number] = failure
