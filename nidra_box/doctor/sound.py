"""The sound card by its name, and where its own mixer stands. Pure."""

from __future__ import annotations

import re

from nidra_box.config import Config
from nidra_box.doctor.finding import Finding, ok, unknown, warning, wrong
from nidra_box.doctor.machine import Machine
from nidra_box.sound.card.choose import SoundCard, likeliest

QUIET_DB = -15.0
"""Some cards come up at −20 dB; the box's own volume is meant to start there again."""


def sound(machine: Machine, config: Config) -> list[Finding]:
    """The card that the box will play on, and its mixer."""
    if machine.cards is None:
        message = "there is no ALSA here (/proc/asound/cards)"
        return [wrong("sound card", message, "use a kernel with sound; plug in a USB sound card")]
    get_one = f"plug in a USB sound card, or name the DAC's overlay in {machine.firmware_file}"
    if not machine.cards:
        return [wrong("sound card", "there is none", get_one)]
    if config.sound.card:
        finding, card = _named(machine.cards, config.sound.card)
    elif file := machine.alsa_by_hand:
        return [ok("sound card", f"{file} decides: the box plays on ALSA's default")]
    else:
        finding, card = _found_by_itself(machine.cards, get_one)
    return [finding, _mixer(machine, card)] if card else [finding]


def _setting(card: SoundCard) -> str:
    return f'sound: {{card: "{card.pcm}"}}'


def _named(cards: tuple[SoundCard, ...], named: str) -> tuple[Finding, SoundCard | None]:
    there = ", ".join(card.name for card in cards)
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


def _found_by_itself(
    cards: tuple[SoundCard, ...], get_one: str
) -> tuple[Finding, SoundCard | None]:
    best, *others = likeliest(cards) or cards
    if not best.plays:
        there = ", ".join(card.name for card in cards)
        return wrong("sound card", f"there is none that plays, only {there}", get_one), None
    if best.is_hdmi:
        message = f"there is only HDMI ({best.name}), which the box does not take by itself"
        return wrong("sound card", message, f"{get_one}, or {_setting(best)}"), None
    rivals = [card.name for card in others if card.is_of_its_own and best.is_of_its_own]
    if rivals:
        message = f"none is configured; the box takes {best.name}, not {', '.join(rivals)}"
        return warning("sound card", message, _setting(best)), best
    return ok("sound card", f"{best.name} ({best.title}), found by itself"), best


def _absent(cards: tuple[SoundCard, ...], word: str, there: str) -> Finding:
    mend = ", or ".join(["plug it in", *[_setting(card) for card in likeliest(cards)[:1]]])
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
