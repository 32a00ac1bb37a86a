"""What the box should have played: the same programme rendered offline, laid beside a recording."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.rig.bedside import RATE_HZ, Bedside
from tests.support.box import with_beds

Sound = NDArray[np.float64]

VOLUME_DB = -20.0
"""Where a night starts, by the settings' default."""
FADED_IN_S = 20
"""From silence to the volume at no more than 6 dB a second, and some bed."""
RESIDUE_DB = -20.0
"""What two of 16 bits differ by where the sound itself is soft: dither, and the last bit twice."""


def render(programme: str, to: str, folder: Path) -> Sound:
    """Both channels (frames, 2) of `programme` from its beginning to the time `to`, at full
    volume."""
    path = folder / f"{programme}.wav"
    environment = {**os.environ, "XDG_CACHE_HOME": str(with_beds().cache.parent)}
    subprocess.run(
        [sys.executable, "-m", "nidra_box", "render", programme, "-o", str(path), "--to", to],
        env=environment,
        check=True,
        capture_output=True,
    )
    sound, rate = soundfile.read(path, dtype="float64", always_2d=True)
    path.unlink()
    assert rate == RATE_HZ
    stereo: Sound = sound
    return stereo


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the reference a piece of a recording lies."""

    frame: int
    gain_db: float
    likeness: float
    """The correlation, 0 to 1."""


def place_of(piece: Sound, reference: Sound, first: int = 0, last: int | None = None) -> Place:
    """Where `piece` fits best between the frames `first` and `last` of the reference."""
    first = max(0, first)
    part = reference[first : len(reference) if last is None else last + len(piece)]
    size = 1 << (len(part) + len(piece)).bit_length()
    products = np.fft.irfft(np.fft.rfft(part, size) * np.fft.rfft(piece, size).conj(), size)[
        : len(part) - len(piece) + 1
    ]
    energy = np.concatenate([[0.0], np.cumsum(part**2)])
    energies = np.maximum(energy[len(piece) :] - energy[: -len(piece)], 1e-12)[: len(products)]
    norm = np.sqrt(energies * max(float(np.sum(piece**2)), 1e-12))
    best = int(np.argmax(products / norm))
    gain = products[best] / energies[best]
    return Place(first + best, 20 * np.log10(max(gain, 1e-9)), float(products[best] / norm[best]))


@dataclass(frozen=True, slots=True)
class Likeness:
    """A recording beside its reference, `offset` frames later in the recording."""

    offset: int
    slips: list[tuple[float, int]]
    """Places where the offset changes: seconds of the programme, frames."""
    level_error_db: NDArray[np.float64]
    """A value a second: how much louder it was than the reference and the volume say."""
    worst_residue_db: float
    """The loudest 20 ms of the difference, under the sound itself in that second."""


def compare(
    recording: Sound, reference: Sound, volume_db: float, from_s: float, to_s: float
) -> Likeness:
    """Both from the seconds `from_s` to `to_s` of the programme. Pieces of ten seconds are
    looked for again and again: a gap or a repeat of a single frame shows as a slip."""
    piece_s = 10
    begin = round(from_s * RATE_HZ)
    heard = place_of(reference[begin : begin + piece_s * RATE_HZ], recording)
    offset = heard.frame - begin
    slips: list[tuple[float, int]] = []
    errors: list[float] = []
    residues: list[float] = []
    gain = 10 ** (volume_db / 20)
    last = round(to_s) - piece_s
    for second in [*range(round(from_s), last, piece_s), last]:
        a = second * RATE_HZ
        wanted = reference[a : a + piece_s * RATE_HZ] * gain
        middle = recording[a + offset : a + offset + piece_s * RATE_HZ]
        near = place_of(wanted, recording, a + offset - 24_000, a + offset + 24_000)
        if near.frame != a + offset:
            slips.append((second, near.frame - a - offset))
            offset = near.frame - a
            continue
        for one, other in zip(
            wanted.reshape(piece_s, -1), middle.reshape(piece_s, -1), strict=True
        ):
            errors.append(_db(other) - _db(one))
            rest = (other - one).reshape(50, -1)
            residues.append(float(np.max(10 * np.log10((rest**2).mean(axis=1) + 1e-12))) - _db(one))
    return Likeness(offset, slips, np.array(errors), max(residues))


def is_as_rendered(bedside: Bedside, recording: Sound, minutes: int, folder: Path) -> None:
    """Both channels (frames, 2) from before the press on: the first `minutes` of the first night
    at its start level, whole to the frame and within 0.5 dB; the box played on and was not
    restarted."""
    rendered = render("lower-back-night", f"{minutes}:00", folder)
    for channel, name in enumerate(("left", "right")):
        heard, wanted = recording[:, channel], rendered[:, channel]
        found = compare(heard, wanted, VOLUME_DB, FADED_IN_S, minutes * 60 - 1)
        errors = np.abs(found.level_error_db)
        print(
            f"{name}: {len(errors)} s beside the offline render, level within "
            f"{errors.max():.3f} dB, slips {found.slips}, difference at most "
            f"{found.worst_residue_db:.1f} dB of the sound"
        )
        assert found.slips == []
        assert found.worst_residue_db <= RESIDUE_DB  # a slip within a piece
        assert errors.max() <= 0.5
    assert bedside.restarts() == 0


def gains_db(recording: Sound, reference: Sound, offset: int, window_s: float) -> Sound:
    """How loud the reference was let in, a value a window of the recording; `offset` is where in
    the reference the recording begins. NaN where the reference itself is silent."""
    window = round(window_s * RATE_HZ)
    count = min(len(recording), len(reference) - offset) // window
    heard = recording[: count * window].reshape(count, window)
    wanted = reference[offset : offset + count * window].reshape(count, window)
    energy = (wanted**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.abs((heard * wanted).sum(axis=1)) / energy
        gains: Sound = np.where(energy > 1e-9 * window, 20 * np.log10(share + 1e-6), np.nan)
    return gains


def _db(sound: Sound) -> float:
    return float(10 * np.log10((sound**2).mean() + 1e-12))
