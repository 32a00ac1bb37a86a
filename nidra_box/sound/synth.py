"""Beds and bowls made from seeds: the same samples on every machine. numpy only.

A bed is exactly periodic, so it has no seam: noise made by an inverse FFT of N samples
repeats every N. Beds have lengths of 61 and 73 s, which together repeat after hours.
Every sound is normalised to BED_LUFS (beds) or VOICE_LUFS (bowls). Made one channel at a
time, a bed takes a few seconds and under 150 MB; never in the process that plays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from nidra_box.score.vocabulary import RATE_HZ, VOICE_LUFS
from nidra_box.sound.loudness import integrated_lufs
from nidra_box.sound.mixdown import BED_LUFS

Sound = NDArray[np.float32]

LOW_HZ, HIGH_HZ = 40.0, 16_000.0
"""Nothing under 40 Hz (small loudspeakers only rattle) and over 16 kHz."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make one sound. `version` changes whenever its samples do."""

    version: int
    seed: int
    seconds: float
    lufs: float
    loops: bool
    make: Callable[[Recipe], Sound]


def _noise(exponent: float) -> Callable[[Recipe], Sound]:
    """Noise whose magnitude falls as (f / 1 kHz) ** exponent between LOW_HZ and HIGH_HZ."""

    def make(recipe: Recipe) -> Sound:
        n = round(recipe.seconds * RATE_HZ)
        out = np.empty((n, 2), np.float32)
        frequencies = np.fft.rfftfreq(n, 1 / RATE_HZ)
        inside = (frequencies >= LOW_HZ) & (frequencies <= HIGH_HZ)
        magnitude = np.zeros_like(frequencies)
        magnitude[inside] = (frequencies[inside] / 1000.0) ** exponent
        del frequencies, inside
        for channel in range(2):
            random = np.random.default_rng([recipe.seed, channel])
            spectrum = magnitude * np.exp(2j * np.pi * random.random(len(magnitude)))
            out[:, channel] = np.fft.irfft(spectrum, n)
        return out

    return make


_BOWL_HZ = 196.0
_BOWL_MODES = ((1.0, 0.0, 18.0), (2.76, -6.0, 11.0), (5.15, -14.0, 6.0), (8.1, -22.0, 3.0))
"""Ratio to the lowest mode, level in dB, seconds to fall by 60 dB."""


def _bowl(recipe: Recipe) -> Sound:
    """Each mode is a pair a beat apart; the two channels hear the pair the other way round."""
    n = round(recipe.seconds * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    random = np.random.default_rng(recipe.seed)
    out = np.zeros((n, 2))
    for ratio, level_db, decay_s in _BOWL_MODES:
        beat_hz = random.uniform(0.6, 2.0)
        envelope = 10.0 ** (level_db / 20.0 - 3.0 * t / decay_s)
        for side, share in ((-0.5, 0.6), (0.5, 0.4)):
            wave = np.sin(
                2 * np.pi * (_BOWL_HZ * ratio + side * beat_hz) * t + random.uniform(0, 6)
            )
            out[:, 0] += share * envelope * wave
            out[:, 1] += (1.0 - share) * envelope * wave
    strike = round(0.012 * RATE_HZ)  # a felted mallet: no click
    out[:strike] *= (0.5 - 0.5 * np.cos(np.pi * np.arange(strike) / strike))[:, None]
    leave = round(2.0 * RATE_HZ)
    out[-leave:] *= (0.5 + 0.5 * np.cos(np.pi * np.arange(leave) / leave))[:, None]
    return out.astype(np.float32)


RECIPES: dict[str, Recipe] = {
    "bed:brown": Recipe(1, 61, 61.0, BED_LUFS, True, _noise(-1.0)),
    "bed:pink": Recipe(1, 73, 73.0, BED_LUFS, True, _noise(-0.5)),
    "sound:bowl": Recipe(1, 196, 20.0, VOICE_LUFS, False, _bowl),
}


def synthesise(name: str) -> Sound:
    """The sound `name`, (frames, 2) at RATE_HZ, normalised, with no DC."""
    recipe = RECIPES[name]
    sound = recipe.make(recipe)
    sound -= sound.mean(axis=0)
    sound *= np.float32(10.0 ** ((recipe.lufs - integrated_lufs(sound[: 20 * RATE_HZ])) / 20.0))
    return sound


def file_name(name: str) -> str:
    """Where a sound is cached: its name and a hash of its recipe."""
    recipe = RECIPES[name]
    words = f"{name} {recipe.version} {recipe.seed} {recipe.seconds} {recipe.lufs} {RATE_HZ}"
    digest = hashlib.sha256(words.encode()).hexdigest()[:10]
    return f"{name.replace(':', '-')}-{digest}.wav"


def missing(folder: Path) -> list[str]:
    """The sounds that are not in the cache."""
    return [name for name in RECIPES if not (folder / file_name(name)).is_file()]


def make_into(folder: Path, name: str) -> Path:
    """Synthesise `name` into the cache; whole or not at all. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(name)
    part = path.with_suffix(".part")
    soundfile.write(part, synthesise(name), RATE_HZ, subtype="PCM_16", format="WAV")
    part.replace(path)
    return path
