"""A child with limits, for whatever reads a stranger's bytes: `python -m … CHILD` sets them on
itself and becomes the program that it is given.

It dies with the process that started it, has the lowest priority, and bounded processor time,
memory, files and processes. What cannot be limited here (macOS) is left out; on a box the unit
limits the same again.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

PR_SET_PDEATHSIG, SIGKILL = 1, 9
CPU_AND_A_BIT_S = 5
FILES = 64


def limited(
    command: list[str], cpu_s: int, memory_mb: int, file_bytes: int = 0, processes: int = 0
) -> list[str]:
    """The command that runs `command` within limits. `processes` 0 is no limit."""
    limits = [cpu_s, memory_mb, file_bytes, processes, os.getpid()]
    return [
        sys.executable,
        "-P",  # not from the folder we stand in
        "-m",
        __name__ if __name__ != "__main__" else "nidra_box.library.intake.child",
        *map(str, limits),
        *command,
    ]


def main(arguments: list[str]) -> int:
    cpu_s, memory_mb, file_bytes, processes, parent = map(int, arguments[:5])
    _die_with(parent)
    with suppress(OSError):
        os.nice(19)
    import resource as r

    limits = [
        (r.RLIMIT_CORE, 0),
        (r.RLIMIT_CPU, cpu_s),
        (r.RLIMIT_FSIZE, file_bytes),
        (r.RLIMIT_NOFILE, FILES),
        (r.RLIMIT_DATA, memory_mb << 20),
        (r.RLIMIT_AS, 4 * memory_mb << 20),
    ]
    if processes and hasattr(r, "RLIMIT_NPROC"):
        limits.append((r.RLIMIT_NPROC, processes))
    for limit, value in limits:
        hardest = value + CPU_AND_A_BIT_S if limit == r.RLIMIT_CPU else value
        with suppress(ValueError, OSError):  # above what we are allowed ourselves
            r.setrlimit(limit, (value, hardest))
    command = arguments[5:]
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 127


def _die_with(parent: int) -> None:
    """Killed by the kernel when the process that started us ends, whatever ends it."""
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it was gone before we asked
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
