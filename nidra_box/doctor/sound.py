"""The sound card by its name, and where its own mixer stands. Pure."""

from __future__ import annotations

import re

from nidra_box.config import Config
from nidra_box.doctor.cards import SoundCard
from nidra_box.doctor.finding import Finding, ok, unknown, warning, wrong
from nidra_box.doctor.machine import Machine

QUIET_DB = -15.0
"""Some cards come up at −20 dB; the box's own volume is meant to start there again."""


def sound(machine: Machine, config: Config) -> list[Finding]:
    """The card that the box will play on, and its mixer."""
    if machine.cards is None:
        message = "there is no ALSA here (/proc/asound/cards)"
        return [wrong("sound card", message, "use a kernel with sound; plug in a USB sound card")]
    if not machine.cards:
        mend = "plug in a USB sound card, or name the DAC's overlay in "
        return [wrong("sound card", "there is none", mend + machine.firmware_file)]
    finding, card = _card(machine.cards, config.sound.card)
    return [finding, _mixer(machine, card)] if card else [finding]


def _setting(card: SoundCard) -> str:
    return f'sound: {{card: "plughw:CARD={card.name},DEV=0"}}'


def _best(cards: tuple[SoundCard, ...]) -> SoundCard:
    """What a person most likely means: neither HDMI nor the jack."""
    return min(cards, key=lambda card: (card.is_hdmi, card.is_jack, card.number))


def _card(cards: tuple[SoundCard, ...], named: str) -> tuple[Finding, SoundCard | None]:
    there = ", ".join(card.name for card in cards)
    if not named:
        best = _best(cards)
        if len(cards) == 1:
            words = f"{best.name} ({best.title}), the only one; steadier named: {_setting(best)}"
            return ok("sound card", words), best
        message = f"none is configured, and there are {len(cards)}: {there}"
        return warning("sound card", message, _setting(best)), None
    wanted = re.search(r"CARD=([^,]+)", named) or re.match(r"(?:plug)?hw:([^,]+)", named)
    if wanted is None:
        return ok("sound card", f"{named}, an ALSA name that is taken as it is"), None
    word = wanted[1].strip()
    if word.isdigit():
        by_number = [card for card in cards if card.number == int(word)]
        if not by_number:
            return _absent(cards, named, there), None
        message = f"{named} is a number, and numbers change; now it is {by_number[0].name}"
        return warning("sound card", message, _setting(by_number[0])), by_number[0]
    for card in cards:
        if card.name == word:
            return ok("sound card", f"{card.name} ({card.title})"), card
    return _absent(cards, word, there), None


def _absent(cards: tuple[SoundCard, ...], word: str, there: str) -> Finding:
    mend = f"plug it in, or {_setting(_best(cards))}"
    return wrong("sound card", f"{word} is not there; there are: {there}", mend)


def _mixer(machine: Machine, card: SoundCard) -> Finding:
    text = machine.mixers.get(card.name)
    if text is None:
        return unknown("mixer", "amixer cannot be asked")
    found: list[str] = []
    lowest, mend = 0.0, f"alsamixer -c {card.name}, then sudo alsactl store"
    for block in re.split(r"^Simple mixer control ", text, flags=re.MULTILINE)[1:]:
        name = block.split("'")[1] if block.count("'") > 1 else "?"
        level = re.search(r"Playback -?\d+ \[(\d+)%\](?: \[(-?[\d.]+)dB\])?", block)
        if level is None:
            continue
        if "[off]" in block and "[on]" not in block:
            return wrong("mixer", f"{name} of {card.name} is muted", mend)
        if level[1] == "0":
            return wrong("mixer", f"{name} of {card.name} stands at nothing", mend)
        decibels = float(level[2]) if level[2] else 0.0
        lowest = min(lowest, decibels)
        found.append(f"{name} {decibels:g} dB" if level[2] else f"{name} {level[1]} %")
    if not found:
        return ok("mixer", f"{card.name} has no level of its own")
    if lowest < QUIET_DB:
        return warning("mixer", f"{card.name} is set low: {', '.join(found)}", mend)
    return ok("mixer", f"{card.name}: {', '.join(found)}")
