"""Writing on a thread of its own: a worn SD card may take seconds to sync, and neither the
light nor the sound can wait for it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")

CLOSING_S = 3.0


class Writer(Generic[Item]):
    """Gives what is put to `write`, in order; what a newer one `replaces` (newer, older) while
    it waits is not written. `write` returns what went wrong, or an empty string; when that is
    something new it is told to `complain`, on the writer's thread."""

    def __init__(
        self,
        name: str,
        write: Callable[[Item], str],
        complain: Callable[[str], None],
        replaces: Callable[[Item, Item], bool] = lambda newer, older: True,
    ) -> None:
        self.outcome = ""
        """How the last write went."""
        self._name = name
        self._write = write
        self._complain = complain
        self._replaces = replaces
        self._waiting: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, item: Item) -> None:
        """Owner's thread; does not block."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._waiting.put(item)

    def close(self) -> None:
        """Return when everything is written, or after CLOSING_S."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(CLOSING_S)

    def _run(self) -> None:
        waiting: list[Item | None] = []
        while True:
            if not waiting:
                waiting.append(self._waiting.get())
            while not self._waiting.empty():
                waiting.append(self._waiting.get())
            item = waiting.pop(0)
            if item is None:
                return
            while waiting and waiting[0] is not None and self._replaces(waiting[0], item):
                item = waiting[0]
                del waiting[0]
            before, self.outcome = self.outcome, self._write(item)
            if self.outcome not in ("", before):
                self._complain(self.outcome)
