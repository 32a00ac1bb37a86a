"""The scripts that root runs beside the box, with stand-ins for what they call."""

import os
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"


@pytest.fixture
def called(tmp_path):
    """Stand-ins for programs; what they were called with, in order."""
    programs, log = tmp_path / "bin", tmp_path / "log"
    programs.mkdir()
    log.touch()

    def stand_in(name, says="", code=0):
        program = programs / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >>{log}\necho "{says}"\nexit {code}\n')
        program.chmod(0o755)

    def run(script, *arguments):
        path = f"{programs}:{os.environ['PATH']}"
        done = subprocess.run(
            [SYSTEMD / script, *map(str, arguments)],
            env={"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stderr == ""
        lines = log.read_text().splitlines()
        log.write_text("")
        return done.returncode, lines, done.stdout.strip()

    run.stand_in = stand_in
    return run


# -- hush ----------------------------------------------------------------------------------------

BESIDE = "nidra-box-library.service nidra-box-stick@*.service"


@pytest.mark.parametrize("code", [0, 1])  # what does not run cannot be frozen
def test_while_the_flag_is_there_everything_beside_is_frozen(called, tmp_path, code):
    called.stand_in("systemctl", code=code)
    (tmp_path / "playing").touch()
    hush = ("hush", tmp_path / "playing", tmp_path / "tags", tmp_path / "sys")
    assert called(*hush)[:2] == (0, [f"systemctl freeze {BESIDE}"])


def test_when_it_has_gone_everything_goes_on_and_what_waited_has_its_turn(called, tmp_path):
    called.stand_in("systemctl")
    tags, numbers = tmp_path / "tags", tmp_path / "sys/dev/block"
    hush = ("hush", tmp_path / "playing", tags, tmp_path / "sys")
    start = "systemctl start --no-block nidra-box-library.service"
    assert called(*hush)[:2] == (0, [f"systemctl thaw {BESIDE}", start])
    tags.mkdir()
    numbers.mkdir(parents=True)
    (tmp_path / "sys/devices/sda/sda1").mkdir(parents=True)
    (numbers / "8:1").symlink_to("../../devices/sda/sda1")
    for tag in ("b8:1", "b8:17", "c1:1"):  # one is still in, one was pulled out
        (tags / tag).touch()
    assert called(*hush)[1][1] == f"{start} nidra-box-stick@sda1.service"


# -- take-stick ----------------------------------------------------------------------------------


@pytest.fixture
def stick(called, tmp_path):
    """`take-stick sda1` on a machine of the test's own; `mounted` are lines of mountinfo."""
    disk = tmp_path / "sys/devices/usb/sda"
    for folder, number in ((disk, "8:0"), (disk / "sda1", "8:1"), (disk / "sda2", "8:2")):
        folder.mkdir(parents=True)
        (folder / "dev").write_text(number + "\n")
    for number in ("1", "2"):
        (disk / f"sda{number}/partition").write_text(number)
    holder = disk / "sda2/holders/dm-0"
    holder.mkdir(parents=True)
    (holder / "dev").write_text("254:0\n")
    block = tmp_path / "sys/class/block"
    block.mkdir(parents=True)
    for name in ("sda", "sda/sda1"):
        (block / Path(name).name).symlink_to(f"../../devices/usb/{name}")
    for name in ("mount", "setpriv"):
        called.stand_in(name)

    def take(partition="sda1", kind="vfat", mounted=""):
        called.stand_in("blkid", kind)
        mounts = tmp_path / "mountinfo"
        mounts.write_text("22 1 179:2 / / rw - ext4 /dev/mmcblk0p2 rw\n" + mounted)
        return called("take-stick", partition, tmp_path / "sys", mounts)

    return take


SAFE = "ro,nosuid,nodev,noexec,uid=nidra-intake,gid=nidra-box,dmask=0227,fmask=0337"


@pytest.mark.parametrize(
    ("partition", "kind", "more"),
    [("sda1", "vfat", "utf8=1,tz=UTC"), ("sda", "exfat", "iocharset=utf8")],
)
def test_a_stick_is_mounted_read_only_and_read_by_somebody_without_rights(
    stick, partition, kind, more
):
    code, called, _ = stick(partition, kind)
    folder = f"/run/nidra-box-stick-{partition}"
    assert code == 0
    assert called[1:] == [
        f"mount -t {kind} -o {SAFE},{more} /dev/{partition} {folder}",
        "setpriv --reuid=nidra-intake --regid=nidra-box --clear-groups --no-new-privs "
        f"--inh-caps=-all --bounding-set=-all -- /usr/bin/nidra-box take-stick {folder}",
    ]


@pytest.mark.parametrize(
    "mounted",
    [
        "40 1 8:1 / /media/stick rw - vfat /dev/sda1 rw\n",
        "40 1 8:2 / / rw - ext4 /dev/root rw\n",  # a Pi that runs from a USB disk
        "40 1 0:35 / / rw - btrfs /dev/sda2 rw\n",
        "40 1 254:0 / / rw - ext4 /dev/mapper/safe rw\n",
    ],
)
def test_a_disk_that_is_in_use_is_left_alone(stick, mounted):
    code, called, said = stick(mounted=mounted)
    assert (code, called) == (0, [])
    assert said == "/dev/sda1: its disk is in use here, so it is no stick to be taken in"


@pytest.mark.parametrize("kind", ["ext4", "", "ntfs"])
def test_other_file_systems_are_not_mounted(stick, kind):
    assert [line.split()[0] for line in stick(kind=kind)[1]] == ["blkid"]


def test_a_stick_that_cannot_be_mounted_is_not_read(stick, called):
    called.stand_in("mount", code=32)
    code, ran, _ = stick()
    assert (code, [line.split()[0] for line in ran]) == (32, ["blkid", "mount"])
