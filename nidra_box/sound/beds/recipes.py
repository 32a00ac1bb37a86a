"""The table of every sound that is made here, and the making of one. numpy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nidra_box.score.vocabulary import RATE_HZ, VOICE_LUFS
from nidra_box.sound.beds.noise import BROWN, PINK, Sound, noise
from nidra_box.sound.beds.ocean import ocean
from nidra_box.sound.beds.rain import rain
from nidra_box.sound.beds.struck import BELL, BOWL, struck
from nidra_box.sound.beds.tones import drone
from nidra_box.sound.loudness import integrated_lufs
from nidra_box.sound.mix.mixdown import BED_LUFS


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make one sound: `make(frames, seed)` at any level, which is then brought to
    `lufs`. `version` changes whenever its samples do."""

    version: int
    seed: int
    seconds: float
    lufs: float
    loops: bool
    make: Callable[[int, int], Sound]

    @property
    def frames(self) -> int:
        return round(self.seconds * RATE_HZ)


RECIPES: dict[str, Recipe] = {
    "bed:brown": Recipe(2, 61, 61.0, BED_LUFS, True, noise(BROWN)),
    "sound:bowl": Recipe(2, 196, 20.0, VOICE_LUFS, False, struck(BOWL)),
    "sound:bell": Recipe(1, 523, 11.0, VOICE_LUFS, False, struck(BELL)),
    "bed:pink": Recipe(2, 73, 61.0, BED_LUFS, True, noise(PINK)),
    "bed:drone": Recipe(1, 65, 73.0, BED_LUFS, True, drone),
    "bed:rain": Recipe(1, 90, 89.0, BED_LUFS, True, rain),
    "bed:ocean": Recipe(1, 89, 89.0, BED_LUFS, True, ocean),
}
"""In the order in which they are made: what the first night wants comes first. Beds that may
well be heard together have loops of different lengths: 61, 73 and 89 s."""


def synthesise(name: str) -> Sound:
    """The sound `name`, (frames, 2) at RATE_HZ, normalised, with no DC."""
    recipe = RECIPES[name]
    sound = recipe.make(recipe.frames, recipe.seed)
    sound -= sound.mean(axis=0, dtype=np.float64).astype(np.float32)
    sound *= np.float32(10.0 ** ((recipe.lufs - integrated_lufs(sound)) / 20.0))
    return sound
