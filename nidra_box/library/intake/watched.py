"""Running a child with limits and reading what it writes: never more than is asked for, never
waiting for one that does nothing. Whatever happens, the whole group of the child is ended.

Waiting is counted in waits of a second that brought nothing, not by a clock: while a session
plays, all of this is frozen, and a night must not look like a child that hangs.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nidra_box.library.intake.child import limited

MEMORY_MB = 400
STALL_S = 60  # without a byte in a row
STALLS_S = 600  # without a byte in all
KEPT_ERRORS = 200
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031
_PACKAGES = Path(__file__).resolve().parents[3]


class ChildFailed(Exception):
    """The child could not do it: why, in a few words."""


def program(name: str) -> str | None:
    """Where ffmpeg or ffprobe is; None where it is not installed. `NIDRA_BOX_NO_FFMPEG` in the
    environment hides them."""
    return None if os.environ.get("NIDRA_BOX_NO_FFMPEG") else shutil.which(name)


class Child:
    """A running child; `errors` are the first lines that it wrote to stderr, `error_count` all."""

    def __init__(
        self,
        command: list[str],
        cpu_s: int,
        descriptors: tuple[int, ...] = (),
        file_bytes: int = 0,
        feed: bool = False,
    ) -> None:
        self.errors: list[str] = []
        self.error_count = 0
        self._rest = b""
        self._idle_s = 0
        threads = "1"
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(
                filter(None, [str(_PACKAGES), os.environ.get("PYTHONPATH", "")])
            ),
            "OPENBLAS_NUM_THREADS": threads,
            "OMP_NUM_THREADS": threads,
        }
        self._process = subprocess.Popen(
            limited(command, cpu_s, MEMORY_MB, file_bytes, _processes()),
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=descriptors,
            start_new_session=True,
            env=environment,
            bufsize=0,
        )
        for stream in (self._process.stdout, self._process.stderr, self._process.stdin):
            if stream is not None:
                with suppress(OSError):
                    fcntl.fcntl(stream, _F_SETPIPE_SZ, _PIPE_BYTES)
        self._poll = select.poll()
        self._open = {self._out, self._err}
        for descriptor in self._open:
            os.set_blocking(descriptor, False)
            self._poll.register(descriptor, select.POLLIN)

    @property
    def _out(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    @property
    def _err(self) -> int:
        assert self._process.stderr is not None
        return self._process.stderr.fileno()

    def read(self, size: int = _PIPE_BYTES) -> bytes:
        """Some bytes of its output; none when it has ended. Raises ChildFailed when it does
        nothing any more."""
        stalled = 0
        while self._open:
            ready = self._poll.poll(1000)
            if not ready:
                stalled += 1
                self._idle_s += 1
                if stalled >= STALL_S or self._idle_s >= STALLS_S:
                    raise ChildFailed(f"nothing came out of it for {stalled} s")
            for descriptor, _ in ready:
                piece = os.read(descriptor, size if descriptor == self._out else 4096)
                if not piece:
                    self._poll.unregister(descriptor)
                    self._open.discard(descriptor)
                elif descriptor == self._err:
                    self._note(piece)
                else:
                    return piece
        self._note(b"\n")
        return b""

    def write(self, data: memoryview) -> None:
        """Give it all of `data` on its stdin. Raises ChildFailed."""
        assert self._process.stdin is not None
        descriptor = self._process.stdin.fileno()
        os.set_blocking(descriptor, False)
        poll, stalled = select.poll(), 0
        poll.register(descriptor, select.POLLOUT)
        while data:
            if not poll.poll(1000):
                stalled += 1
                if stalled >= STALL_S:
                    raise ChildFailed(f"it took nothing for {stalled} s")
                continue
            try:
                data = data[os.write(descriptor, data) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise ChildFailed(self.ended()) from error

    def close_input(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    def all_output(self, most: int) -> bytes:
        """Everything that it writes. Raises ChildFailed when that is too much, or too slow."""
        pieces, size = [], 0
        while piece := self.read():
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise ChildFailed("it says far too much")
        return b"".join(pieces)

    def ended(self) -> str:
        """How it ended, in words; an empty string for well. Waits for it, not for long."""
        try:
            code = self._process.wait(STALL_S)
        except subprocess.TimeoutExpired:
            return "it does not end"
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return "it needed more processor time or memory than a sound file may"
        if code < 0:
            return f"the decoder crashed ({signal.Signals(-code).name})"
        return f"the decoder gave up ({code})" if code else ""

    def close(self) -> None:
        """End it and all that it started. Does not raise."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        for stream in (self._process.stdout, self._process.stderr, self._process.stdin):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _note(self, piece: bytes) -> None:
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()[:4096]
        for line in lines:
            if line.strip():
                self.error_count += 1
                if len(self.errors) < KEPT_ERRORS:
                    self.errors.append(line[:300].decode("utf-8", "replace").strip())


@contextmanager
def running(
    command: list[str],
    cpu_s: int,
    descriptors: tuple[int, ...] = (),
    file_bytes: int = 0,
    feed: bool = False,
) -> Iterator[Child]:
    """A child that is ended with the block. Raises ChildFailed where none can be started."""
    try:
        child = Child(command, cpu_s, descriptors, file_bytes, feed)
    except OSError as error:
        raise ChildFailed(f"no decoder could be started: {error.strerror}") from error
    try:
        yield child
    finally:
        child.close()


def _processes() -> int:
    """How many processes and threads our user may have: those it has, and a few. 0: no limit."""
    if os.geteuid() == 0 or not os.path.isdir("/proc/self/task"):
        return 0
    threads = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == os.geteuid():
                    threads += len(os.listdir(f"/proc/{name}/task"))
    return threads + 64
