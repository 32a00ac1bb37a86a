"""The light: what the lamp shall show, and when it next needs a hand. Pure.

`lightness` holds the CIE scale, `lamp` turns a session and its score into levels: at
most 50 a second, none while nothing changes, never more than 0.5 L* at once.
"""
