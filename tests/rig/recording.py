"""What the box played: QEMU's WAV of its sound card, read even while the guest still runs.

The recording goes on only while the guest keeps the card open, so its time is the card's, not
the wall's. Loudness and true peak are in `nidra_box.sound.loudness`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HEADER = 44
HEARD = 0.002
"""An amplitude of full scale above which something sounds: 26 times the noise of 16 bits."""


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a tone is interrupted, jumps in its phase or changes its level by 30 %."""

    at_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Recording:
    """`sound` (n, channels), full scale 1, at `rate` frames per second."""

    sound: NDArray[np.float64]
    rate: int

    @classmethod
    def load(cls, path: Path, start_s: float = 0.0) -> Recording:
        """From `start_s` on. QEMU writes sizes into the header only at an orderly end: what is
        in the file counts."""
        raw = path.read_bytes()
        channels, rate = struct.unpack("<HI", raw[22:28]) if len(raw) >= HEADER else (0, 0)
        channels, rate = channels or 2, rate or 48000
        frame = 2 * channels
        first = HEADER + int(start_s * rate) * frame
        frames = max(0, len(raw) - first) // frame
        samples = np.frombuffer(raw, "<i2", frames * channels, first if frames else 0)
        return cls(samples.reshape(-1, channels) / 32768.0, rate)

    @property
    def seconds(self) -> float:
        return len(self.sound) / self.rate

    @property
    def mono(self) -> NDArray[np.float64]:
        mixed: NDArray[np.float64] = self.sound.mean(axis=1)
        return mixed

    def levels_db(self, window_s: float = 0.1) -> NDArray[np.float64]:
        """RMS of both channels' mean in dBFS, one value per whole window; silence is −120."""
        window = int(self.rate * window_s)
        rows = self.mono[: len(self.sound) // window * window].reshape(-1, window)
        levels: NDArray[np.float64] = 20 * np.log10(np.sqrt((rows**2).mean(axis=1)) + 1e-6)
        return levels

    def heard(self) -> tuple[float, float] | None:
        """Seconds at which the first and the last sound are; None if all is silent."""
        loud = np.flatnonzero(np.abs(self.mono) > HEARD)
        return (loud[0] / self.rate, (loud[-1] + 1) / self.rate) if len(loud) else None

    def dominant_hz(self) -> float:
        """The strongest frequency of the first 20 s."""
        part = self.mono[: self.rate * 20]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        return (int(np.argmax(spectrum[1:])) + 1) * self.rate / len(part)

    def breaks(self, hz: float) -> list[Break]:
        """Where a tone of `hz`, from first to last sound, is not what it was four periods ago."""
        if not (ends := self.heard()):
            return []
        tone = self.mono[int(ends[0] * self.rate) : int(ends[1] * self.rate)]
        around = tone * np.exp(-2j * np.pi * hz * np.arange(len(tone)) / self.rate)
        width = max(2, int(self.rate / hz * 4))
        hop = width // 2
        slow = np.convolve(around, np.ones(width) / width, "same")[::hop]
        size = np.abs(slow)
        usual = float(np.median(size))
        turned = np.abs(np.angle(slow[1:] * slow[:-1].conj()))
        bad = (turned > 0.3) | (size[1:] < 0.7 * usual) | (size[1:] > 1.3 * usual)
        bad[:20] = bad[-20:] = False  # the filter's own ends
        found: list[list[int]] = []
        for i in np.flatnonzero(bad):
            if found and i - found[-1][1] <= 8:
                found[-1][1] = int(i)
            else:
                found.append([int(i), int(i)])
        step = hop / self.rate
        return [Break(ends[0] + a * step, (b - a + 1) * step) for a, b in found]
