"""Every sound that has a file in `sound/beds`, and the making of one. numpy only."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import numpy as np

from nidra_box.score.script import KnownSounds
from nidra_box.sound.beds.making.recipe import Recipe, Sound
from nidra_box.sound.loudness import integrated_lufs
from nidra_box.units import amplitude

_PACKAGE = __name__.removesuffix(".making.recipes")
_FIRST = ("brown", "bowl", "bell")
"""What the first night wants is made first."""


def _found() -> dict[str, Recipe]:
    # Not pkgutil: to import it costs a start a millisecond.
    files = sorted(os.listdir(Path(__file__).parents[1]))
    names = [f.removesuffix(".py") for f in files if f.endswith(".py") and f != "__init__.py"]
    found = {}
    for name in dict.fromkeys((*_FIRST, *names)):
        recipe: Recipe = import_module(f"{_PACKAGE}.{name}").RECIPE
        found[f"{'bed' if recipe.loops else 'sound'}:{name}"] = recipe
    return found


RECIPES = _found()
"""By the names of their sources, in the order in which they are made. Beds that may well be
heard together have loops of different lengths: 61, 73 and 89 s."""

KNOWN_SOUNDS = KnownSounds(
    beds={
        name.removeprefix("bed:"): recipe.modulation_db
        for name, recipe in RECIPES.items()
        if recipe.modulation_db is not None
    },
    struck=tuple(n.removeprefix("sound:") for n, recipe in RECIPES.items() if not recipe.loops),
)
"""What a script may name."""


def synthesise(name: str) -> Sound:
    """The sound `name`, (frames, 2) at RATE_HZ, normalised, with no DC."""
    recipe = RECIPES[name]
    sound = recipe.make(recipe.frames, recipe.seed)
    sound -= sound.mean(axis=0, dtype=np.float64).astype(np.float32)
    sound *= np.float32(amplitude(recipe.lufs - integrated_lufs(sound)))
    return sound
