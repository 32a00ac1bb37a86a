"""The score: a whole night, computed before it begins. Pure.

`parse` reads a `nidra-script/1` document into a `Script` within `limits`, `rules` finds its
mistakes, `layout` places the cues, `compile` makes the `Score`: for any frame of the night the
voice clips, the level of each bed, the light, the breath and the stage. The lengths of the voice
clips are an argument.
"""
