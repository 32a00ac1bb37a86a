"""The box as a picture in a terminal, with keys for its button and knob. Needs Textual.

`app` is the program, `layout` its screen and keys, `owner` runs the real box on the one
thread that may act, `hand` turns keys into edges with real durations. `picture`, `panel` and
`night_curve` draw, and know nothing but what they are shown; `diary` keeps the last lines,
`sound` is silent while time runs at another speed, `screenshot` makes the README's picture.
"""
