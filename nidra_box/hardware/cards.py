"""The sound cards of /proc/asound/cards. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass


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


def parse_cards(text: str | None) -> tuple[SoundCard, ...] | None:
    """/proc/asound/cards; None when there is no such file."""
    if text is None:
        return None
    found = re.findall(r"^\s*(\d+) \[(\S+)\s*\]:\s*(.*)$", text, re.MULTILINE)
    return tuple(SoundCard(int(n), name, title.strip()) for n, name, title in found)
