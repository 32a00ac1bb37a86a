"""The voice: from the words of a script to clips that a score can place.

`engines` speak (free programs of Debian, run as processes of their own), `process` trims
and normalises, `build` renders only what changed and writes the manifest; `fit` says which words
are too long for their place. For a person's own voice `kit` writes a sheet to record from, and
`take` takes the recordings in, by way of `listen`, `split` and `gather`. Never runs in the box.
"""
