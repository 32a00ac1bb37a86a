"""What the loop and its parts need of the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nidra_box.appliance.inbox import Inbox
from nidra_box.appliance.store import Store
from nidra_box.diary.diary import Diary
from nidra_box.hardware.ports import Clock, Inputs, Light, Supervisor
from nidra_box.library.port import Programmes, Recordings
from nidra_box.session.events import Settings
from nidra_box.sound.port import Sound
from nidra_box.worker import Worker

Publish = Callable[[dict[str, Any] | None], None]


@dataclass(slots=True)
class Ports:
    """One for the running box, one for nights in virtual time."""

    clock: Clock
    inbox: Inbox
    inputs: Inputs
    light: Light
    sound: Sound
    supervisor: Supervisor
    diary: Diary
    store: Store
    programmes: Programmes
    reload: Callable[[], tuple[Settings | None, str]] = lambda: (None, "nothing to reload")
    when_ready: Callable[[], None] = lambda: None
    """Called once, when the box has said that it is ready: for what need not be done before."""
    workers: tuple[Worker, ...] = ()
    """Threads without which a night cannot go on."""
    publish: Publish = lambda status: None
    """How the box stands, for whoever asks; None when it is as before: it still lives."""
    recordings: Recordings | None = None
    """A person's own recordings that come and go while the box runs."""
    hush: Callable[[bool], None] = lambda hushed: None
    """Told when a session begins, and a minute after its end: what works in the background waits
    meanwhile. Must not raise."""
