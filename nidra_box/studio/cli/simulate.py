"""`simulate`: the same appliance without pins, drawn in the terminal."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nidra_box.appliance.box import Given, folders_of, open_box
from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import QueueInbox, install_signals
from nidra_box.appliance.presence import present
from nidra_box.cli.common import Failed, add_config_option, can_draw, config_of, say
from nidra_box.cli.common.ending import failed_as
from nidra_box.cli.common.playable import make_beds
from nidra_box.diary.diary import Diary, Log
from nidra_box.sound.card.deck import Card
from nidra_box.sound.card.own_screen import screen_of_its_own
from nidra_box.studio.nights.simulated import SimulatedInputs, SimulatedLight


def add_commands(commands: Any) -> None:
    parser = commands.add_parser(
        "simulate",
        help="the same appliance on this machine, drawn in the terminal",
        description="The box as a picture in the terminal, with keys for its button and knob and "
        "real sound if there is a card. Without a terminal or Textual 1.0: plain lines, button by "
        "signals only.",
        epilog="example:\n  nidra-box simulate --speed 60    eight hours in eight minutes",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config_option(parser)
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="N",
        help="run time N times as fast, without sound (1 to 1000)",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="another folder for what it remembers and your own things: for a second one beside",
    )
    parser.set_defaults(run=simulate_box)


def simulate_box(arguments: argparse.Namespace) -> int:
    if not 1.0 <= arguments.speed <= 1000.0:
        raise Failed(f"--speed {arguments.speed:g} must lie between 1 and 1000", 2)
    config, path = config_of(arguments)
    if arguments.state is not None:
        config = replace(config, folders=replace(config.folders, state=str(arguments.state)))
    folders = folders_of(config)
    make_beds(folders)
    clock = SystemClock(arguments.speed)
    card = _card(config.sound.card)
    why_plain = _why_plain()
    if not why_plain:
        from nidra_box.studio.terminal.app import show_box

        with failed_as(), present(folders.state, clock) as publish:
            return show_box(config, path, clock, card, publish)
    say(f"{why_plain}: plain lines; end with Ctrl-C or SIGTERM")
    inbox = install_signals(QueueInbox(clock))
    with failed_as(), present(folders.state, clock) as publish:
        open_box(
            config,
            path,
            Diary(Log()),
            lambda inbox, clock: (SimulatedInputs(inbox.post), SimulatedLight()),
            Given(clock, card, inbox=inbox, publish=publish),
        ).run()
    return 0


def _why_plain() -> str:
    """Why the box cannot be drawn here; empty where it can."""
    if not (sys.stdin.isatty() and can_draw(sys.stdout)):
        return "no terminal to draw on"
    try:
        textual = version("textual")
    except PackageNotFoundError:
        return "the picture needs Textual 1.0 or newer, which is not installed"
    if int(textual.split(".")[0]) < 1:
        return f"the picture needs Textual 1.0 or newer, here is {textual}"
    return ""


def _card(name: str) -> Card:
    """A real card; SDL's dummy where there is none, said aloud once."""
    if os.environ.get("SDL_AUDIODRIVER") or name:
        return Card(name)
    from nidra_box.sound.card.deck import DeckError, PygameDeck

    probe = PygameDeck(Card(""), 1024, 24)
    try:
        with screen_of_its_own():  # ALSA has much to say about a card that is not there
            probe.open()
    except DeckError as error:
        say(f"no sound card on this machine ({error}): the box plays into nothing")
        return Card("", "dummy")
    probe.close()
    return Card("")
