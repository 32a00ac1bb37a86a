"""Decoded blocks: on the spot for offline renders, ahead on a thread of its own for the box.

Both readers cut every source into blocks of BLOCK frames on the same grid, so that they
give the same samples whatever is asked for in which order.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nidra_box.diary.entries import Entry
from nidra_box.sound.sources import Source
from nidra_box.words import reason_of
from nidra_box.worker import Worker, to_log

Frames = NDArray[np.float32]

BLOCK = 16_384  # frames: a third of a second, 64 kB of one channel
OpenSource = Callable[[str], Source]
"""Opens a source by its name ("bed:brown", "voice:…", "track:…"). Raises BadSound."""

Complain = Callable[[str, str], None]
"""Told once of every source that fails: its name and the reason. Any thread."""


def _assemble(block_of: Callable[[int], Frames | None], start: int, n: int) -> Frames | None:
    """Frames [start, start + n) out of blocks; zeros before 0; None when one is missing."""
    if start + n <= 0:
        return np.zeros((n, 1), np.float32)
    pieces: list[Frames] = []
    at = max(start, 0)
    while at < start + n:
        block = block_of(at // BLOCK)
        if block is None:
            return None
        offset = at % BLOCK
        piece = block[offset : offset + (start + n - at)]
        pieces.append(piece)
        at += len(piece)
    if start < 0:
        pieces.insert(0, np.zeros((-start, pieces[0].shape[1]), np.float32))
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _until(has_block: Callable[[int], bool], start: int) -> int:
    """The first frame from `start` on whose block is not there."""
    block = max(start, 0) // BLOCK
    while has_block(block):
        block += 1
    return max(block * BLOCK, start)


class _Sources:
    """Open sources by name; a source that fails is complained of once and stays closed."""

    def __init__(self, open_source: OpenSource, complain: Complain) -> None:
        self._open_source = open_source
        self._complain = complain
        self._open: dict[str, Source] = {}
        self.broken: set[str] = set()

    def load(self, name: str, block: int) -> Frames | None:
        if name in self.broken:
            return None
        try:
            source = self._open.get(name)
            if source is None:
                source = self._open[name] = self._open_source(name)
            return source.read(block * BLOCK, BLOCK)
        except Exception as error:  # noqa: BLE001 (no file of anybody ends the reader)
            self.broken.add(name)
            failed = self._open.pop(name, None)  # another try is to open what lies there then
            if failed is not None:
                failed.close()
            self._complain(name, reason_of(error))
            return None

    def keep(self, names: set[str]) -> None:
        """Close every source that is not in `names`."""
        for name in [name for name in self._open if name not in names]:
            self._open.pop(name).close()

    def forget_broken(self, name: str) -> None:
        if name:
            self.broken.discard(name)
        else:
            self.broken.clear()


class DirectReader:
    """Decodes when asked and remembers the last blocks. For renders, not for the box."""

    def __init__(
        self,
        open_source: OpenSource,
        complain: Complain = lambda name, reason: None,
        post: Callable[[Entry], None] = to_log,
    ) -> None:
        self._sources = _Sources(open_source, complain)
        self._blocks: OrderedDict[tuple[str, int], Frames] = OrderedDict()

    def read(self, source: str, start: int, n: int) -> Frames | None:
        return _assemble(lambda block: self._block(source, block), start, n)

    def is_broken(self, source: str) -> bool:
        return source in self._sources.broken

    def decoded_until(self, source: str, start: int) -> int:
        return _until(lambda block: (source, block) in self._blocks, start)

    def _block(self, source: str, block: int) -> Frames:
        key = (source, block)
        found = self._blocks.get(key)
        if found is None:
            found = self._sources.load(source, block)
            if found is None:
                return np.zeros((BLOCK, 1), np.float32)
            self._blocks[key] = found
            while len(self._blocks) > 64:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(key)
        return found

    def close(self) -> None:
        self._sources.keep(set())
        self._blocks.clear()


class AheadReader:
    """Decodes on its own thread what `attend` says will be needed; `read` never waits."""

    def __init__(
        self,
        open_source: OpenSource,
        complain: Complain = lambda name, reason: None,
        post: Callable[[Entry], None] = to_log,
        name: str = "reader",
    ) -> None:
        self._sources = _Sources(open_source, complain)
        self._blocks: dict[tuple[str, int], Frames] = {}
        self._wanted: list[tuple[str, int]] = []
        self._changed = threading.Condition()
        self._closing = False
        self.worker = Worker(name, self._run, post).start()

    def read(self, source: str, start: int, n: int) -> Frames | None:
        found = _assemble(lambda block: self._blocks.get((source, block)), start, n)
        if found is None and source in self._sources.broken:
            return np.zeros((n, 1), np.float32)
        return found

    def is_broken(self, source: str) -> bool:
        return source in self._sources.broken

    def decoded_until(self, source: str, start: int) -> int:
        return _until(lambda block: (source, block) in self._blocks, start)

    def attend(self, needed: list[tuple[str, int, int]]) -> None:
        """What will be needed, the most urgent first: (source, first frame, last frame)."""
        wanted = list(
            dict.fromkeys(
                (source, block)
                for source, first, last in needed
                for block in range(max(first, 0) // BLOCK, (max(last, 1) - 1) // BLOCK + 1)
            )
        )
        with self._changed:
            if wanted == self._wanted:
                return
            self._wanted = wanted
            keep = set(wanted)
            for key in [key for key in self._blocks if key not in keep]:
                del self._blocks[key]
            self._changed.notify()

    def forget_broken(self, name: str = "") -> None:
        """Try a source that failed once more (it has been made, a card was mounted), or all of
        them when none is named. Any thread."""
        with self._changed:
            self._sources.forget_broken(name)
            self._changed.notify()

    @property
    def is_alive(self) -> bool:
        return self.worker.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                missing = self._next_missing()
                while missing is None and not self._closing:
                    self._sources.keep({source for source, _ in self._wanted})
                    self._changed.wait()
                    missing = self._next_missing()
                if self._closing or missing is None:
                    self._sources.keep(set())
                    return
            block = self._sources.load(*missing)
            with self._changed:
                if block is not None and missing in self._wanted:
                    self._blocks[missing] = block

    def _next_missing(self) -> tuple[str, int] | None:
        for key in self._wanted:
            if key not in self._blocks and key[0] not in self._sources.broken:
                return key
        return None

    def close(self) -> None:
        """End the thread; waits for the block in hand, at most two seconds."""
        self.end()
        self.worker.join(2.0)

    def end(self) -> None:
        """End the thread after the block in hand, without waiting for that."""
        with self._changed:
            self._closing = True
            self._changed.notify()
