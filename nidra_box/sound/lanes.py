"""Two threads that decode ahead: one for what the box has itself, one for a person's recordings.

Recordings may lie on a disk that takes seconds to wake. While its thread waits for it, voice and
bed of a night that plays are read on.
"""

from __future__ import annotations

from collections.abc import Callable

from nidra_box.diary.entries import Entry
from nidra_box.sound.reader import AheadReader, Complain, Frames, OpenSource
from nidra_box.worker import Worker, to_log

RECORDINGS = "track:"
"""How the names of their sources begin."""


class Lanes:
    """As one `AheadReader`."""

    def __init__(
        self,
        open_source: OpenSource,
        complain: Complain = lambda name, reason: None,
        post: Callable[[Entry], None] = to_log,
    ) -> None:
        self._own = AheadReader(open_source, complain, post)
        self._recordings = AheadReader(open_source, complain, post, "recordings reader")

    @property
    def workers(self) -> tuple[Worker, ...]:
        return self._own.worker, self._recordings.worker

    def read(self, source: str, start: int, n: int) -> Frames | None:
        return self._lane(source).read(source, start, n)

    def is_broken(self, source: str) -> bool:
        return self._lane(source).is_broken(source)

    def decoded_until(self, source: str, start: int) -> int:
        return self._lane(source).decoded_until(source, start)

    def attend(self, needed: list[tuple[str, int, int]]) -> None:
        """What will be needed, the most urgent first: (source, first frame, last frame)."""
        for lane in (self._own, self._recordings):
            lane.attend([each for each in needed if self._lane(each[0]) is lane])

    def forget_broken(self, name: str = "") -> None:
        """Try a source that failed once more, or all of them when none is named. Any thread."""
        for lane in (self._own, self._recordings):
            lane.forget_broken(name)

    def close(self) -> None:
        """End both threads. Does not wait for a recording's disk."""
        self._recordings.end()
        self._own.close()

    def _lane(self, source: str) -> AheadReader:
        return self._recordings if source.startswith(RECORDINGS) else self._own
