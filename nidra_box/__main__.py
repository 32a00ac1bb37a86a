"""`python -m nidra_box`: the command line as a process of its own."""

import os
import sys
from typing import NoReturn

from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import QueueInbox, install_signals

# One thread is what the mixing needs; OpenBLAS would reserve memory for every core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> NoReturn:
    """Run the command in `sys.argv` and end the process. For the box's own command, as systemd
    gives it, signals are caught before anything slow is imported."""
    inbox = install_signals(QueueInbox(SystemClock())) if sys.argv[1:2] == ["run"] else None
    from nidra_box.cli import main as command_line
    from nidra_box.cli.common import leave

    leave(command_line(inbox=inbox))


if __name__ == "__main__":
    main()
