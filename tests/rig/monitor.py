"""QEMU's own console: reset the machine, pull out a device, stop and go on."""

from __future__ import annotations

import json
import socket
from typing import Any

from tests.rig.places import RigError, pid_of, run_folder


class Monitor:
    """A QMP connection; one at a time. A refused command raises `RigError` in QEMU's words."""

    def __init__(self, name: str) -> None:
        if not pid_of(name):
            raise RigError(f"{name} is not running")
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(run_folder(name) / "qmp.sock"))
        self._file = self._socket.makefile("rw")
        self._file.readline()
        self.command("qmp_capabilities")

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def command(self, execute: str, **arguments: Any) -> Any:
        """A command of the QEMU machine protocol; hyphens in names are written as _."""
        named = {key.replace("_", "-"): value for key, value in arguments.items()}
        self._file.write(json.dumps({"execute": execute, "arguments": named}) + "\n")
        self._file.flush()
        while line := self._file.readline():
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise RigError(f"QEMU: {answer['error']['desc']}")
        raise RigError("QEMU ended")

    def line(self, text: str) -> str:
        """A line as a person would type it (`info usb`, `system_reset`, `device_del usbaudio`)."""
        return str(self.command("human-monitor-command", command_line=text))
