"""The sound cards of this machine, by name. Reads /proc and ALSA's settings only.

Where none is configured one is chosen here: ALSA's own default is card 0, on a Pi often HDMI and
always whatever came first at boot, and what plays on it goes through dmix, which has to be waited
for, too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

COMES_WITHIN_S = 60.0
"""[D] A USB card may come well after us at boot: the jack is only taken once the machine has run
for so long."""

SYSTEM_DEFAULT = ""
ALSA_SET_UP = ("etc/asound.conf", "usr/local/etc/asound.conf")
VIRTUAL = ("Loopback", "Dummy")
JACK = "Headphones"


@dataclass(frozen=True, slots=True)
class SoundCard:
    """A line of /proc/asound/cards: `name` is the CARD= of an ALSA name, `device` the first of its
    devices that plays, None where it only records (a camera, a microphone)."""

    number: int
    name: str
    title: str
    device: int | None = 0

    @property
    def is_jack(self) -> bool:
        return self.name == JACK or "bcm2835 Headphones" in self.title

    @property
    def is_hdmi(self) -> bool:
        return "hdmi" in f"{self.name} {self.title}".lower()

    @property
    def is_of_its_own(self) -> bool:
        """Whether somebody put it there to be heard: a USB card, a DAC."""
        return self.plays and not self.is_jack and not self.is_hdmi

    @property
    def plays(self) -> bool:
        return self.device is not None and self.name not in VIRTUAL

    @property
    def pcm(self) -> str:
        """Its ALSA name: directly, with whatever conversion it needs."""
        return f"plughw:CARD={self.name},DEV={self.device or 0}"


def parse_cards(text: str) -> tuple[SoundCard, ...]:
    """/proc/asound/cards."""
    found = re.findall(r"^\s*(\d+) \[(\S+)\s*\]:\s*(.*)$", text, re.MULTILINE)
    return tuple(SoundCard(int(n), name, title.strip()) for n, name, title in found)


def read_cards(root: Path = Path("/")) -> tuple[SoundCard, ...] | None:
    """The cards there are now; None without ALSA."""
    asound = root / "proc/asound"
    try:
        cards = parse_cards((asound / "cards").read_text("utf-8", "replace"))
    except OSError:
        return None
    return tuple(replace(card, device=_first_that_plays(asound, card)) for card in cards)


def _first_that_plays(asound: Path, card: SoundCard) -> int | None:
    """Each device that plays has a folder pcm<number>p."""
    names = [folder.name for folder in (asound / f"card{card.number}").glob("pcm*p")]
    return min((int(name[3:-1]) for name in names if name[3:-1].isdigit()), default=None)


def likeliest(cards: tuple[SoundCard, ...]) -> list[SoundCard]:
    """What a person most likely means, the best first: neither HDMI nor the jack."""
    playing = [card for card in cards if card.plays]
    return sorted(playing, key=lambda card: (card.is_hdmi, card.is_jack, card.number))


def by_itself(cards: tuple[SoundCard, ...] | None, may_come: bool) -> str | None:
    """The ALSA name to play on when none is configured; None when there is none, or a better one
    than the jack may come. HDMI is never taken: a screen would speak in the night."""
    if cards is None:
        return SYSTEM_DEFAULT
    best = next((card for card in likeliest(cards) if not card.is_hdmi), None)
    if best is None or (best.is_jack and may_come):
        return None
    return best.pcm


def set_up_by_hand(root: Path, environment: Mapping[str, str]) -> str:
    """What of a person's own making decides where ALSA's default leads, or nothing."""
    for name in ("ALSA_CONFIG_PATH", "AUDIODEV"):
        if name in environment:
            return name
    files = [root / name for name in ALSA_SET_UP]
    if home := environment.get("HOME"):
        files.append(root / home.lstrip("/") / ".asoundrc")
    for file in files:
        try:
            text = file.read_text("utf-8", "replace")
        except OSError:
            continue
        if "default" in text:
            return f"/{file.relative_to(root)}"
    return ""


def finder(
    uptime: Callable[[], float],
    comes_within_s: float = COMES_WITHIN_S,
    root: Path = Path("/"),
    environment: Mapping[str, str] = os.environ,
) -> Callable[[str | None], str | None]:
    """What a `Card` asks for its name. Who has set up ALSA by hand, or has SDL play elsewhere, gets
    the system's default. A card of its own that was opened once stays the card: pulled out in the
    night it is waited for. From the jack it changes. `uptime`: seconds the machine has run."""
    by_hand = environment.get("SDL_AUDIODRIVER", "alsa") != "alsa"
    by_hand = by_hand or bool(set_up_by_hand(root, environment))

    def find(opened: str | None) -> str | None:
        if by_hand:
            return SYSTEM_DEFAULT
        if opened and f"CARD={JACK}," not in opened:
            return opened
        return by_itself(read_cards(root), may_come=uptime() < comes_within_s)

    return find


def card_gone(name: str, proc: Path = Path("/proc/asound")) -> str:
    """A word if the ALSA card in `name` (…CARD=xyz…) has left /proc/asound, else nothing."""
    _, found, rest = name.partition("CARD=")
    card = rest.split(",")[0]
    if not found or not proc.is_dir() or (proc / card).exists():
        return ""
    return f"the sound card {card} has been unplugged"
