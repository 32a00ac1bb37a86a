"""The virtual machine: its options, QEMU's command line, its disks, start and end."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.rig.channel import CHANNELS
from tests.rig.monitor import Monitor
from tests.rig.places import IMAGE, RigError, pid_of, run_folder
from tests.rig.power import Cut, settle

EMULATOR = "qemu-system-x86_64"
ACCELERATION = os.environ.get("RIG_ACCEL", "tcg,thread=multi,tb-size=512")
"""Without KVM by default, so that it runs inside other virtual machines; RIG_ACCEL=kvm."""
STEADY = "tcg,thread=single,tb-size=512"
PACE = "shift=2,sleep=on,align=off"
"""A steady guest has one processor that does 250 million instructions in a second of its own time,
and time, timers and the sound card's pace are counted by them: where this machine stands still, the
guest's time does, too. A core of a Pi Zero 2 W does some two to three times as many, and it has four."""
STEADY_SLOWER = 6.0
"""So many of our seconds may one of a steady guest take: two are usual here."""
CPU = "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+rdrand"
KERNEL = (
    "console=ttyS0,115200 root=/dev/vda ro rootfstype=ext4 fsck.repair=yes mitigations=off nokaslr "
    "tsc=reliable no_timer_check random.trust_cpu=on net.ifnames=0 systemd.show_status=false "
    "loglevel=4 audit=0 trace_event=gpio:gpio_value,pwm:pwm_apply trace_options=norecord-cmd "
    "trace_clock=mono"
)
"""The trace of lines and PWM is there from the start: to enable an event in a running kernel
patches its code, at first that of __schedule (to know the names of programs), and under TCG
the other processor once in some hundred times met the patch half done and the kernel died of it."""
CLOCK = "base=utc,clock=host"
USB_CARD = "usb-audio,id=usbaudio,audiodev=snd0,buffer=49152"
"""A quarter of a second between the guest and the recorder: QEMU drops what does not fit."""
HDA_CARD = "hda-output,audiodev=snd0,use-timer=off"
"""The recorder pulls. With a timer of its own the card throws 2048 frames away whenever the
recorder comes 43 ms late (6144 frames were missing so in a minute under load)."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a saved state depends on.

    sound: hda | usb | none (no card at all). append: more words for the kernel, among them
    rig.pi_revision=c03115, rig.gpio_label=pinctrl-bcm2711, rig.pwm=none (see guest/rig-gpio-setup). rtc:
    QEMU's -rtc; base=2020-01-01T00:00:00,clock=vm is a Pi without a clock.
    steady: the guest's time is its own (`PACE`), some two times slower than this machine's; what
    is heard and stamped in it is then the box's doing alone.
    """

    sound: str = "hda"
    append: str = ""
    rtc: str = CLOCK
    memory_mib: int = 1024
    cpus: int = 2
    steady: bool = False

    @property
    def slower(self) -> float:
        """How many of our seconds one of the guest's may take."""
        return STEADY_SLOWER if self.steady else 1.0


@dataclass(frozen=True, slots=True)
class Boot:
    """One start: of the image (or an installed one) in `base`, with or without the lossy write
    cache, showing the folder `share` as /host in the guest."""

    base: str
    options: Options
    power: bool = False
    share: str | None = None

    def note(self, folder: Path) -> None:
        (folder / "rig.json").write_text(json.dumps(asdict(self)))

    @classmethod
    def noted(cls, folder: Path) -> Boot:
        try:
            fields = json.loads((folder / "rig.json").read_text())
        except OSError as error:
            raise RigError(f"nothing is known of {folder.name}: boot it first") from error
        return cls(**{**fields, "options": Options(**fields["options"])})


def base_image(folder: Path | None = None) -> str:
    """The image to boot, its link followed. Raises `RigError` if it was not built."""
    base = (folder or IMAGE).resolve()
    for part in ("root.img", "vmlinuz", "initrd.img"):
        if not (base / part).exists():
            raise RigError(f"no {base / part}: build the image with tests/rig/build, as root")
    return str(base)


def overlay(disk: Path, backing: Path) -> None:
    """A new qcow2 disk at `disk`, which keeps what differs from `backing`."""
    kind = "qcow2" if backing.suffix == ".qcow2" else "raw"
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-F", kind, "-b", backing, disk], check=True
    )


def copied(disk: Path, target: Path) -> Path:
    """A copy that takes no more room than what was written."""
    subprocess.run(["cp", "--sparse=always", disk, target], check=True)
    return target


def new_disk(folder: Path, boot: Boot, state: Path | None) -> None:
    """Throw away the disk of an earlier guest of this name and lay in a new one."""
    folder.mkdir(parents=True, exist_ok=True)
    remove_disks(folder)
    root = Path(boot.base) / "root.img"
    if boot.power:
        copied(root, folder / "disk.raw")
    else:
        overlay(folder / "disk.qcow2", state / "disk.qcow2" if state else root)


def remove_disks(folder: Path) -> None:
    for name in ("disk.qcow2", "live.qcow2", "disk.raw", "disk.log"):
        (folder / name).unlink(missing_ok=True)


def _processor(options: Options) -> list[str]:
    if options.steady:
        return ["-accel", STEADY, "-icount", PACE, "-cpu", CPU, "-smp", "1"]
    cpu = "host" if ACCELERATION.startswith("kvm") else CPU
    return ["-accel", ACCELERATION, "-cpu", cpu, "-smp", str(options.cpus)]


