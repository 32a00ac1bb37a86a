"""The voice: from the words of a script to clips that a score can place.

`engines` speak (free programs of Debian, run as processes of their own), `process` trims
and normalises, `build` renders only what changed and writes the manifest. Runs when content
is made, never in the box.
"""
