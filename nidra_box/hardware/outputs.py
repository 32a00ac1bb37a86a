"""The file that tells `lights-off` which outputs to switch off, however the box ends. It runs as
root and knows neither the settings nor `--config`."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from nidra_box.files import write_whole
from nidra_box.words import reason_of

NAME = "lamps"
NO_PWM = (-1, -1)
log = logging.getLogger("nidra_box")

Outputs = dict[int, tuple[int, int]]
"""BCM pin: numbers of the chip and its channel below /sys/class/pwm, or NO_PWM."""
Announce = Callable[[Outputs], None]


def write_outputs(outputs: Outputs) -> None:
    """Call before opening them. One line of pin, chip and channel each, in the service's runtime
    folder, if any. Does not raise: without the file `lights-off` reads the settings."""
    folder = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    if not folder:
        return
    named = outputs or {-1: NO_PWM}
    lines = [f"{pin} {chip} {channel}\n" for pin, (chip, channel) in named.items()]
    try:
        write_whole(Path(folder) / NAME, "".join(lines))
    except OSError as error:
        log.warning("the lamp's pins cannot be written to %s: %s", folder, reason_of(error))
