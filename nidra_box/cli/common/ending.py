"""Why a box ends, as the end of a command."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from nidra_box.appliance.parts.watchdog import InputsDied
from nidra_box.appliance.parts.workers import WorkerDied
from nidra_box.appliance.presence import AlreadyRunning
from nidra_box.cli.common import MISCONFIGURED, Failed
from nidra_box.hardware.board import ButtonHeld, NoHeader, NotAPi
from nidra_box.sound.port import SoundStuck


@contextlib.contextmanager
def failed_as() -> Iterator[None]:
    """What ends a box is one line and an exit code. Only a machine that is no Pi stays as it is:
    everything else systemd tries again."""
    try:
        yield
    except (InputsDied, SoundStuck, WorkerDied) as error:
        raise Failed(f"{error}; ending, to be started afresh") from error
    except (AlreadyRunning, ButtonHeld, NoHeader) as error:
        raise Failed(str(error)) from error
    except NotAPi as error:
        raise Failed(str(error), MISCONFIGURED) from error
