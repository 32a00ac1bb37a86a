"""Why a running box ends."""

from __future__ import annotations

from nidra_box.appliance.assemble import Box
from nidra_box.appliance.loop import InputsDied
from nidra_box.cli.common import Failed
from nidra_box.sound.port import SoundStuck


def until_it_ends(box: Box) -> int:
    """Faults that only a fresh process can mend end this one."""
    try:
        box.run()
    except (InputsDied, SoundStuck) as error:
        raise Failed(f"{error}; ending, to be started afresh") from error
    return 0
