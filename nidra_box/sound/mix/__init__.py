"""The mixdown, pure: a state and a number of frames in, PCM and the next state out.

`levels` is the one place where a rise is limited to 6 dB/s, `limiter` the last ceiling, `pcm` makes
16 bits. `state` is what is remembered between two blocks, `mixdown` puts it all together.
"""
