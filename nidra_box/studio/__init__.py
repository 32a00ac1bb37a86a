"""The studio: what authors, charts and proves.

`nights` runs whole nights in virtual time and `promises` checks them; `chart` and `terminal` draw;
`voice` makes clips of words, `writing` helps to write; `cli` has the commands. It may import
everything of the box; nothing of the box imports it, so that a box runs without it.
"""
