"""Beds, bowl and bell made from seeds, so that none of them is shipped as a large file.

Each file in here is one sound, by its name in a script: a `RECIPE` and what makes it. A new
file is a new sound; nothing else names it. Everything is made a block at a time: all sounds
together need under 150 MB and a few seconds of a desktop machine. Never in the process that
plays.
"""

from nidra_box.sound.beds.making.cache import file_name, make_into, missing
from nidra_box.sound.beds.making.recipe import Recipe
from nidra_box.sound.beds.making.recipes import KNOWN_SOUNDS, RECIPES, synthesise

__all__ = [
    "KNOWN_SOUNDS",
    "RECIPES",
    "Recipe",
    "file_name",
    "make_into",
    "missing",
    "synthesise",
]
