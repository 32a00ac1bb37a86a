"""The terminal for the picture alone, while libraries complain."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def screen_of_its_own() -> Iterator[None]:
    """Textual draws on stderr; ALSA and SDL write complaints there too, in the middle of the
    picture. While it stands the picture has the terminal alone, and theirs go nowhere. It is
    drawn on the terminal even where stderr is not (`2>log`)."""
    drawn = 1 if os.isatty(1) else 2
    screen = os.fdopen(os.dup(drawn), "w", encoding="utf-8", errors="replace")
    before = sys.__stderr__
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    sys.__stderr__ = screen  # type: ignore[misc]
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        sys.__stderr__ = before  # type: ignore[misc]
        for descriptor in (kept, nowhere):
            os.close(descriptor)
        screen.close()
