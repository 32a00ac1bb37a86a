"""The local socket that says how the box stands, and the claim that there is one box only.

A Unix socket with file permissions (owner and group), no network. A thread of its own
accepts one client at a time, posts the question to the inbox, waits at most ANSWER_S, writes
one JSON line and closes. Nothing is ever read from a client, so nothing it sends can matter.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from nidra_box.appliance.inbox import StatusAsked
from nidra_box.documents.untrusted import parse_object
from nidra_box.files import no_link
from nidra_box.words import reason_of

SOCKET_NAME, CLAIM_NAME = "status.sock", "box.lock"
MODE = 0o660
ANSWER_S = 1.0
MAX_ANSWER = 65_536
SERVICE_RUNTIME = Path("/run/nidra-box")


class AlreadyRunning(Exception):
    """Another process is this box."""


class NoBox(Exception):
    """Nobody answers."""


class MayNotAsk(NoBox):
    """There is a socket, but it is for others."""


def runtime_folder(state: Path) -> Path:
    """The service's RuntimeDirectory, else the state folder."""
    runtime = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    return Path(runtime) if runtime else state


def sockets(state: Path) -> list[Path]:
    """Where a running box may be asked, the likeliest first."""
    folders = dict.fromkeys([runtime_folder(state), SERVICE_RUNTIME, state])
    return [folder / SOCKET_NAME for folder in folders]


def claim(folder: Path, elsewhere: Sequence[Path] = ()) -> IO[str]:
    """Be the box of this folder until the returned file is closed, or the process ends however
    it may. Raises AlreadyRunning (also when a box listens on one of the sockets `elsewhere`),
    and OSError when the folder cannot be written to."""
    if any(_listens(path) for path in elsewhere):
        raise AlreadyRunning("another box is already running")
    folder.mkdir(parents=True, exist_ok=True)
    lock = no_link(str(folder / CLAIM_NAME), os.O_WRONLY | os.O_CREAT)
    held = os.fdopen(lock, "w", encoding="ascii")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        held.close()
        raise AlreadyRunning("another box is already running") from error
    return held


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(ANSWER_S)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


class StatusSocket:
    """Answers on a thread of its own. `post` puts a question into the owner's inbox."""

    def __init__(self, path: Path, post: Callable[[StatusAsked], None]) -> None:
        self._path = path
        self._post = post
        self._listener: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, name="status", daemon=True)

    def open(self) -> None:
        """Begin to answer; what an earlier box left there is replaced. Raises OSError."""
        part = self._path.with_suffix(".part")
        part.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(part))
            part.chmod(MODE)  # before anybody can find it under its name
            listener.listen(4)
            part.replace(self._path)
        except OSError:
            listener.close()
            raise
        self._listener = listener
        self._thread.start()

    def close(self) -> None:
        """Stop answering and take the socket away. Does not raise."""
        if self._listener is None:
            return
        with contextlib.suppress(OSError):
            self._path.unlink()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        self._thread.join(2 * ANSWER_S + 0.5)
        self._listener.close()
        self._listener = None

    def _serve(self) -> None:
        listener = self._listener
        assert listener is not None
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):  # a client that has gone is no news
                client.settimeout(ANSWER_S)
                answer = json.dumps(self._answer(), ensure_ascii=False)
                client.sendall(answer.encode(errors="replace") + b"\n")  # names may be no UTF-8

    def _answer(self) -> dict[str, Any]:
        reply: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._post(StatusAsked(reply))
        try:
            return reply.get(timeout=ANSWER_S)
        except queue.Empty:
            return {"error": f"the box is running, but has not answered for {ANSWER_S:g} s"}


def ask(paths: list[Path], patience_s: float = 3.0) -> dict[str, Any]:
    """What the first box that answers on one of `paths` says. Raises NoBox, or MayNotAsk, whose
    words name the socket that is there but may not be used."""
    reason = NoBox("no box is running")
    for path in paths:
        try:
            return _ask(path, patience_s)
        except (FileNotFoundError, ConnectionRefusedError):
            continue
        except PermissionError:
            reason = MayNotAsk(f"{path} may not be used by you")
        except OSError as error:
            reason = NoBox(f"{path} cannot be asked: {reason_of(error)}")
        except ValueError:
            reason = NoBox(f"{path} gives no answer that can be understood")
    raise reason


def _ask(path: Path, patience_s: float) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(patience_s)
        client.connect(str(path))
        raw = b""
        while len(raw) < MAX_ANSWER and (part := client.recv(4096)):
            raw += part
    return parse_object(raw)