def _disk(folder: Path, power: bool) -> list[str]:
    if not power:
        drive = f"file={folder}/disk.qcow2,if=none,id=d0,format=qcow2,cache=writeback,discard=unmap"
        return ["-drive", drive, "-device", "virtio-blk-pci,drive=d0,serial=rigroot"]
    if (folder / "disk.log").exists():
        settle(folder, lose=0.0)  # the last end was orderly: everything was written
    (folder / "live.qcow2").unlink(missing_ok=True)
    overlay(folder / "live.qcow2", folder / "disk.raw")
    (folder / "disk.log").write_bytes(b"")
    live = f"driver=qcow2,node-name=live,file.driver=file,file.filename={folder}/live.qcow2"
    logged = "driver=blklogwrites,node-name=d0,file=live,log=logf,log-sector-size=512,log-super-update-interval=1"
    return [
        *("-blockdev", live),
        *("-blockdev", f"driver=file,node-name=logf,filename={folder}/disk.log"),
        *("-blockdev", logged),
        *("-device", "virtio-blk-pci,drive=d0,serial=rigroot,discard=off,write-zeroes=off"),
    ]


def _sound(folder: Path, sound: str, plugged: bool) -> list[str]:
    if sound == "none":
        return []
    recorder = (
        f"wav,id=snd0,path={folder}/audio.wav,out.frequency=48000,out.channels=2,out.format=s16"
    )
    card = {
        "hda": ["-device", "intel-hda,id=hda", "-device", HDA_CARD],
        "usb": ["-device", "qemu-xhci,id=usb", *(["-device", USB_CARD] if plugged else [])],
    }[sound]
    return ["-audiodev", recorder, *card]


def command(name: str, boot: Boot, state: Path | None, usb_plugged: bool) -> list[str]:
    """QEMU's words. `state`: the folder of a saved state to go on from."""
    folder, options = run_folder(name), boot.options
    words = [EMULATOR, "-name", f"rig-{name}", "-machine", "pc,usb=off"]
    words += _processor(options)
    words += ["-m", str(options.memory_mib), "-rtc", options.rtc]
    words += ["-nodefaults", "-no-user-config", "-display", "none"]
    words += ["-kernel", f"{boot.base}/vmlinuz", "-initrd", f"{boot.base}/initrd.img"]
    words += ["-append", f"{KERNEL} {options.append}".strip()]
    words += _disk(folder, boot.power)
    words += ["-device", "virtio-rng-pci", "-device", "virtio-serial-pci,max_ports=8"]
    words += ["-chardev", f"file,id=ser0,path={folder}/serial.log,append=on"]
    words += ["-serial", "chardev:ser0", "-qmp", f"unix:{folder}/qmp.sock,server=on,wait=off"]
    share = boot.share or f"{folder}/share"
    words += ["-fsdev", f"local,id=host,path={share},security_model=none,multidevs=remap"]
    words += ["-device", "virtio-9p-pci,fsdev=host,mount_tag=host"]
    words += ["-device", "i6300esb", "-action", "watchdog=reset", "-device", "vmgenid,guid=auto"]
    for n in range(CHANNELS):
        words += ["-chardev", f"socket,id=rig{n},path={folder}/rig.{n}.sock,server=on,wait=off"]
        words += ["-device", f"virtserialport,chardev=rig{n},name=rig.{n}"]
    words += _sound(folder, options.sound, usb_plugged)
    words += ["-pidfile", str(folder / "qemu.pid")]
    if state:
        words += ["-incoming", f"exec:cat {shlex.quote(str(state / 'state'))}"]
    return words


def start(name: str, boot: Boot, state: Path | None = None, template: bool = False) -> None:
    """Start QEMU on the disk that lies in the guest's folder; return when its sockets are there
    (with `state`: when the guest goes on from it). A `template` is a guest to be saved: a USB
    card cannot be in a saved state and is plugged in when the guest runs."""
    folder = run_folder(name)
    if pid_of(name):
        raise RigError(f"{name} is already running")
    (folder / "share").mkdir(parents=True, exist_ok=True)
    for path in [*folder.glob("*.sock"), folder / "qemu.pid"]:
        path.unlink(missing_ok=True)
    wav = folder / "audio.wav"
    if wav.exists():  # QEMU overwrites it
        wav.replace(folder / "audio.earlier.wav")
    boot.note(folder)
    words = command(name, boot, state, usb_plugged=not (state or template))
    with (folder / "qemu.log").open("a") as log:
        log.write(shlex.join(words) + "\n")
        log.flush()
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    end = time.monotonic() + 30
    while not (pid_of(name) and (folder / "rig.0.sock").exists()):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise RigError("QEMU did not start: " + (folder / "qemu.log").read_text()[-600:])
        time.sleep(0.02)
    with contextlib.suppress(PermissionError):
        # Its main thread alone: the recorder pulls in time, however busy the processors are.
        first = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(process.pid, first, os.sched_param(1))
    if state:
        _resume(name, boot.options)


def _resume(name: str, options: Options) -> None:
    with Monitor(name) as monitor:
        while monitor.command("query-status")["status"] in ("inmigrate", "postmigrate"):
            time.sleep(0.02)
        monitor.command("cont")
        if options.sound == "usb":
            monitor.line(f"device_add {USB_CARD}")


def end(name: str) -> None:
    """SIGKILL for the emulator; the log of a disk with a volatile cache is left as it is."""
    if pid := pid_of(name):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        ended(name, 10.0)


def kill(name: str, seed: int | None = None, lose: float = 0.5) -> Cut | None:
    """The emulator ends. Where the disk has a volatile cache, this is the power cut."""
    end(name)
    if (run_folder(name) / "disk.log").exists():
        return settle(run_folder(name), lose, seed)
    return None


def ended(name: str, seconds: float) -> bool:
    """Wait for the emulator to end; false if it still runs after `seconds`."""
    end = time.monotonic() + seconds
    while pid_of(name):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
