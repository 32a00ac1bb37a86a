"""Which pins are taken on this machine, and by what: overlays, buses, boards. Pure.

The table of PLATFORM: GPIO22 mutes the amplifiers of IQaudio, JustBoom and DigiAMP+, 17
resets an AMP100 and is a ReSpeaker's button, 27 is a jumper on a DAC Light, Pirate Audio
has its own buttons and display, 18 to 21 are I2S, 2 and 3 are I2C. `hifiberry-dac` is said for
many boards, most of them without that jumper: there it is a hint, not a claim.
"""

from __future__ import annotations

from dataclasses import dataclass

from nidra_box.doctor.firmware import Firmware, Overlay

I2S_PINS = (18, 19, 20, 21)
I2C_PINS = (2, 3)
_I2S = (
    "hifiberry",
    "iqaudio",
    "rpi-dac",
    "rpi-digiampplus",
    "rpi-codeczero",
    "justboom",
    "allo-",
    "max98357a",
    "i2s",
    "googlevoicehat",
    "audioinjector",
    "wm8960",
    "seeed",
    "respeaker",
    "dionaudio",
    "fe-pi",
    "i-sabre",
    "pisound",
    "merus-amp",
)
_OWN_PINS = (
    (("iqaudio", "rpi-digiampplus", "justboom"), (22,)),
    (("hifiberry-amp100", "seeed", "respeaker"), (17,)),
)
_HATS = (
    (("digiamp", "iqaudio", "justboom"), (22, *I2S_PINS)),
    (("amp100", "respeaker"), (17, *I2S_PINS)),
    (("hifiberry", "dac"), I2S_PINS),
)
# Overlay → (its parameter for a pin, the default).
_ONE_PIN = {
    "gpio-fan": ("gpiopin", 12),
    "gpio-ir": ("gpio_pin", 18),
    "gpio-ir-tx": ("gpio_pin", 18),
    "gpio-key": ("gpio", 3),
    "gpio-poweroff": ("gpiopin", 26),
    "gpio-shutdown": ("gpio_pin", 3),
    "w1-gpio": ("gpiopin", 4),
}
_BUSES = {
    "i2c_arm": I2C_PINS,
    "i2c": I2C_PINS,
    "i2c1": I2C_PINS,
    "i2s": I2S_PINS,
    "spi": (7, 8, 9, 10, 11),
    "uart0": (14, 15),
}
_PIRATE_AUDIO = (5, 6, 13, 16, 20, 24, 25)
_JUMPER_PIN, _JUMPER = 27, "the filter jumper of a DAC Light"
PWM_OVERLAYS = ("pwm", "pwm-2chan")


@dataclass(frozen=True, slots=True)
class Claim:
    """`pin` belongs to `by`; not `certain` when that depends on a jumper or a variant."""

    pin: int
    by: str
    certain: bool = True


def is_i2s(overlay: Overlay) -> bool:
    return overlay.name.startswith(_I2S)


def pwm_pins(overlay: Overlay) -> dict[int, int]:
    """Pin → function of a PWM overlay, by its parameters and their defaults."""
    pins = {overlay.number("pin", 18): overlay.number("func", 2)}
    if overlay.name == "pwm-2chan":
        pins[overlay.number("pin2", 19)] = overlay.number("func2", 2)
    return pins


def claims(firmware: Firmware, hat: str) -> list[Claim]:
    """Every pin that config.txt or the HAT's own memory says is taken."""
    found: list[Claim] = []
    for overlay in firmware.overlays:
        found += _of_overlay(overlay)
    for parameter, pins in _BUSES.items():
        if firmware.is_on(parameter):
            found += [Claim(pin, f"dtparam={parameter}=on") for pin in pins]
    if _is_pirate_audio(firmware):
        found += [Claim(pin, "Pirate Audio") for pin in _PIRATE_AUDIO]
    found += [Claim(pin, f"gpio={pin} in config.txt") for pin in sorted(firmware.pins)]
    board = hat.lower()
    for words, pins in _HATS:
        if any(word in board for word in words):
            found += [Claim(pin, f"the HAT {hat}") for pin in pins]
    if "dac" in board and "light" in board:
        found.append(Claim(_JUMPER_PIN, _JUMPER, certain=False))
    return found


def hints(firmware: Firmware) -> dict[int, str]:
    """Pin → what only some of the boards with such a line in config.txt want of it."""
    names = {overlay.name for overlay in firmware.overlays}
    if "hifiberry-dac" in names and not _is_pirate_audio(firmware):
        return {_JUMPER_PIN: f"leave {_JUMPER} open, if yours has one"}
    return {}


def _is_pirate_audio(firmware: Firmware) -> bool:
    return 25 in firmware.pins and any(o.name == "hifiberry-dac" for o in firmware.overlays)


def _of_overlay(overlay: Overlay) -> list[Claim]:
    name, by = overlay.name, f"dtoverlay={overlay.name}"
    found: list[Claim] = []
    for names, pins in _OWN_PINS:
        if name.startswith(names):
            found += [Claim(pin, by) for pin in pins]
    if is_i2s(overlay):
        found += [Claim(pin, f"{by} (I2S)") for pin in I2S_PINS]
    if name == "hifiberry-dacplus-light":
        found.append(Claim(_JUMPER_PIN, _JUMPER, certain=False))
    if name == "max98357a" and "no-sdmode" not in overlay.parameters:
        found.append(Claim(overlay.number("sdmode-pin", 4), by))
    if name in _ONE_PIN:
        found.append(Claim(overlay.number(*_ONE_PIN[name]), by))
    if name == "rotary-encoder":
        found += [Claim(overlay.number("pin_a", 4), by), Claim(overlay.number("pin_b", 17), by)]
    if name in PWM_OVERLAYS:
        found += [Claim(pin, by) for pin in pwm_pins(overlay)]
    return found
