"""The whole examination, in the order in which a person would look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nidra_box.config import Config
from nidra_box.doctor import content, light, packages, pins, sound, system
from nidra_box.doctor.finding import Finding, Level
from nidra_box.doctor.machine import Machine
from nidra_box.documents.node import Problem
from nidra_box.library.catalogue import Catalogue


def examine_machine(machine: Machine, config: Config) -> list[Finding]:
    """Everything but the box's own files. Pure."""
    found = [pins.board(machine)]
    found += pins.pins(machine, config)
    found += light.light(machine, config)
    found += sound.sound(machine, config)
    found += system.groups(machine)
    if not machine.is_pi:  # nobody builds a box of it; to try one takes no pins and no card
        found = [replace(f, level=Level.WARNING) if f.level is Level.WRONG else f for f in found]
    if machine.is_pi:
        found.append(system.permissions(machine))
    found += system.state(machine)
    found.append(system.clock(machine))
    if machine.is_pi:
        found += [system.power(machine), system.heat(machine), *system.board_leds(machine)]
    return found + packages.packages(machine)


def examine_content(
    catalogue: Catalogue,
    config: Config,
    file: Path | None,
    problems: list[Problem],
    service: str = "",
    hides_homes: bool = False,
) -> list[Finding]:
    """Settings, scripts, recordings, computed sounds. `service` is the user that runs the box
    where somebody else asks: what may not be read then is unknown, not wrong. `hides_homes`: that
    box is a service, which sees no home."""
    return [
        *content.settings(file, problems),
        *content.programmes(catalogue, config, service),
        *content.recordings(catalogue, service, hides_homes),
        content.beds(catalogue, service),
    ]
