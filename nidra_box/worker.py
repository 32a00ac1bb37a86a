"""The one way to have a thread of its own: it does one thing, and its death is not silent."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from nidra_box.diary.entries import Entry, Fault

log = logging.getLogger("nidra_box")


def to_log(entry: Entry) -> None:
    """For whoever has no inbox."""
    log.warning("%s", entry.sentence())


class Worker:
    """A daemon thread. What `work` raises is posted as a fault of the part `name`, and `died` is
    true from then on; one that returns has done its work."""

    def __init__(
        self, name: str, work: Callable[[], None], post: Callable[[Entry], None] = to_log
    ) -> None:
        self.name = name
        self.died = False
        self._work = work
        self._post = post
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> Worker:
        self._thread.start()
        return self

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self, timeout_s: float) -> None:
        """Wait for its end; at once if it was never started."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 (a thread has nobody above it)
            self.died = True
            self._post(Fault(self.name, f"{type(error).__name__}: {error}"))
