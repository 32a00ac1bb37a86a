"""The two-slot tape deck that the ring plays on: `pygame.mixer`, and nothing else of pygame.

What makes it hold (measured, sample-exact): two `Sound` buffers of a whole number of device
buffers, played alternately with `Channel.play` and `Channel.queue`; their memory may be
written while they play; when `get_sound()` turns over, the other is free.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nidra_box.sound.card import alsa
from nidra_box.units import RATE_HZ

Pcm = NDArray[np.int16]


class DeckError(Exception):
    """The sound card cannot be opened, with the reason in a person's words."""


class Deck(Protocol):
    """Two slots of `slot_frames` stereo frames at RATE_HZ, played one after the other.

    All methods are called on the owner's thread. `buffer_frames` is the device buffer: the
    deck takes sound in portions of that size.
    """

    buffer_frames: int
    slot_frames: int

    @property
    def name(self) -> str:
        """The card, for a person."""
        ...

    def open(self) -> None:
        """Open the card with both slots silent, and play slot 0. Raises DeckError."""
        ...

    def close(self) -> None:
        """Give the card back, to open another. May block for 0.2 s; on a stalled card for ever,
        so it is left open at the end of the process."""
        ...

    def current(self) -> int | None:
        """The slot that is being played, or None when the deck has run dry."""
        ...

    def queue(self, slot: int) -> None:
        """Play `slot` when the current one ends."""
        ...

    def write(self, slot: int, offset: int, pcm: Pcm) -> None:
        """Put frames into a slot; they may be about to be played."""
        ...

    def connected(self) -> bool:
        """False once the card is known to be gone. Cheap."""
        ...


@dataclass(slots=True)
class Card:
    """Which card, and how: `name` is an ALSA PCM name, `driver` SDL's name of the backend (alsa,
    dummy, disk) or empty for SDL's choice.

    Without a name `find` is given what was `opened` last (None: nothing yet) and says what to open:
    an ALSA name, "" for the system's default, None that the right one has not come yet."""

    name: str = ""
    driver: str = ""
    find: Callable[[str | None], str | None] = lambda opened: ""
    opened: str | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether SDL only pretends to play."""
        return (self.driver or os.environ.get("SDL_AUDIODRIVER")) == "dummy"

    def wanted(self) -> str | None:
        return self.name or self.find(self.opened)

    def has_better(self) -> bool:
        """Whether another card than the one that is open should be, by now."""
        wanted = self.wanted()
        return wanted is not None and wanted != self.opened


class PygameDeck:
    """The deck on `pygame.mixer`."""

    def __init__(self, card: Card, buffer_frames: int, buffers_per_slot: int) -> None:
        self.card = card
        self.buffer_frames = buffer_frames
        self.slot_frames = buffer_frames * buffers_per_slot
        self._mixer: Any = None
        self._sounds: list[Any] = []
        self._memory: list[Pcm] = []
        self._channel: Any = None
        self._status: Callable[[], bool] = lambda: True

    @property
    def name(self) -> str:
        if self.card.is_nothing:
            return "no card, into nothing"
        return self.card.name or self.card.opened or "the system's default card"

    def open(self) -> None:
        # Even where no card has come yet: an upgrade may be replacing pygame when it comes.
        mixer, mixer_error = _import_mixer()
        name = self.card.wanted()
        if name is None:
            raise DeckError("none has come yet but HDMI or the jack")
        _tell_sdl(name, self.card.driver)
        try:
            mixer.init(RATE_HZ, -16, 2, self.buffer_frames, allowedchanges=0)
            if mixer.get_init() != (RATE_HZ, -16, 2):
                raise DeckError(f"the card gives {mixer.get_init()}, not 48 kHz 16-bit stereo")
            empty = bytes(self.slot_frames * 4)
            self._sounds = [mixer.Sound(buffer=empty) for _ in range(2)]
            self._memory = [
                np.asarray(memoryview(sound)).view("<i2").reshape(-1, 2) for sound in self._sounds
            ]
            self._channel = mixer.Channel(0)
            self._channel.play(self._sounds[0])
        except mixer_error as error:
            raise DeckError(str(error)) from error
        finally:
            if os.environ.get("SDL_AUDIODRIVER", "alsa") == "alsa":
                alsa.hush()
        self.card.opened = name
        self._mixer = mixer
        self._status = _device_status()

    def close(self) -> None:
        if self._mixer is not None:
            self._memory = []
            self._sounds = []
            self._channel = None
            self._mixer.quit()
            self._mixer = None

    def current(self) -> int | None:
        playing = self._channel.get_sound()
        for slot, sound in enumerate(self._sounds):
            if playing is sound:
                return slot
        return None

    def queue(self, slot: int) -> None:
        self._channel.queue(self._sounds[slot])

    def write(self, slot: int, offset: int, pcm: Pcm) -> None:
        self._memory[slot][offset : offset + len(pcm)] = pcm

    def connected(self) -> bool:
        return self._status()


_told: set[str] = set()
"""The names that SDL was told by us."""


def _import_mixer() -> tuple[Any, type[Exception]]:
    """`pygame.mixer` and `pygame.error`."""
    os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
    _skip_package_code("pygame")
    mixer = importlib.import_module("pygame.mixer")
    error: type[Exception] = importlib.import_module("pygame.base").error
    return mixer, error


def _tell_sdl(name: str, driver: str) -> None:
    """Which card `mixer.init` is to take. Names, not numbers: `devicename=` refuses PCM names
    (measured)."""
    if driver:
        os.environ["SDL_AUDIODRIVER"] = driver
    if name:
        os.environ["AUDIODEV"] = name
        _told.add(name)
    elif os.environ.get("AUDIODEV") in _told:
        del os.environ["AUDIODEV"]  # ours, of an earlier try


def _skip_package_code(name: str) -> None:
    """Let `import pygame.mixer` bring the mixer only. pygame's own `__init__` also loads
    display, fonts and images, of which a box without a screen needs nothing: 12 MB and 60 ms
    (measured). An empty package with pygame's folder stands in for it."""
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        return
    package = types.ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules[name] = package


SDL_FIRST_DEVICE = 2
"""SDL numbers the devices of SDL_OpenAudioDevice from 2; the mixer opens one."""
SDL_STOPPED = 0


def _device_status() -> Callable[[], bool]:
    """A function that asks SDL whether its device still exists.

    A lost card raises nothing: SDL goes on "playing" into a dummy and only its own device
    status says so (measured on SDL 2.28: 1 playing, 0 once the card is gone). pygame does
    not pass it on, so SDL is asked directly; where that cannot be done the ring's pace and
    /proc/asound are what is left.
    """
    try:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            path = next(line.split(maxsplit=5)[5].strip() for line in maps if "libSDL2-2" in line)
        status = ctypes.CDLL(path).SDL_GetAudioDeviceStatus
    except (OSError, StopIteration, AttributeError):
        return lambda: True
    return lambda: bool(status(ctypes.c_uint32(SDL_FIRST_DEVICE)) != SDL_STOPPED)
