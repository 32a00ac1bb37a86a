"""The doctor: what is wrong with this box as it is built, and the mend, a line per thing.

`machine` reads everything once into a `Machine`, from a root folder that a test may plant,
and `asks` answers what no file can (groups, free space, the level of a line). `overlays`
knows which boards sit on which pins. What is found is a pure function of that snapshot:
`pins`, `light`, `sound`, `system`, `packages`; `content` looks at settings, scripts and
sounds. `examine` puts them in order, `report` says it. Nothing is changed, only read; what
cannot be read is unknown, never an error. `trials` are for eyes and ears: the lamp breathes
once, the bowl sounds. `watching` watches a person turn the knob and press the button, `knob`
and `button` judge what came, with the box's own decoder, and `knob_says` puts it in words.
"""
