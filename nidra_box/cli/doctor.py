"""`doctor`: what is wrong with this box as it is built, and the mend."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from nidra_box.appliance.presence import MayNotAsk, NoBox, ask_this_machine
from nidra_box.cli.common import (
    FAILED,
    SYSTEM_CONFIG,
    USAGE,
    Failed,
    add_config_option,
    can_colour,
    config_of,
    print_json,
)
from nidra_box.cli.common.leaving import styled
from nidra_box.cli.common.playable import catalogue_for
from nidra_box.cli.common.service_user import become_service_user
from nidra_box.cli.knob import try_knob
from nidra_box.cli.trials import try_light, try_sound
from nidra_box.config import Config
from nidra_box.doctor import report
from nidra_box.doctor.asks import RunningSystem
from nidra_box.doctor.examine import examine_content, examine_machine
from nidra_box.doctor.finding import Finding, Level, ok, only_for, warning
from nidra_box.doctor.machine import SERVICE, read_machine
from nidra_box.documents.node import DocumentError, Problem


def add_commands(commands: Any) -> None:
    parser = commands.add_parser(
        "doctor",
        help="pins, light, sound, files: what is wrong and the mend",
        description="Look at everything the box stands on and say, a line per thing, whether it "
        "is ok, and what to do if not: the board and every pin (and what else wants it), the "
        "lamp's PWM, the sound card and its level, groups, the state folder, clock, power, "
        "packages, settings, scripts and sounds. Nothing is changed. As root it looks, breathes "
        "and plays as the user that runs the box, with that user's groups. Exit code 1 if "
        "anything is wrong; a warning is not. With --knob it watches you turn and press, says "
        "which knob you have and how its contacts and the button's behave, and offers to write "
        "what it found to the settings.",
        epilog="examples:\n  sudo nidra-box doctor\n"
        "  sudo systemctl stop nidra-box; sudo nidra-box doctor --sound\n"
        "  sudo systemctl stop nidra-box; sudo nidra-box doctor --knob\n"
        "  sudo nidra-box doctor --json | jq '.findings[] | select(.level == \"wrong\")'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--json", action="store_true", help="for programs (not with --light or --sound)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--light", action="store_true", help="only breathe once on the lamp (stop the box first)"
    )
    what.add_argument(
        "--sound", action="store_true", help="only play the bowl, softly (stop the box first)"
    )
    what.add_argument(
        "--knob",
        action="store_true",
        help="only learn the knob and the button (stop the box first)",
    )
    parser.add_argument(
        "--write", action="store_true", help="with --knob: write what was found, without asking"
    )
    add_config_option(parser)
    parser.set_defaults(run=run_doctor)


def run_doctor(arguments: argparse.Namespace) -> int:
    if arguments.json and (arguments.light or arguments.sound):
        raise Failed("--json has nothing to say of --light and --sound", USAGE)
    if arguments.write and not arguments.knob:
        raise Failed("--write belongs to --knob", USAGE)
    config, path, problems = _config(arguments)
    if (arguments.light or arguments.sound or arguments.knob) and problems:
        raise DocumentError(problems)
    if arguments.knob:
        return try_knob(config, arguments.config, arguments.json, arguments.write)
    catalogue = catalogue_for(config)
    became = become_service_user()  # from here on: --knob alone writes what root owns
    if arguments.light:
        if became:
            os.chdir("/")  # the way back from lgpio's folder, since nobody else may enter /root
        return try_light(config)
    if arguments.sound:
        return try_sound(config, catalogue)
    state = Path(os.path.abspath(catalogue.folders.state))
    machine = read_machine(config, state, RunningSystem())
    findings = examine_machine(machine, config)
    service = machine.service.name if machine.service else ""
    is_its = path == SYSTEM_CONFIG
    findings += examine_content(catalogue, config, path, problems, service, is_its)
    findings += _running()
    if arguments.json:
        print_json("doctor", report.as_values(findings))
    else:
        styled("\n".join([*report.lines(findings, can_colour(sys.stdout)), ""]), sys.stdout)
    return FAILED if any(f.level is Level.WRONG for f in findings) else 0


def _running() -> list[Finding]:
    """What the running box itself lists as wrong."""
    try:
        faults = ask_this_machine()["faults"]
    except MayNotAsk:
        return [only_for(SERVICE, "box")]
    except NoBox as error:
        return [ok("box", str(error))]
    log = f"journalctl -u {SERVICE}"
    return [warning("box", str(f), log) for f in faults] or [ok("box", "runs, without faults")]


def _config(arguments: argparse.Namespace) -> tuple[Config, Path | None, list[Problem]]:
    """The settings, or the defaults and everything that is wrong with the file."""
    try:
        config, path = config_of(arguments)
    except DocumentError as error:
        return Config(), arguments.config or SYSTEM_CONFIG, error.problems
    return config, path, []
