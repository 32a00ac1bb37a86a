"""What the loop asks in turn: a file for each part, put into order by `assemble`."""
