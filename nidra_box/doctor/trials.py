"""Two things that only a person can judge: the lamp breathes once, the bowl sounds softly.

Both keep the night's promises: no step of light above 0.5 L*, no gain that rises faster than
6 dB a second. They run on the caller's thread and block for about fifteen seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nidra_box.hardware.ports import Light
from nidra_box.light.lightness import luminance
from nidra_box.sound.card.deck import Deck
from nidra_box.units import (
    CEILING_DBTP,
    LIGHT_HZ,
    MAX_RISE_DB_PER_S,
    RATE_HZ,
    SILENT_LUFS,
    amplitude,
)

BREATH_S, PEAK_LIGHTNESS, FRAME_S = 10.0, 36.0, 1 / LIGHT_HZ
STRIKES_S = (0.0, 4.0, 8.0)
BOWL_S, FADE_S = 15.0, 3.0
FIRST_DB = -60.0
TURN_WITHIN = 3.0
"""A slot that takes three times its length: the card stands still."""

Frames = NDArray[np.float32]


class CardStandsStill(Exception):
    """The card takes no sound; closing it may hang."""


def lightness_at(seconds: float) -> float:
    """The L* of one breath: dark at both ends."""
    return PEAK_LIGHTNESS * (1.0 - math.cos(2.0 * math.pi * seconds / BREATH_S)) / 2.0


def breathe(light: Light, sleep: Callable[[float], None], red: bool = False) -> None:
    """One breath on the amber or the red LED; dark afterwards, whatever happens. Raises
    OSError as the lamp does."""
    try:
        for frame in range(round(BREATH_S / FRAME_S) + 1):
            level = luminance(lightness_at(frame * FRAME_S))
            light.write(0.0 if red else level, level if red else 0.0)
            sleep(FRAME_S)
    finally:
        light.write(0.0, 0.0)


def soft_bowl(bowl: Frames, top_db: float) -> NDArray[np.int16]:
    """Three strokes under one gain that rises 6 dB a second from nearly nothing to `top_db`
    and fades to silence: `bowl` is (frames, 2) at RATE_HZ, the answer 16 bits."""
    frames = round(BOWL_S * RATE_HZ)
    mixed = np.zeros((frames, 2), np.float32)
    for at in STRIKES_S:
        begin = round(at * RATE_HZ)
        part = bowl[: frames - begin]
        mixed[begin : begin + len(part)] += part
    seconds = np.arange(frames) / RATE_HZ
    fade_db = -SILENT_LUFS * np.clip((seconds - (BOWL_S - FADE_S)) / FADE_S, 0.0, 1.0)
    gain_db = np.minimum(FIRST_DB + MAX_RISE_DB_PER_S * seconds, top_db) - fade_db
    mixed *= (10.0 ** (gain_db / 20.0)).astype(np.float32)[:, None]
    loudest = amplitude(CEILING_DBTP)
    return np.rint(mixed.clip(-loudest, loudest) * 32767.0).astype(np.int16)


def play(deck: Deck, pcm: NDArray[np.int16], sleep: Callable[[float], None]) -> None:
    """Play `pcm` through the deck, slot by slot, then close it. Raises DeckError, or
    CardStandsStill with the deck left open."""
    deck.open()
    size = deck.slot_frames
    pieces = [pcm[begin : begin + size] for begin in range(0, len(pcm), size)]
    for number, piece in enumerate([*pieces, pcm[:0]]):
        slot = (number + 1) % 2
        whole = np.zeros((size, 2), np.int16)
        whole[: len(piece)] = piece
        deck.write(slot, 0, whole)
        deck.queue(slot)
        _await(deck, slot, sleep)
    deck.close()


def _await(deck: Deck, slot: int, sleep: Callable[[float], None]) -> None:
    waited, patience = 0.0, TURN_WITHIN * deck.slot_frames / RATE_HZ
    while deck.current() != slot:
        if waited > patience or not deck.connected():
            raise CardStandsStill("the sound card takes no sound")
        sleep(FRAME_S)
        waited += FRAME_S
