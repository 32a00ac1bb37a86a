#!/usr/bin/python3
"""rig-agent: runs commands for the host over virtio-serial ports rig.0 .. rig.N.

Independent of the network and of sshd, so that a test may take both down.
Frame: b'RG' type(1) length(4, big endian) payload.
host -> guest  Y nonce | R json(cmd) | I stdin | E (stdin eof) | K signal
guest -> host  Y nonce+json | O stdout | X stderr | D json(rc)
"""

import contextlib
import glob
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

CHUNK = 32768


def frame(kind, payload=b""):
    return b"RG" + kind + struct.pack(">I", len(payload)) + payload


def greeting():
    return {
        "boot_id": Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        "uptime": float(Path("/proc/uptime").read_text().split()[0]),
        "time": time.time(),
        "mono": time.monotonic(),
    }


class Hangup(Exception):
    pass


class Port:
    def __init__(self, path):
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self.buf = b""

    def read(self):
        try:
            data = os.read(self.fd, CHUNK)
        except BlockingIOError:
            return
        if not data:
            raise Hangup
        self.buf += data

    def frames(self):
        while True:
            i = self.buf.find(b"RG")
            if i < 0:
                self.buf = self.buf[-1:]
                return
            if i:
                self.buf = self.buf[i:]
            if len(self.buf) < 7:
                return
            n = struct.unpack(">I", self.buf[3:7])[0]
            if n > 1 << 24:
                self.buf = self.buf[2:]
                continue
            if len(self.buf) < 7 + n:
                return
            kind, payload, self.buf = self.buf[2:3], self.buf[7 : 7 + n], self.buf[7 + n :]
            yield kind, payload

    def send(self, kind, payload=b""):
        data = memoryview(frame(kind, payload))
        while data:
            try:
                data = data[os.write(self.fd, data) :]
            except BlockingIOError as error:
                p = select.poll()
                p.register(self.fd, select.POLLOUT)
                for _, ev in p.poll(1000):
                    if ev & select.POLLHUP:
                        raise Hangup from error
            except OSError as error:
                raise Hangup from error

    def wait_host(self):
        """Block until the host side is connected."""
        while True:
            p = select.poll()
            p.register(self.fd, select.POLLIN)
            evs = p.poll(1000)
            if any(ev & select.POLLHUP for _, ev in evs):
                time.sleep(0.05)
                continue
            if evs:
                return

    def serve(self):
        while True:
            self.buf = b""
            try:
                self.wait_host()
                self.session()
            except Hangup:
                continue
            except Exception as e:
                print(f"{self.path}: {e!r}", file=sys.stderr, flush=True)
                time.sleep(0.2)

    def session(self):
        while True:
            p = select.poll()
            p.register(self.fd, select.POLLIN)
            for _, ev in p.poll(500):
                if ev & select.POLLHUP:
                    raise Hangup
                if ev & select.POLLIN:
                    self.read()
            for kind, payload in self.frames():
                if kind == b"Y":
                    self.send(b"Y", payload + json.dumps(greeting()).encode())
                elif kind == b"R":
                    self.run(json.loads(payload))

    def run(self, req):
        env = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "USER": "root",
        }
        env.update(req.get("env") or {})
        cmd = req["cmd"]
        argv = cmd if isinstance(cmd, list) else ["/bin/bash", "-c", cmd]
        if req.get("user"):
            argv = ["/usr/sbin/runuser", "-u", req["user"], "--", *argv]
        t0 = time.monotonic()
        try:
            job = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=env,
                cwd=req.get("cwd") or "/root",
                start_new_session=True,
                bufsize=0,
            )
        except OSError as e:
            self.send(b"X", f"rig-agent: {e}\n".encode())
            self.send(b"D", json.dumps({"rc": 127}).encode())
            return
        try:
            self.pump(job, req.get("timeout"), t0)
        except BaseException:
            for sig in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(job.pid, sig)
                except OSError:
                    break
                time.sleep(0.3)
            job.wait()
            raise

    def pump(self, job, timeout, t0):
        out, err, inp = job.stdout.fileno(), job.stderr.fileno(), job.stdin.fileno()
        for fd in (out, err, inp):
            os.set_blocking(fd, False)
        pending, eof = b"", False
        opened = {out: b"O", err: b"X"}
        timed_out = False
        grace = None
        while opened or job.poll() is None:
            if timeout and not timed_out and time.monotonic() - t0 > timeout:
                timed_out = True
                os.killpg(job.pid, signal.SIGKILL)
            # a background child may keep the pipes open after the command itself is gone
            if job.poll() is not None:
                grace = grace or time.monotonic()
                if time.monotonic() - grace > 0.5:
                    break
            p = select.poll()
            for fd in opened:
                p.register(fd, select.POLLIN)
            if len(pending) < 1 << 20:
                p.register(self.fd, select.POLLIN)
            if pending and inp is not None:
                p.register(inp, select.POLLOUT)
            for fd, ev in p.poll(100):
                if fd == self.fd:
                    if ev & select.POLLHUP:
                        raise Hangup
                    self.read()
                elif fd in opened:
                    try:
                        data = os.read(fd, CHUNK)
                    except BlockingIOError:
                        continue
                    if data:
                        self.send(opened[fd], data)
                    else:
                        del opened[fd]
                elif fd == inp:
                    try:
                        pending = pending[os.write(inp, pending[:CHUNK]) :]
                    except BlockingIOError:
                        pass
                    except OSError:
                        pending = b""
                        job.stdin.close()
                        inp = None
            for kind, payload in self.frames():
                if kind == b"I":
                    pending += payload
                elif kind == b"E":
                    eof = True
                elif kind == b"K":
                    with contextlib.suppress(OSError, ValueError):
                        os.killpg(job.pid, int(payload))
            if eof and not pending and inp is not None:
                job.stdin.close()
                inp = None
        rc = job.wait()
        if rc < 0:
            rc = 128 - rc
        if timed_out:
            rc = 124
        self.send(b"D", json.dumps({"rc": rc, "seconds": time.monotonic() - t0}).encode())


def main():
    started = set()
    while True:
        for path in sorted(glob.glob("/dev/virtio-ports/rig.*")):
            if path not in started:
                started.add(path)
                threading.Thread(target=Port(path).serve, daemon=True).start()
        if len(started) >= 4:
            signal.pause()
        time.sleep(0.2)


main()
