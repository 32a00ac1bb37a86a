"""The lamp: which PWM it gets, in how many steps, and whether its overlay fits. Pure."""

from __future__ import annotations

from nidra_box.config import Config
from nidra_box.doctor.finding import Finding, ok, unknown, warning, wrong
from nidra_box.doctor.machine import Machine, PwmChip
from nidra_box.doctor.overlays import PWM_OVERLAYS, pwm_pins
from nidra_box.hardware.overlay import FUNCTION, overlay_line
from nidra_box.hardware.pwm import CHIP_DEVICES, PERIOD_NS, PI5_CHANNELS, PI_CHANNELS

_PWM_CLOCK_HZ = 10_000_000
STEPS = round(PERIOD_NS * 1e-9 * _PWM_CLOCK_HZ)
SOFTWARE_STEPS = 100
_REWIRE = "connect the lamp to GPIO12 (and a second one to GPIO13)"


def light(machine: Machine, config: Config) -> list[Finding]:
    """The lamp's backend, and the jack that may share its PWM."""
    if not machine.is_pi:
        return []
    backend = config.light.backend
    if backend == "none" or config.pins.light < 0:
        return [ok("light", "no lamp is configured")]
    if backend == "gpiozero":
        message = f"software PWM, about {SOFTWARE_STEPS} visible steps"
        pins = _lamp_pins(config)
        has_pwm = all(pin in FUNCTION for pin in pins)
        mend = f"the overlay {overlay_line(pins)}" if has_pwm else _REWIRE
        return [warning("light", message, f"light: {{backend: auto}}, and {mend}")]
    found = [_kernel(machine, config)]
    if machine.pwm_chips and machine.shares_pwm_with_jack:
        found += _jack(machine, config)
    return found


def _lamp_pins(config: Config) -> list[int]:
    second = config.pins.second_light if config.light.colours == "two" else -1
    return [pin for pin in (config.pins.light, second) if pin >= 0]


def _kernel(machine: Machine, config: Config) -> Finding:
    say = wrong if config.light.backend == "kernel-pwm" else warning
    instead = "no light" if say is wrong else f"software PWM, about {SOFTWARE_STEPS} visible steps"
    pins = _lamp_pins(config)
    for pin in pins:
        if pin not in FUNCTION:
            return say("light", f"GPIO{pin} has no hardware PWM: {instead}", _REWIRE)
    overlays = (
        [o for o in machine.firmware.overlays if o.name in PWM_OVERLAYS]
        if (machine.firmware)
        else []
    )
    mend = f"{overlay_line(pins)} in {machine.firmware_file}, then restart the Pi"
    for overlay in overlays:
        there = pwm_pins(overlay)
        for pin in pins:
            if pin not in there:
                on = " and ".join(f"GPIO{number}" for number in there)
                message = f"the PWM overlay is on {on}, the lamp on GPIO{pin}: it stays dark"
                return wrong("light", message, f"{mend} (in place of {overlay.name})")
            if there[pin] != FUNCTION[pin] and not machine.is_pi_5:
                message = f"the PWM overlay gives GPIO{pin} func={there[pin]}: it stays dark"
                return wrong("light", message, f"{mend} (in place of {overlay.name})")
    chip = find_pwm(machine, config.light.pwm_chip)
    if chip is None and config.light.pwm_chip and machine.pwm_chips:
        there_are = ", ".join(chip.device for chip in machine.pwm_chips)
        message = f"there is no PWM {config.light.pwm_chip}, only {there_are}: {instead}"
        return say("light", message, 'light: {pwm_chip: ""} finds it by itself')
    if chip is None and overlays:
        return say("light", f"the PWM overlay has not been loaded: {instead}", "restart the Pi")
    if chip is None:
        return say("light", f"the PWM overlay is missing: {instead}", mend)
    if not overlays and machine.firmware is not None:
        message = f"{chip.name} is there, but no PWM overlay leads it to GPIO{pins[0]}"
        return warning("light", message, mend)
    table = PI5_CHANNELS if chip.device.startswith("1f00098000") else PI_CHANNELS
    channels = " and ".join(str(table[pin]) for pin in pins)
    if machine.firmware is None:
        return unknown("light", f"{chip.name} is there; whether it leads to the lamp is not known")
    return ok("light", f"kernel PWM, {STEPS:,} steps ({chip.name}, channel {channels})")


def find_pwm(machine: Machine, wanted: str) -> PwmChip | None:
    """The chip that the box would take: the wanted one, else the header's."""
    for chip in machine.pwm_chips:
        if chip.device == wanted or (not wanted and chip.device.endswith(CHIP_DEVICES)):
            return chip
    return None


def _jack(machine: Machine, config: Config) -> list[Finding]:
    """Pi 0 to 3: the headphones and the lamp want the same PWM."""
    jacks = [card for card in machine.cards or () if card.is_jack]
    if not jacks:
        return []
    message = "the headphone jack and the lamp share one PWM on this Pi"
    off = f"dtparam=audio=off in {machine.firmware_file}, and a USB or I2S sound card"
    others = [card for card in machine.cards or () if not card.is_jack and not card.is_hdmi]
    named = config.sound.card
    if jacks[0].name in named or (not named and not others):
        return [wrong("jack", f"{message}: sound and light disturb each other", off)]
    mend = f"dtparam=audio=off in {machine.firmware_file}"
    return [warning("jack", f"{message}; it is not used, but switched on", mend)]
