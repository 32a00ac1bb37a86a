"""The light: what the lamp shall show, and who writes it.

`lightness` holds the CIE scale, `lamp` turns a session and its score into levels: at
most 50 a second, none while nothing changes, never more than 0.5 L* at once; both are pure.
`driver` writes the lamp and tries again while it fails.
"""
