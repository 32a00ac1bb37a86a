"""Commands in the guest, over a virtio-serial port: needs neither its network nor its sshd.

A frame is b"RG", a letter, the length (4 bytes, big endian), the payload; guest/rig-agent.py has
the letters. QEMU lets one client at a time onto a port: a lock file guards each of the four.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO

from tests.rig.places import RigError, pid_of, run_folder

CHANNELS = 4
HEAD = 7
CHUNK = 32768

TIMED_OUT = 124
"""Exit code of a command that took longer than it may, as of timeout(1)."""

Sink = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the guest says of itself; seconds, `mono` on its own CLOCK_MONOTONIC."""

    boot_id: str
    uptime: float
    time: float
    mono: float


class Gone(RigError):
    """The guest does not answer, or ended."""


class Failed(RigError):
    """A command in the guest that should have succeeded did not; the message has its words."""


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    return b"RG" + kind + struct.pack(">I", len(payload)) + payload


def _port(name: str, number: int) -> tuple[socket.socket, BinaryIO] | None:
    folder = run_folder(name)
    lock = (folder / f"rig.{number}.lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    port = socket.socket(socket.AF_UNIX)
    try:
        port.connect(str(folder / f"rig.{number}.sock"))
    except OSError as error:
        port.close()
        lock.close()
        raise Gone(f"{name}: its command port cannot be opened ({error.strerror})") from error
    return port, lock


class Channel:
    """One command at a time; from one thread at a time. A command costs about 16 ms.

    Raises `Gone` where the guest does not answer within `timeout` seconds.
    """

    def __init__(self, name: str, timeout: float = 10.0) -> None:
        if not pid_of(name):
            raise Gone(f"{name} is not running")
        self.name = name
        self._buffer = b""
        for number in range(CHANNELS):
            if opened := _port(name, number):
                self._port, self._lock = opened
                break
        else:
            raise RigError(f"{name}: all {CHANNELS} command ports are in use")
        try:
            self.greeting = self._greet(timeout)
        except BaseException:
            self.close()
            raise

    def _greet(self, timeout: float) -> Greeting:
        """Ask until an answer to this very question comes: an earlier client may have left
        half a frame behind."""
        end = time.monotonic() + timeout
        while True:
            question = os.urandom(16)
            self._port.sendall(frame(b"Y", question))
            again = min(time.monotonic() + 1.0, max(end, time.monotonic() + 0.05))
            while time.monotonic() < again:
                if select.select([self._port], [], [], 0.05)[0]:
                    self._receive()
                    at = self._buffer.find(b"RGY")
                    while at >= 0 and self._buffer[at + HEAD : at + HEAD + 16] != question:
                        at = self._buffer.find(b"RGY", at + 1)
                    if at >= 0:
                        self._buffer = self._buffer[at:]
                        for _, payload in self._frames():
                            return Greeting(**json.loads(payload[16:]))
            if time.monotonic() > end:
                raise Gone(f"{self.name}: no answer from the guest within {timeout:.0f} s")
            if not pid_of(self.name):
                raise Gone(f"{self.name}: the emulator ended")

    def _receive(self) -> None:
        try:
            got = self._port.recv(262144)
        except ConnectionError:
            got = b""
        if not got:
            raise Gone(f"{self.name}: the emulator closed the command port")
        self._buffer += got

    def _frames(self) -> Iterator[tuple[bytes, bytes]]:
        while len(self._buffer) >= HEAD:
            length = struct.unpack(">I", self._buffer[3:HEAD])[0]
            if len(self._buffer) < HEAD + length:
                return
            kind, payload = self._buffer[2:3], self._buffer[HEAD : HEAD + length]
            self._buffer = self._buffer[HEAD + length :]
            yield kind, payload

    def run(
        self,
        command: str | list[str],
        out: Sink,
        err: Sink,
        source: IO[bytes] | None = None,
        user: str | None = None,
        timeout: float | None = None,
        slower: float = 1.0,
    ) -> int:
        """The exit code of `command` (text is for bash, a list is run as it is), as root or
        `user`, fed from `source`; TIMED_OUT where it takes more than `timeout` seconds of the guest.

        Raises `Gone` where the guest falls silent, for that time and some more, `slower` as its
        seconds may be than ours; the channel is of no use then.
        """
        request = {"cmd": command, "user": user, "timeout": timeout}
        self._port.sendall(frame(b"R", json.dumps(request).encode()))
        if source is None:
            self._port.sendall(frame(b"E"))
        end = time.monotonic() + (timeout + 15) * slower if timeout else None
        while True:
            for kind, payload in self._frames():
                if kind == b"O":
                    out(payload)
                elif kind == b"X":
                    err(payload)
                elif kind == b"D":
                    return int(json.loads(payload)["rc"])
            ends = [self._port.fileno(), *([source.fileno()] if source else [])]
            ready = select.select(ends, [], [], 0.5)[0]
            if source and source.fileno() in ready:
                chunk = os.read(source.fileno(), CHUNK)
                self._port.sendall(frame(b"I", chunk) if chunk else frame(b"E"))
                source = source if chunk else None
            if self._port.fileno() in ready:
                self._receive()
            elif not ready and not pid_of(self.name):
                raise Gone(f"{self.name}: the emulator ended")
            if end and time.monotonic() > end:
                raise Gone(f"{self.name}: the guest fell silent during {command!r}")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._port.close()
        self._lock.close()
