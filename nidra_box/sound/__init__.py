"""The sound: from score frames to what the card gets, without a step and without a gap.

`beds` makes beds from seeds and `sources` streams files; `reader` decodes ahead on its
own thread. `mix` is pure: a state and a number of frames in, frames and the next state out.
`ring` keeps two seconds of that inside `pygame.mixer` and rewrites what has not been heard yet;
`player` plays on a card that may be lost, `card` finds and opens one. `loudness` measures.
"""
