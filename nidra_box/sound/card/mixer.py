"""The card's own mixer, in front of which our volume is only a part: some cards come up at
-20 dB, others at full. Set once when the card is opened, where the settings name a control; else
only read, to be said. Through libasound, which SDL has loaded anyway.

Owner's thread, while the card plays silence. Blocks for some milliseconds, as opening a card does.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nidra_box.diary.entries import CardLevel, Fault
from nidra_box.sound.card import alsa

FRONT_LEFT = 0
ACCURATE_OR_BELOW = -1
"""Of snd_mixer_selem_set_playback_dB_all: never louder than was asked for."""
MAX_TOLD = 6


class MixerError(Exception):
    """The mixer cannot be used, with the reason in a person's words."""


@dataclass(frozen=True, slots=True)
class Control:
    """A volume that plays, as the mixer gives it. `db` is None where the card does not say."""

    name: str
    db: float | None
    is_muted: bool

    def __str__(self) -> str:
        level = "without a level in dB" if self.db is None else f"{self.db:g} dB"
        return f"{self.name} {level}{', muted' if self.is_muted else ''}"


def control_device(pcm: str) -> str:
    """The ALSA name of the mixer that belongs to an ALSA name to play on; "default" for those
    that name no card."""
    found = re.search(r"CARD=([^,]+)", pcm) or re.match(r"(?:plug)?hw:([^,]+)", pcm)
    return f"hw:{found[1].strip()}" if found else "default"


def set_up(
    pcm: str, control: str, db: float, load: Callable[[], Any] | None = None
) -> list[CardLevel | Fault]:
    """Set `control` of the card behind `pcm` to `db` and let it sound; without a control leave
    all as it is. Says where it stands then. Does not raise."""
    device = control_device(pcm)
    if not control and device == "default":
        return []  # somebody set ALSA up by hand, and knows
    try:
        with _opened(device, load or _library) as (library, elements):
            if control:
                _set(library, elements, control, db)
            told = [_read(library, element) for element in _named(library, elements, control)]
    except MixerError as error:
        return [Fault(f"mixer {device}", str(error))] if control else []
    return [CardLevel(device, "; ".join(map(str, told[:MAX_TOLD])))] if told else []


def _set(library: Any, elements: list[int], control: str, db: float) -> None:
    found = _named(library, elements, control)
    if not found:
        there = ", ".join(dict.fromkeys(_read(library, e).name for e in elements)) or "none"
        raise MixerError(f"no {control} to set; there are: {there}")
    for element in found:
        hundredths = ctypes.c_long(round(db * 100))
        _check(
            library,
            library.snd_mixer_selem_set_playback_dB_all(
                ctypes.c_void_p(element), hundredths, ACCURATE_OR_BELOW
            ),
            f"{control} cannot be set to {db:g} dB",
        )
        if library.snd_mixer_selem_has_playback_switch(ctypes.c_void_p(element)):
            on = library.snd_mixer_selem_set_playback_switch_all(ctypes.c_void_p(element), 1)
            _check(library, on, f"{control} stays muted")


def _named(library: Any, elements: list[int], control: str) -> list[int]:
    """The elements of that name; all of them without one."""
    return [e for e in elements if control in ("", _read(library, e).name)]


def _read(library: Any, element: int) -> Control:
    handle = ctypes.c_void_p(element)
    name = library.snd_mixer_selem_get_name(handle) or b"?"
    hundredths, is_on = ctypes.c_long(0), ctypes.c_int(1)
    wrong = library.snd_mixer_selem_get_playback_dB(handle, FRONT_LEFT, ctypes.byref(hundredths))
    if library.snd_mixer_selem_has_playback_switch(handle):
        library.snd_mixer_selem_get_playback_switch(handle, FRONT_LEFT, ctypes.byref(is_on))
    db = None if wrong < 0 else hundredths.value / 100
    return Control(name.decode("utf-8", "replace"), db, not is_on.value)


@contextmanager
def _opened(device: str, load: Callable[[], Any]) -> Iterator[tuple[Any, list[int]]]:
    """libasound and the elements of the mixer that have a volume to play with."""
    library = load()
    mixer = ctypes.c_void_p()
    _check(library, library.snd_mixer_open(ctypes.byref(mixer), 0), "no mixer")
    try:
        attached = library.snd_mixer_attach(mixer, device.encode())
        _check(library, attached, f"the mixer {device} cannot be opened")
        _check(library, library.snd_mixer_selem_register(mixer, None, None), "no mixer")
        _check(library, library.snd_mixer_load(mixer), f"the mixer {device} cannot be read")
        elements = []
        element = library.snd_mixer_first_elem(mixer)
        while element:
            if library.snd_mixer_selem_has_playback_volume(ctypes.c_void_p(element)):
                elements.append(element)
            element = library.snd_mixer_elem_next(ctypes.c_void_p(element))
        yield library, elements
    finally:
        library.snd_mixer_close(mixer)


def _library() -> Any:
    for path in reversed(alsa.libraries()):  # the system's first, whose settings are installed
        try:
            library = ctypes.CDLL(path)
            for name in ("snd_mixer_first_elem", "snd_mixer_elem_next"):
                getattr(library, name).restype = ctypes.c_void_p
            for name in ("snd_mixer_selem_get_name", "snd_strerror"):
                getattr(library, name).restype = ctypes.c_char_p
        except (OSError, AttributeError):
            continue
        return library
    raise MixerError("there is no libasound")


def _check(library: Any, answer: int, what: str) -> None:
    if answer < 0:
        why = (library.snd_strerror(answer) or b"?").decode("utf-8", "replace")
        raise MixerError(f"{what} ({why})")
