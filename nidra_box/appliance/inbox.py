"""The inbox: the only way into the owner's thread.

Everybody else (the pin library's thread, signal handlers, the reader) only posts.
`queue.SimpleQueue.put` is reentrant C: it is safe in signal handlers and cannot raise.
"""

from __future__ import annotations

import math
import queue
import signal
import time
from dataclasses import dataclass
from typing import Protocol

from nidra_box.appliance.clock import SystemClock
from nidra_box.diary.entries import Entry
from nidra_box.hardware.ports import Edge
from nidra_box.session.events import Gesture

LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Terminate:
    """SIGTERM or SIGINT came."""


@dataclass(frozen=True, slots=True)
class Reload:
    """SIGHUP came."""


@dataclass(frozen=True, slots=True)
class EndWhenIdle:
    """SIGUSR1 came: a new version lies on the disk, and whoever started us will start it."""


@dataclass(frozen=True, slots=True)
class Wake:
    """A part has something to do: ask all when."""


Item = Edge | Gesture | Terminate | Reload | EndWhenIdle | Wake | Entry
"""A contact's edge, a gesture from anybody, a signal, a nudge, or an entry for the diary."""


class AskedToEnd(Exception):
    """SIGTERM came while the box still waited for one of its parts."""


class Inbox(Protocol):
    waited_from: float
    """When the last wait began, on the box's clock. Owner's thread."""

    def post(self, item: Item) -> None:
        """Any thread, any signal handler; never blocks, never raises."""
        ...

    def wait(self, until: float) -> list[Item]:
        """Owner's thread: everything posted, waiting for the first at most until `until`
        on the box's clock (a past time does not wait, infinity waits for a post)."""
        ...


class QueueInbox:
    """The inbox of the running box."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._queue: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self.post = self._queue.put
        self.waited_from = -math.inf
        self.is_ending = False
        """Whether `terminate` was called: for who cannot look into the inbox yet."""

    def terminate(self) -> None:
        """End the box softly. Any thread, any signal handler."""
        self.is_ending = True
        self.post(Terminate())

    def sleep(self, seconds: float) -> None:
        """Owner's thread, before the loop turns: wait for a part that has not come yet. Raises
        AskedToEnd, instead of waiting, once the box is to end."""
        if self.is_ending:
            raise AskedToEnd
        time.sleep(seconds)

    def wait(self, until: float) -> list[Item]:
        self.waited_from = self._clock.now()
        left = self._clock.real_s(until - self.waited_from)
        items: list[Item] = []
        try:
            if left <= 0:
                items.append(self._queue.get_nowait())
            else:
                timeout = LONGEST_WAIT_S if math.isinf(left) else min(left, LONGEST_WAIT_S)
                items.append(self._queue.get(timeout=timeout))
            while True:
                items.append(self._queue.get_nowait())
        except queue.Empty:
            return items


def install_signals(inbox: QueueInbox) -> QueueInbox:
    """SIGTERM and SIGINT end the box softly, SIGHUP reads the settings again, SIGUSR1 ends the
    box once it is idle. Handlers only post. To be called before anything slow: until then each
    of them kills. (`mixer.init` makes SDL swallow SIGTERM and SIGINT unless these are installed.)
    Returns `inbox`."""
    signal.signal(signal.SIGTERM, lambda *_: inbox.terminate())
    signal.signal(signal.SIGINT, lambda *_: inbox.terminate())
    signal.signal(signal.SIGHUP, lambda *_: inbox.post(Reload()))
    signal.signal(signal.SIGUSR1, lambda *_: inbox.post(EndWhenIdle()))
    return inbox
