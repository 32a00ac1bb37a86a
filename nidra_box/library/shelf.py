"""A person's own recordings, and the score of each.

`Shelf` reads when it is asked, for commands. `AheadShelf` is the running box's: all of it is read
on a thread of its own, since the store may lie on a disk that sleeps, and the owner waits for
nobody. What is not there yet is `NotYet`, and comes.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path

from nidra_box.diary.entries import Entry
from nidra_box.documents.untrusted import is_file_name
from nidra_box.library.folders import Folders
from nidra_box.library.port import CannotPlay, NotYet
from nidra_box.library.record import CUES, PERSON, RECORD, SOUNDS, is_id
from nidra_box.library.recordings import as_recorded, exactly, score_in, score_of_recording
from nidra_box.library.stock import (
    NOTHING,
    Mark,
    Stock,
    mark_of,
    mark_of_names,
    mark_of_stock,
    read_index_alone,
    read_stock,
)
from nidra_box.score.score import Score
from nidra_box.score.track import TrackSpan
from nidra_box.sound.sources import BadSound
from nidra_box.words import reason_of
from nidra_box.worker import Worker, to_log

KEPT = 16
"""The chosen one, the next, what plays, what a script plays and what was stepped through; the
levels of a night are 200 kB each."""

PROGRESS_S = 60.0
"""How often it is read at most how far the intake is, while nothing comes of it."""

Read = Callable[[Folders, str], Score]
"""Reads the score of a recording by its name. Raises CannotPlay."""


def read_score(folders: Folders, name: str) -> Score:
    """The score of a recording that was taken in, or of a file that was not. Blocks. Raises
    CannotPlay."""
    try:
        if is_id(name):
            return score_in(folders.recordings / name)
        return score_of_recording(in_library(folders, name))
    except FileNotFoundError as error:
        raise CannotPlay("is not there (any more)") from error
    except (BadSound, OSError, ValueError) as error:
        raise CannotPlay(reason_of(error).splitlines()[0]) from error


def read_exact_score(folders: Folders, name: str) -> Score:
    """The same with its level in every tenth of a second, for proofs and charts, where the store
    has it. Blocks. Raises CannotPlay."""
    score = read_score(folders, name)
    if not is_id(name):
        return score
    try:
        return exactly(score, folders.recordings / name)
    except (OSError, ValueError):
        return score  # of every second, then: that is in its record


def in_library(folders: Folders, name: str) -> Path:
    """A file of the library folder: never one outside it. Raises BadSound."""
    if not is_file_name(name):
        raise BadSound("is not a file of the library folder")
    return folders.library / name


def sound_of(folders: Folders, recording: str) -> Path:
    """The file that plays of a recording that was taken in. Raises BadSound."""
    for name in SOUNDS:
        path = folders.recordings / recording / name
        if path.is_file():
            return path
    raise BadSound("is not there (any more)")


def _mark(folders: Folders, name: str) -> Mark:
    if is_id(name):
        place = folders.recordings / name
        return mark_of(place / RECORD, place / PERSON, place / CUES)
    return mark_of(folders.library / name)


class Shelf:
    """Reads on the spot. One thread."""

    def __init__(self, folders: Folders, read: Read = read_score) -> None:
        self._folders = folders
        self._read = read
        self._stock = Stock()
        self._mark: Mark = ()
        self.revision = 0

    @property
    def stock(self) -> Stock:
        mark = mark_of_stock(self._folders)
        if mark != self._mark:
            self._mark, self._stock = mark, read_stock(self._folders, self._stock)
        return self._stock

    def load(self, name: str) -> Score:
        """Raises CannotPlay."""
        return self._read(self._folders, name)

    def fetch(self, name: str) -> None:
        """It is read when it is asked for, and so is all."""

    def make_room(self, count: int) -> None:
        """Nothing is kept."""

    def look(self, afresh: bool = False) -> None:
        """Likewise."""

    def start(self) -> None:
        """Likewise."""

    def close(self) -> None:
        """Nothing is open."""


class AheadShelf:
    """Reads on its own thread; all methods are the owner's and never wait. `learn` is called on
    that thread when the stock has changed, before anybody sees it, and gives the ids of names;
    `wake` (any thread) when there is something new, and then `revision` has grown."""

    def __init__(
        self,
        folders: Folders,
        wake: Callable[[], None],
        learn: Callable[[Stock], Mapping[str, str]] = lambda stock: {},
        post: Callable[[Entry], None] = to_log,
        read: Read = read_score,
    ) -> None:
        self.stock = NOTHING
        self.revision = 0
        self._folders = folders
        self._wake = wake
        self._learn = learn
        self._read = read
        self._changed = threading.Condition()
        self._kept: OrderedDict[str, tuple[Mark, Score | CannotPlay]] = OrderedDict()
        self._room = KEPT
        self._wanted: list[str] = []
        self._asked = self._afresh = self._closing = False
        self._marks: tuple[Mark, Mark] = ((), ())
        self._read_at = 0.0
        self.worker = Worker("library", self._run, post)

    # -- the owner's --------------------------------------------------------------------

    def start(self) -> None:
        """Look for the first time."""
        self._asked = True
        self.worker.start()

    def load(self, name: str) -> Score:
        """Raises NotYet while it has not been read, and CannotPlay."""
        with self._changed:
            if name in self._kept:
                self._kept.move_to_end(name)
                found = self._kept[name][1]
                if isinstance(found, CannotPlay):
                    raise found
                return found
            if name not in self._wanted:
                self._wanted = [*self._wanted, name][-self._room :]
                self._changed.notify()
        raise NotYet("is still being fetched from its disk")

    def fetch(self, name: str) -> None:
        """Read it before all others."""
        with self._changed:
            self._wanted = [name, *(other for other in self._wanted if other != name)][: self._room]
            self._changed.notify()

    def make_room(self, count: int) -> None:
        """One script plays so many, and so may the next one: all of them must be kept."""
        self._room = max(self._room, KEPT + 2 * count)

    def look(self, afresh: bool = False) -> None:
        """Look whether the stock, or what was read, has changed; `afresh`: take it as changed."""
        with self._changed:
            self._asked, self._afresh = True, self._afresh or afresh
            self._changed.notify()

    def close(self) -> None:
        """End the thread, without waiting: its disk may take its time."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    # -- its own thread -----------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._closing or self._asked or self._next()):
                    self._changed.wait()
                if self._closing:
                    return
                name, afresh = self._next(), self._afresh
                if not name:
                    self._asked = self._afresh = False
            if name:
                self._fetch(name)
            else:
                self._look(afresh)

    def _next(self) -> str:
        """What is wanted most. A file's name waits for the stock: it may have got an id."""
        for name in self._wanted:
            if name not in self._kept and (is_id(name) or self.stock.is_known):
                return name
        return ""

    def _look(self, afresh: bool) -> None:
        marks = mark_of_names(self._folders), mark_of_stock(self._folders)
        waited = time.monotonic() - self._read_at >= PROGRESS_S
        is_new = afresh or marks[0] != self._marks[0] or (waited and marks[1] != self._marks[1])
        if is_new and self.stock is NOTHING and (stock := read_index_alone(self._folders)).index:
            self._adopt(stock)  # so a press need not wait for more; the rest comes after it
            with self._changed:
                self._asked = True
            self._tell()
            return
        if is_new:
            self._marks, self._read_at = marks, time.monotonic()
            self._adopt(read_stock(self._folders, self.stock))
        with self._changed:
            kept = [(name, mark) for name, (mark, _) in self._kept.items()]
        for name, mark in kept:
            if afresh or _mark(self._folders, name) != mark:
                self._fetch(name)
        if is_new:
            self._tell()

    def _adopt(self, stock: Stock) -> None:
        called = {**stock.by_name, **self._learn(stock)}
        with self._changed:  # a file that got an id is opened no more
            self._wanted = [called.get(name, name) for name in self._wanted]
            self.stock = stock

    def _fetch(self, name: str) -> None:
        mark = _mark(self._folders, name)
        found: Score | CannotPlay
        try:
            found = self._read(self._folders, name)
        except CannotPlay as error:
            found = error
        with self._changed:
            self._kept[name] = mark, found
            self._wanted = [other for other in self._wanted if other != name]
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        self._tell()

    def _tell(self) -> None:
        self.revision += 1
        self._wake()


def taken_in(shelf: Shelf | AheadShelf, track: TrackSpan, dark_from: int) -> TrackSpan | None:
    """What a script plays of the file of `track`, as its record has it; None where that cannot be
    read, and `track` itself for a file that was not taken in. Raises NotYet."""
    ids = shelf.stock.by_name
    if shelf.stock.is_known and track.file not in ids:
        return track
    try:
        recording = shelf.load(ids.get(track.file, track.file))
    except NotYet:
        raise
    except CannotPlay:
        return None
    return as_recorded(track, recording, dark_from)
