"""The studio: what authors, charts and proves. It may import everything of the box; nothing of
the box imports it, so that a box runs without it."""
