"""Taking recordings in, by day: a process of its own that decodes what lies in `library/` once,
measures it, and puts what will play into the store. The daemon never imports this room.
"""
