"""What a decoder writes to stderr by itself, caught and logged with the name of its file.

libmpg123 cannot be told to be quiet through libsndfile. What others write meanwhile is passed on.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger("nidra_box")
_ITS_OWN = re.compile(rb"\s*(\[\S*libmpg123|(note|warning): |$)", re.IGNORECASE)
_turn = threading.Lock()


@contextmanager
def caught(name: str) -> Iterator[None]:
    """While it stands, stderr is held back. Whoever comes second is not made to wait."""
    if sys.__stderr__ is None or sys.platform != "linux" or not _turn.acquire(blocking=False):
        yield
        return
    try:
        with open(os.memfd_create("stderr"), "r+b") as held:
            kept = os.dup(2)
            os.dup2(held.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(kept, 2)
                os.close(kept)
                held.seek(0)
                lines = held.readlines()
                for line in lines:
                    if not _ITS_OWN.match(line):
                        os.write(2, line)
                own = [line.strip() for line in lines if _ITS_OWN.match(line) and line.strip()]
                if own:
                    log.debug("%s: %s", name, b"; ".join(own).decode(errors="replace"))
    finally:
        _turn.release()
