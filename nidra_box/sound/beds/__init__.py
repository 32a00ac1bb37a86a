"""Beds, bowl and bell made from seeds, so that none of them is shipped as a large file.

`noise` makes noise of any spectrum that repeats without a seam (brown, pink), `rain` and
`ocean` build on it; `tones` sums partials, steady (the drone) or dying away, which
`struck` uses for the bowl and the bell. `recipes` is the one table of all sounds, and
`cache` keeps them as files, whole or not at all, and knows a damaged one. Everything is
made a block at a time: all sounds together need under 150 MB and a few seconds of a desktop
machine. Never in the process that plays.
"""

from nidra_box.sound.beds.cache import file_name, make_into, missing
from nidra_box.sound.beds.recipes import RECIPES, Recipe, synthesise

__all__ = ["RECIPES", "Recipe", "file_name", "make_into", "missing", "synthesise"]
