"""The child that decodes by libsndfile, where there is no ffmpeg: says what a file is (`look`), or
writes its sound at 48 kHz as float32 to stdout (`read`).

Reads on to the end of the sound, whatever the header says of its length.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import numpy as np
import soundfile
from numpy.typing import NDArray

from nidra_box.sound.resample import Resampler
from nidra_box.units import RATE_HZ
from nidra_box.words import reason_of

Frames = NDArray[np.float32]

_BLOCK_S = 4
_PROMISING = {"MP3", "FLAC", "WAV", "WAVEX", "AIFF", "CAF", "W64", "RF64"}
_NAMES = {"MPEG": "MP3", "WAVEX": "WAV", "VORBIS": "Vorbis", "OPUS": "Opus", "GSM610": "GSM"}


class _Unsought(soundfile.SoundFile):  # type: ignore[misc]
    """soundfile seeks after each read of a seekable file, which tears an MP3."""

    def seekable(self) -> bool:
        return False


def main(arguments: list[str]) -> int:
    path = f"/dev/fd/{int(arguments[0])}"
    try:
        with _Unsought(path) as file:
            if arguments[1] == "look":
                print(json.dumps(_look(file)))  # noqa: T201
                return 0
            begin_s, length_s = float(arguments[2]), float(arguments[3])
            _write(_at_48_khz(file, begin_s, length_s))
    except (soundfile.SoundFileError, RuntimeError, OSError, ValueError, TypeError) as error:
        print(reason_of(error), file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _look(file: soundfile.SoundFile) -> dict[str, object]:
    Resampler.from_rate(int(file.samplerate))
    form, subtype = file.format, file.subtype
    inside = _NAMES.get(form, form)
    codec = "" if subtype.startswith(("PCM", "FLOAT", "DOUBLE")) else _NAMES.get(subtype, subtype)
    kind = inside if codec in ("", inside) or inside == "MP3" else f"{codec} in {inside.title()}"
    if form in ("WAV", "WAVEX") and codec:
        kind = f"{codec} in WAV"
    seconds = file.frames / file.samplerate
    known = 0 < seconds < 100 * 3600
    return {
        "kind": kind if codec or "PCM" not in kind else inside,
        "channels": file.channels,
        "seconds": seconds if known else 0.0,
        "promises": known and form in _PROMISING,
    }


def _at_48_khz(file: soundfile.SoundFile, begin_s: float, length_s: float) -> Iterator[Frames]:
    """Blocks of any rate as blocks at RATE_HZ, each with what its neighbours give the filter."""
    rate = int(file.samplerate)
    if begin_s:
        file.seek(round(begin_s * rate))
    blocks = _native(file, round(length_s * rate) if length_s else None)
    if rate == RATE_HZ:
        yield from blocks
        return
    resampler = Resampler.from_rate(rate)
    held = np.zeros((0, file.channels), np.float32)
    first, done, total, is_end = 0, 0, 0, False  # first: the input frame that `held` begins with
    while not is_end:
        block = next(blocks, None)
        is_end = block is None
        if block is not None:
            held = np.concatenate([held, block])
            total += len(block)
        usable = resampler.frames_out(total) if is_end else _ready(resampler, total)
        n = usable - done
        if n <= 0:
            continue
        begin, end = resampler.input_span(done, n)
        before, after = max(first - begin, 0), max(end - first - len(held), 0)
        part = held[max(begin - first, 0) : end - first]
        padded = np.pad(part, ((before, after), (0, 0)))
        yield resampler.convert(padded, done, n)
        done += n
        keep = max(resampler.input_span(done, 1)[0] - first, 0)
        held, first = held[keep:], first + keep


def _ready(resampler: Resampler, total: int) -> int:
    """How many output frames need nothing behind the input frame `total`."""
    periods = (total - resampler.taps) // resampler.period_in
    return max(periods, 0) * resampler.period_out


def _native(file: soundfile.SoundFile, most: int | None) -> Iterator[Frames]:
    size = _BLOCK_S * int(file.samplerate)
    while most is None or most > 0:
        wanted = size if most is None else min(size, most)
        block = file.read(wanted, dtype="float32", always_2d=True)
        if not len(block):
            return
        most = None if most is None else most - len(block)
        yield block


def _write(blocks: Iterator[Frames]) -> None:
    for block in blocks:
        data = memoryview(block.astype(np.float32, copy=False).tobytes())
        while data:
            data = data[os.write(1, data) :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
