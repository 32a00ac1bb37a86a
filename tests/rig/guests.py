"""A guest as a test holds it in its hands.

with Guest.boot("mine", warm=True) as box:
    box.put(folder, "/root/folder")
    box.sh("rigpio tap 23")
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.rig import files, machine, saved
from tests.rig.channel import Channel, Failed, Gone, Greeting
from tests.rig.machine import USB_CARD, Boot, Options
from tests.rig.monitor import Monitor
from tests.rig.places import RigError, pid_of, run_folder
from tests.rig.power import Cut
from tests.rig.readiness import wait_until_up


@dataclass(frozen=True, slots=True)
class Ran:
    """A command's exit code and what it said."""

    rc: int
    out: str
    err: str


class Guest:
    """A running guest. Any thread may use it: each command takes a port that is free (of four).

    `with` kills it at the end, whatever happens, and removes its disk; logs and recording stay
    in `folder`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = run_folder(name)
        self._idle: list[Channel] = []

    @classmethod
    def boot(
        cls,
        name: str,
        *,
        base: Path | None = None,
        warm: bool = False,
        saved_as: str | None = None,
        power: bool = False,
        sound: str = "hda",
        append: str = "",
        rtc: str = machine.CLOCK,
        steady: bool = False,
        share: Path | None = None,
        timeout: float = 300.0,
    ) -> Guest:
        """A new guest on a new disk made from `base` (default: the built image).

        Cold it takes 11–14 s. `warm`: about 1 s, from a state saved just after a boot with the
        same options. `saved_as`: from what `save` kept (base and options are those of then).
        `steady`: in a time of its own, for what is heard to the frame; cold 70 s. `power`: a
        disk with a volatile write cache, for `kill` and `boot_again`; cold only.
        """
        plan = Boot(
            base="",
            options=Options(sound=sound, append=append, rtc=rtc, steady=steady),
            power=power,
            share=str(share.resolve()) if share else None,
        )
        state = None
        if saved_as:
            state = saved.folder_of(saved_as)
            kept = Boot.noted(state)
            plan = Boot(kept.base, kept.options, power, plan.share)
        else:
            plan = Boot(machine.base_image(base), plan.options, power, plan.share)
            if warm and not power:
                state = saved.warm(plan)
        if power and (warm or saved_as):
            raise RigError("a lossy disk (power) needs a cold boot, not a saved state")
        if pid_of(name):
            raise RigError(f"{name} is already running")
        machine.new_disk(run_folder(name), plan, state)
        return cls(name)._started(plan, state, timeout)

    def boot_again(self, timeout: float = 300.0) -> Guest:
        """After `stop` or `kill`: a cold boot of the same machine with the disk as it is now."""
        return self._started(Boot.noted(self.folder), None, timeout)

    def _started(self, plan: Boot, state: Path | None, timeout: float, again: bool = True) -> Guest:
        machine.start(self.name, plan, state)
        try:
            if state:
                self.run(f"date -s @{time.time() + 0.2:.1f}")
            wait_until_up(self.name, timeout * plan.options.slower)
        except BaseException as error:
            crashed = isinstance(error, RigError) and not pid_of(self.name)
            self.kill()
            if not (crashed and again):
                raise
            # QEMU 7.2 itself ended with a segmentation fault in 1 of some 200 starts.
            return self._started(plan, state, timeout, again=False)
        return self

    def __enter__(self) -> Guest:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        machine.remove_disks(self.folder)

    # ------------------------------------------------------------------ commands

    @property
    def slower(self) -> float:
        """How many of our seconds one of the guest's may take."""
        return Boot.noted(self.folder).options.slower

    @contextlib.contextmanager
    def _channel(self) -> Iterator[Channel]:
        channel = self._idle.pop() if self._idle else Channel(self.name)
        try:
            yield channel
        except BaseException:
            channel.close()
            raise
        self._idle.append(channel)

    def run(self, command: str | list[str], user: str | None = None, timeout: float = 60.0) -> Ran:
        """Run `command` (text is for bash) as root or `user`; after `timeout` seconds of the guest
        it is killed and the code is 124. Raises `Gone` where the guest itself falls silent."""
        out: list[bytes] = []
        err: list[bytes] = []
        try:
            with self._channel() as channel:
                rc = channel.run(
                    command, out.append, err.append, user=user, timeout=timeout, slower=self.slower
                )
        except Gone as error:
            raise Gone(f"{error}\n{self._seen_from_outside()}") from error
        return Ran(
            rc, b"".join(out).decode(errors="replace"), b"".join(err).decode(errors="replace")
        )

    def _seen_from_outside(self) -> str:
        """What can still be found out of a guest that fell silent: does its processor stand still,
        what said its kernel last, does another port answer and what waits or runs there?"""
        found = []
        with contextlib.suppress(RigError, OSError):
            found.append(f"emulator: {self.monitor('info status')}")
        with contextlib.suppress(OSError):
            console = (self.folder / "serial.log").read_text(errors="replace").splitlines()
            found.append("console: " + "\n  ".join(["", *console[-20:]]))
        waiting = "uptime; ps -eo pid,stat,wchan:30,args | awk 'NR == 1 || $2 ~ /^[DR]/'"
        words: list[bytes] = []
        try:
            with contextlib.closing(Channel(self.name, 5.0)) as channel:
                channel.run(waiting, words.append, words.append, timeout=5)
            found.append(b"".join(words).decode(errors="replace"))
        except RigError as error:
            found.append(f"another port: {error}")
        return "\n".join(found)

    def sh(self, command: str, user: str | None = None, timeout: float = 60.0) -> str:
        """What `command` prints, without the last newline. Raises `Failed` unless it succeeds."""
        ran = self.run(command, user, timeout)
        if ran.rc:
            raise Failed(f"{self.name}: {command!r} ended with {ran.rc}\n{ran.out}{ran.err}")
        return ran.out.rstrip("\n")

    def wait_for(self, command: str, seconds: float, every: float = 0.25) -> None:
        """Until `command` succeeds. Raises `Failed` with its last words after `seconds` (of a
        steady guest: more of ours)."""
        end = time.monotonic() + seconds * self.slower
        while (ran := self.run(command)).rc:
            if time.monotonic() > end:
                words = ran.out + ran.err
                raise Failed(f"{self.name}: {command!r} failed for {seconds:.0f} s\n{words}")
            time.sleep(every)

    def greeting(self) -> Greeting:
        """Boot id, uptime and clocks of the guest, as of now."""
        channel = Channel(self.name)
        channel.close()
        return channel.greeting

    def uptime(self) -> float:
        """Seconds on the guest's CLOCK_MONOTONIC, the clock of all that rigpio prints."""
        return float(self.sh("python3 -S -c 'import time; print(time.monotonic())'"))

    # ------------------------------------------------------------------ files

    def put(self, source: Path | str, target: str) -> None:
        """Copy a file to `target`, or what is in a folder into the folder `target`."""
        with self._channel() as channel:
            files.put(channel, Path(source), target)

    def get(self, source: str, folder: Path | str) -> None:
        """Copy a file or folder of the guest into the folder `folder` (made if it is not there)."""
        with self._channel() as channel:
            files.get(channel, source, Path(folder))

    # ------------------------------------------------------------------ the machine

    @property
    def wav(self) -> Path:
        """What the sound card was given since this start (recording.py reads it at any time)."""
        return self.folder / "audio.wav"

    def monitor(self, line: str) -> str:
        """A line of QEMU's monitor: `system_reset`, `stop`, `cont`, `info usb`."""
        with Monitor(self.name) as monitor:
            return monitor.line(line)

    def unplug_sound(self) -> None:
        """Pull out the USB sound card (booted with sound="usb")."""
        self.monitor("device_del usbaudio")

    def plug_sound(self) -> None:
        self.monitor(f"device_add {USB_CARD}")

    def plug_stick(self, disk: Path) -> None:
        """Put a USB stick with what is in the file `disk` into a guest booted with sound="usb"."""
        self.monitor(f"drive_add 0 if=none,id=stick-disk,file={disk},format=raw")
        self.monitor("device_add usb-storage,id=stick,drive=stick-disk,bus=usb.0")

    def unplug_stick(self) -> None:
        self.monitor("device_del stick")

    def wait_up(self, seconds: float = 300.0, other_than: str | None = None) -> Greeting:
        """Until the guest is up (again): in a boot whose id is not `other_than`."""
        self._close()
        return wait_until_up(self.name, seconds * self.slower, other_than)

    def save(self, tag: str) -> None:
        """Keep memory and disk as `tag`, for `boot(saved_as=tag)`; this guest ends."""
        self._close()
        saved.save(self.name, saved.folder_of(tag))

    def stop(self, seconds: float = 90.0) -> None:
        """An orderly power off. Raises `RigError` and kills it if that takes too long."""
        with contextlib.suppress(Gone):
            self.run("systemctl poweroff --no-block", timeout=15)
        self._close()
        if not machine.ended(self.name, seconds * self.slower):
            self.kill()
            raise RigError(f"{self.name}: did not power off within {seconds:.0f} s")

    def kill(self, seed: int | None = None, lose: float = 0.5) -> Cut | None:
        """Power cut. With a lossy disk, every write that was not flushed is lost with the
        probability `lose`; the same `seed` and log give the same loss."""
        self._close()
        return machine.kill(self.name, seed, lose)

    def end(self) -> None:
        """The emulator ends; disk and log stay as they are, to be looked at."""
        self._close()
        machine.end(self.name)

    def _close(self) -> None:
        while self._idle:
            self._idle.pop().close()
