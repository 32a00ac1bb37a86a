"""The board and every configured pin: free, taken by what, its contact held down. Pure."""

from __future__ import annotations

from dataclasses import replace

from nidra_box.config import Config
from nidra_box.doctor.finding import Finding, Level, ok, only_for, unknown, warning, wrong
from nidra_box.doctor.lines import OTHER_FUNCTION
from nidra_box.doctor.machine import Machine
from nidra_box.doctor.overlays import I2C_PINS, I2S_PINS, PWM_OVERLAYS, Claim, claims, hints

_NAMES = {
    "light": "lamp",
    "second_light": "second lamp",
    "knob_a": "knob A",
    "knob_b": "knob B",
    "button": "button",
    "knob_push": "knob push",
}
_LAMPS = ("light", "second_light")
_SPARE = (23, 22, 27, 17, 24, 25, 26, 5, 6, 16)
_OURS = ("lg", "nidra-box")
"""How a line is held that gpiozero opened through lgpio: by a box that runs."""


def board(machine: Machine) -> Finding:
    """Which Pi this is and which chip has its header."""
    if not machine.is_pi:
        return wrong(
            "board",
            "this is not a Raspberry Pi",
            "try the box on this machine with: nidra-box simulate",
        )
    model = machine.model or f"a Raspberry Pi, revision {machine.revision:x}"
    if machine.board is not None:
        chip = f"{machine.board.label} is /dev/gpiochip{machine.board.chip}"
        return ok("board", f"{model}; {chip}")
    if any(path.startswith("/dev/gpiochip") for path in machine.devices):
        if machine.service is not None:
            return only_for(machine.service.name, "board", f"{model}; the chip of its header")
        mend = f"sudo usermod -aG gpio {machine.user.name}, then log in again"
        return wrong("board", f"{model}; no GPIO chip of its header can be opened", mend)
    return wrong("board", f"{model}; there is no /dev/gpiochip*", "use a kernel of Raspberry Pi OS")


def pins(machine: Machine, config: Config) -> list[Finding]:
    """A finding for every pin that is connected."""
    if not machine.is_pi:
        return []
    taken = claims(machine.firmware, machine.hat) if machine.firmware else []
    wanted = _wanted(config)
    spare = _spare(taken, set(wanted.values()))
    hinted = hints(machine.firmware) if machine.firmware else {}
    found = [
        _with_hint(_pin(machine, name, pin, taken, spare), hinted.get(pin, ""))
        for name, pin in wanted.items()
    ]
    found += _knob_at_rest(machine, config)
    if machine.firmware is None:
        found.append(unknown("overlays", f"{machine.firmware_file} cannot be read"))
    return found


def _knob_at_rest(machine: Machine, config: Config) -> list[Finding]:
    """A knob with four edges a detent rests with both contacts open."""
    lines = [machine.lines.get(pin) for pin in (config.pins.knob_a, config.pins.knob_b)]
    both_closed = all(line is not None and not line.user and line.closed for line in lines)
    if not both_closed or config.knob.steps_per_detent != 4:
        return []
    mend = (
        "look for a short to ground; if it turns well: sudo nidra-box doctor --knob, which finds "
        "its steps_per_detent"
    )
    return [warning("knob", "both contacts are closed at rest", mend)]


def _with_hint(finding: Finding, hint: str) -> Finding:
    if not hint or finding.level is not Level.OK:
        return finding
    return replace(finding, message=f"{finding.message}; {hint}")


def _wanted(config: Config) -> dict[str, int]:
    """Name of a setting → its pin, without what is not connected."""
    found = {name: getattr(config.pins, name) for name in _NAMES}
    if config.light.colours == "one":
        found["second_light"] = -1
    return {name: pin for name, pin in found.items() if pin >= 0}


def _spare(taken: list[Claim], ours: set[int]) -> int:
    busy = ours | {claim.pin for claim in taken}
    return next((pin for pin in _SPARE if pin not in busy), -1)


def _pin(machine: Machine, name: str, pin: int, taken: list[Claim], spare: int) -> Finding:
    subject = f"GPIO{pin} ({_NAMES[name]})"
    mend = f"connect it elsewhere and say so, such as pins: {{{name}: {spare}}}"
    if name in _LAMPS:
        lamp = 12 if name == "light" else 13
        mend = f"connect it elsewhere and say so, such as pins: {{{name}: {lamp}}}"
        if pin == lamp:
            mend = "take away what else uses this pin"
    owners = [
        claim
        for claim in taken
        if claim.pin == pin
        and not (name in _LAMPS and claim.by in [f"dtoverlay={o}" for o in PWM_OVERLAYS])
    ]
    for claim in owners:
        if claim.certain:
            return wrong(subject, f"is taken by {claim.by}", mend)
    if owners:
        return warning(subject, f"may meet {owners[0].by}", "leave that jumper open")
    if pin in I2S_PINS:
        return warning(subject, "is a pin of I2S, where a DAC board has its sound", mend)
    if pin in I2C_PINS:
        return warning(subject, "is a pin of I2C, with fixed pull-ups of 1.8 kΩ", mend)
    return _level(machine, name, pin, subject)


def _level(machine: Machine, name: str, pin: int, subject: str) -> Finding:
    line = machine.lines.get(pin)
    if line is None:
        return unknown(subject, "its line cannot be read")
    if line.user:
        if line.user.startswith(_OURS):
            return ok(subject, "in use by a box that runs")
        if name in _LAMPS and line.user == OTHER_FUNCTION:
            return ok(subject, "given to the PWM")
        mend = f"end the program or take away the overlay that holds it ({line.user})"
        return wrong(subject, f"is taken by {line.user}", mend)
    if name in _LAMPS or line.closed is None:
        return ok(subject, "free")
    if not line.closed:
        return ok(subject, "free, open at rest")
    if name in ("button", "knob_push"):
        return wrong(
            subject,
            "is closed at rest: held down?",
            "let go of it; else look for a short to ground, or turn a four-legged button by 90°",
        )
    return ok(subject, "free, closed at rest (a knob may rest so)")
