"""The score: the night as one written thing, decided before it begins. Pure.

`parse` reads a `nidra-script/1` document into a `Script` within `limits`, `rules` says what
is wrong with it, `layout` gives every cue its place, `compile` makes the `Score`: for any
frame of the night the voice clips, the level of each bed, the lightness and colour of the
lamp, the breath and the stage. No module here reads a clock, a file or a device; the
lengths of the voice clips come in as an argument.
"""
