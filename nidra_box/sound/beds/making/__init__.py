"""How sounds are made and kept.

`recipe` is what a sound's file says of it, `recipes` finds all of them. `noise` makes noise of
any spectrum that repeats without a seam, `tones` sums partials, steady or dying away, and
`struck` builds metal of them. `cache` keeps sounds as files, whole or not at all, and knows a
damaged one.
"""
