"""The sound cards of this machine, by name. Reads /proc only.

Where none is configured one is chosen here: ALSA's own default is card 0, on a Pi often HDMI and
always whatever came first at boot, and what plays on it goes through dmix, which has to be waited
for, too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

COMES_WITHIN_S = 20.0
"""[D] A USB card may come well after us at boot. The jack and the system's default are only taken
once no other card has come for so long."""

SYSTEM_DEFAULT = ""
ALSA_SET_UP = ("etc/asound.conf", "usr/local/etc/asound.conf")


@dataclass(frozen=True, slots=True)
class SoundCard:
    """A line of /proc/asound/cards: `name` is the CARD= of an ALSA name."""

    number: int
    name: str
    title: str

    @property
    def is_jack(self) -> bool:
        return self.name == "Headphones" or "bcm2835 Headphones" in self.title

    @property
    def is_hdmi(self) -> bool:
        return "hdmi" in f"{self.name} {self.title}".lower()

    @property
    def pcm(self) -> str:
        """Its ALSA name: directly, with whatever conversion it needs."""
        return f"plughw:CARD={self.name},DEV=0"


def parse_cards(text: str | None) -> tuple[SoundCard, ...] | None:
    """/proc/asound/cards; None when there is no such file."""
    if text is None:
        return None
    found = re.findall(r"^\s*(\d+) \[(\S+)\s*\]:\s*(.*)$", text, re.MULTILINE)
    return tuple(SoundCard(int(n), name, title.strip()) for n, name, title in found)


def likeliest(cards: tuple[SoundCard, ...]) -> list[SoundCard]:
    """What a person most likely means, the best first: neither HDMI nor the jack."""
    return sorted(cards, key=lambda card: (card.is_hdmi, card.is_jack, card.number))


def by_itself(cards: tuple[SoundCard, ...], may_come: bool) -> str | None:
    """The ALSA name to play on when none is configured; None while a better card may come. HDMI
    is left to the system's default: it needs a screen that is switched on."""
    best = next((card for card in likeliest(cards) if not card.is_hdmi), None)
    if best is not None and not best.is_jack:
        return best.pcm
    if may_come:
        return None
    return SYSTEM_DEFAULT if best is None else best.pcm


def finder(
    clock: Callable[[], float],
    comes_within_s: float = COMES_WITHIN_S,
    root: Path = Path("/"),
    environment: Mapping[str, str] = os.environ,
) -> Callable[[], str | None]:
    """What a `Card` asks for its name, by /proc/asound/cards under `root`. Who has set up ALSA by
    hand, or has SDL play elsewhere, gets the system's default. `clock` in seconds; the waiting
    begins now."""
    began = clock()
    by_hand = environment.get("SDL_AUDIODRIVER", "alsa") != "alsa"
    by_hand = by_hand or any(name in environment for name in ("ALSA_CONFIG_PATH", "AUDIODEV"))
    by_hand = by_hand or any((root / name).exists() for name in ALSA_SET_UP)

    def find() -> str | None:
        may_come = clock() - began < comes_within_s
        return SYSTEM_DEFAULT if by_hand else by_itself(_cards(root), may_come)

    return find


def _cards(root: Path) -> tuple[SoundCard, ...]:
    try:
        text = (root / "proc/asound/cards").read_text("utf-8", "replace")
    except OSError:
        return ()
    return parse_cards(text) or ()


def card_gone(name: str, proc: Path = Path("/proc/asound")) -> str:
    """A word if the ALSA card in `name` (…CARD=xyz…) has left /proc/asound, else nothing."""
    _, found, rest = name.partition("CARD=")
    card = rest.split(",")[0]
    if not found or not proc.is_dir() or (proc / card).exists():
        return ""
    return f"the sound card {card} has been unplugged"
