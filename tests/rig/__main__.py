"""python -m tests.rig COMMAND NAME …: guests by hand. `-h` lists the commands."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.rig import machine
from tests.rig.channel import Channel
from tests.rig.guests import Guest
from tests.rig.places import RigError, pid_of, run_folder

HERE = Path(__file__).parent
DOING = dict[str, Callable[[argparse.Namespace], int]]


def build(given: argparse.Namespace) -> int:
    """make the image (root, Debian; about 2 minutes, kept steps are skipped)"""
    return subprocess.call([HERE / "build", *(["--force"] if given.force else [])])


def boot(given: argparse.Namespace) -> int:
    """start a guest: cold, from a warm state, from a saved one, or with its old disk"""
    if given.again:
        box = Guest(given.name).boot_again()
    else:
        box = Guest.boot(
            given.name,
            base=given.base,
            warm=given.warm,
            saved_as=given.saved,
            power=given.power,
            sound=given.sound,
            append=given.append,
            rtc=given.rtc,
            steady=given.steady,
            share=given.share,
        )
    print(json.dumps({"folder": str(box.folder), **asdict(box.greeting())}))
    return 0


def execute(given: argparse.Namespace) -> int:
    """run a command in the guest (one word: for bash); its exit code is passed on"""
    words = given.command[1:] if given.command[:1] == ["--"] else given.command
    channel = Channel(given.name)
    return channel.run(
        words[0] if len(words) == 1 else words,
        lambda said: os.write(1, said),
        lambda said: os.write(2, said),
        source=sys.stdin.buffer if given.stdin else None,
        user=given.user,
        timeout=given.timeout,
    )


def put(given: argparse.Namespace) -> int:
    """copy a file, or what is in a folder, into the guest"""
    Guest(given.name).put(given.source, given.target)
    return 0


def get(given: argparse.Namespace) -> int:
    """copy a file or folder of the guest into a folder here"""
    Guest(given.name).get(given.source, given.target)
    return 0


def save(given: argparse.Namespace) -> int:
    """keep memory and disk as TAG for `boot --saved TAG`; the guest ends"""
    Guest(given.name).save(given.tag)
    return 0


def kill(given: argparse.Namespace) -> int:
    """power cut; with `boot --power` unflushed writes get lost"""
    if cut := machine.kill(given.name, given.seed, given.lose):
        print(json.dumps(asdict(cut)))
    return 0


def stop(given: argparse.Namespace) -> int:
    """power off in order"""
    Guest(given.name).stop()
    return 0


def mon(given: argparse.Namespace) -> int:
    """a line for QEMU's monitor: system_reset, info usb, device_del usbaudio, …"""
    print(Guest(given.name).monitor(" ".join(given.line)), end="")
    return 0


def wait(given: argparse.Namespace) -> int:
    """wait until the guest is up, with --after BOOT_ID in another boot than that"""
    print(json.dumps(asdict(Guest(given.name).wait_up(given.timeout, given.after))))
    return 0


def status(given: argparse.Namespace) -> int:
    """the guest's own word (boot id, clocks) and its folder; exit code 1 if it does not run"""
    pid = pid_of(given.name)
    told = {"pid": pid, "folder": str(run_folder(given.name))}
    print(json.dumps({**told, **(asdict(Channel(given.name).greeting) if pid else {})}))
    return 0 if pid else 1


def selftest(given: argparse.Namespace) -> int:
    """does the rig work on this machine? (tests/rig/test_rig_itself.py)"""
    return subprocess.call([sys.executable, "-m", "pytest", HERE / "test_rig_itself.py"])


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="python -m tests.rig", description=__doc__)
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, doing: Callable[[argparse.Namespace], int], named: bool = True
    ) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=doing.__doc__, description=doing.__doc__)
        one.set_defaults(doing=doing)
        if named:
            one.add_argument("name", help="the guest's name")
        return one

    add("build", build, named=False).add_argument("--force", action="store_true")
    start = add("boot", boot)
    how = start.add_mutually_exclusive_group()
    how.add_argument("--warm", action="store_true", help="from a state saved just after a boot")
    how.add_argument("--saved", metavar="TAG", help="from what `save` kept")
    how.add_argument("--power", action="store_true", help="a disk with a volatile write cache")
    how.add_argument("--again", action="store_true", help="cold, with the disk as it was left")
    start.add_argument("--base", type=Path, help="an image other than the built one")
    start.add_argument("--sound", choices=["hda", "usb", "none"], default="hda")
    start.add_argument("--append", default="", help="more words for the kernel")
    start.add_argument("--rtc", default=machine.CLOCK)
    start.add_argument("--steady", action="store_true", help="in a time of its own")
    start.add_argument("--share", type=Path, help="a folder shown in the guest as /host")
    run = add("exec", execute)
    run.add_argument("-u", "--user")
    run.add_argument("-t", "--timeout", type=float)
    run.add_argument("-i", "--stdin", action="store_true", help="pass stdin on")
    run.add_argument("command", nargs=argparse.REMAINDER)
    for name, doing in (("put", put), ("get", get)):
        copy = add(name, doing)
        copy.add_argument("source")
        copy.add_argument("target")
    add("save", save).add_argument("tag")
    cut = add("kill", kill)
    cut.add_argument("--seed", type=int)
    cut.add_argument("--lose", type=float, default=0.5, help="chance of each unflushed write")
    add("stop", stop)
    add("mon", mon).add_argument("line", nargs="+")
    until = add("wait", wait)
    until.add_argument("--after", metavar="BOOT_ID")
    until.add_argument("-t", "--timeout", type=float, default=180.0)
    add("status", status)
    add("selftest", selftest, named=False)
    return whole


def main() -> int:
    given = parser().parse_args()
    try:
        return int(given.doing(given))
    except RigError as error:
        print(f"rig: {error}", file=sys.stderr)
        return 70


if __name__ == "__main__":
    sys.exit(main())
