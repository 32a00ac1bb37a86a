"""`add`: take a person's own recordings in, and say of each what was found and what is done."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nidra_box.appliance.presence import is_hushed
from nidra_box.cli.common import (
    FAILED,
    MEMBER,
    Failed,
    Progress,
    add_config_option,
    config_of,
    folders_for,
    print_json,
    say,
)
from nidra_box.cli.common.intake import changing, is_served, watched
from nidra_box.cli.common.own import person_of
from nidra_box.cli.common.service_user import as_owner_of
from nidra_box.library.filenames import CUE_ENDINGS, is_cues
from nidra_box.library.findings import about, findings, what_is_done, what_it_is
from nidra_box.library.folders import NO_FOLDER, Folders
from nidra_box.library.incoming import CannotCopy, copy_in, sweep
from nidra_box.library.listing import READY, REFUSED, WAITING
from nidra_box.library.record import Item, read_record
from nidra_box.library.sniff import holds_sound
from nidra_box.words import fitted, printable, reason_of

NAME_COLUMNS = 24


@dataclass(slots=True)
class Added:
    """One of the files and folders that were named, and what has become of it."""

    path: str
    name: str = ""
    state: str = WAITING
    reason: str = ""
    was_there: bool = False
    size: int = 0
    id: str = ""
    title: str = ""
    teacher: str = ""
    duration_s: float | None = None
    found: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)


def add_commands(commands: Any) -> None:
    parser = commands.add_parser(
        "add",
        help="take in your own recordings",
        description="Copy files into the library (a folder is one programme, its files in natural "
        "order) and watch how they are taken in: decoded once to their end, measured, and kept "
        "as what plays at night. Any kind of sound file may come. Your own files stay as they "
        "are. Of each it says what it is, what was found and what is done about it; exit code 1 "
        "if any is not played.",
        epilog="example:\n  nidra-box add ~/Downloads/ocean.m4a\n"
        "  nidra-box add 'Audio books/The long way'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="FILE|FOLDER", help="of any kind")
    parser.add_argument("--json", action="store_true", help="for programs, at the end")
    add_config_option(parser)
    parser.set_defaults(run=run_add)


def run_add(arguments: argparse.Namespace) -> int:
    config, _ = config_of(arguments)
    folders = folders_for(config)
    _may_add(folders, arguments.paths)
    tell = say if arguments.json else print
    added = [_copied(Path(path), folders, tell) for path in arguments.paths]
    waiting = [each for each in added if each.state == WAITING]
    if waiting and is_served(folders) and is_hushed():
        say("a night is playing: what was copied is taken in by itself after its end")
    elif waiting:
        _watch(config, folders, waiting, tell)
    if arguments.json:
        print_json("add", {"added": [_fields(each) for each in added]})
    return FAILED if any(each.state == REFUSED for each in added) else 0


def _may_add(folders: Folders, paths: list[str]) -> None:
    """Make the library where there is none yet. Raises Failed for whoever may not write there."""
    library = folders.library
    if os.path.isfile(library):
        raise Failed(f"{library} {NO_FOLDER}")
    with changing(library, "add …"):
        library.mkdir(parents=True, exist_ok=True)
        if not os.access(library, os.W_OK | os.X_OK, effective_ids=True):
            raise Failed(
                f"{library} may not be written by you: sudo nidra-box add …, or once: {MEMBER}"
            )
        sweep(library)


def _copied(path: Path, folders: Folders, tell: Any) -> Added:
    """Copy one into the library, opened by whoever asks. What cannot be copied is told."""
    library, added = folders.library, Added(str(path))
    label = f"copying {fitted(printable(path.name), NAME_COLUMNS)}"
    progress = Progress(label)
    try:
        source = path.resolve() if path.is_symlink() else path
        if source.is_dir() and not holds_sound(source):
            raise CannotCopy("is a folder without sound → name one with recordings in it")
        result = copy_in(
            source,
            library,
            lambda done, total: progress(done / max(total, 1)),
            lambda: as_owner_of(library),
        )
    except CannotCopy as error:
        added.state, added.reason = REFUSED, str(error)
    except OSError as error:
        added.state, added.reason = REFUSED, f"cannot be copied: {reason_of(error).lower()}"
    else:
        added.name, added.size, added.was_there = result.name, result.size, result.was_there
    finally:
        progress.done()
    if added.state == REFUSED:
        tell(f"{printable(str(path))} {added.reason}")
    elif is_cues(added.name):
        added.state = READY
        tell(f"{printable(added.name)} goes with the recording that is called like it")
    elif added.was_there:
        tell(f"{printable(added.name)} is in the library already")
    else:
        _copy_cues(path, added.name, library)
    return added


def _copy_cues(path: Path, name: str, library: Path) -> None:
    """The cue file that lies beside what was copied goes with it."""
    for ending in CUE_ENDINGS:
        beside = path.with_name((path.name if path.is_dir() else path.stem) + ending)
        goes_to = (name if path.is_dir() else Path(name).stem) + ending
        if beside.is_file() and beside.name == goes_to:
            try:
                copied = copy_in(beside, library, writing=lambda: as_owner_of(library))
            except CannotCopy as error:
                say(f"{printable(beside.name)} {error}")
            else:
                say(f"{printable(copied.name)} goes with it")


def _watch(config: Any, folders: Folders, waiting: list[Added], tell: Any) -> None:
    """Until each is ready or refused, or nobody takes it in."""
    by_name = {each.name: each for each in waiting}
    fresh = {each.name for each in waiting if not each.was_there}
    bar: Progress | None = None
    shown = ""
    try:
        for item in watched(config, folders, set(by_name), fresh):
            if item.state == "taking":
                if bar is None or shown != item.name:
                    shown = item.name
                    bar = Progress(f"taking in {fitted(printable(item.name), NAME_COLUMNS)}")
                bar(item.share, about(item.left_s) if item.left_s else "")
                continue
            if bar is not None:
                bar.done()
            each = by_name[item.name]
            _finish(each, item, folders)
            for line in _block(each):
                tell(line)
    except KeyboardInterrupt:
        if bar is not None:
            bar.done()
        _left_alone(folders, waiting)
        raise
    finally:
        if bar is not None:
            bar.done()


def _finish(each: Added, item: Item, folders: Folders) -> None:
    """What has become of it."""
    each.state, each.reason, each.id = REFUSED, item.reason, item.id
    if item.state != "ready":
        return
    try:
        record = read_record(folders.recordings / item.id)
    except (OSError, ValueError) as error:
        each.reason = f"its record cannot be read: {reason_of(error)}"
        return
    person = person_of(folders, item.id)
    each.state, each.reason = READY, ""
    each.title, each.teacher = person.title or record.title, record.teacher
    each.duration_s = record.duration_s
    each.found = [what_it_is(record), *findings(record)]
    each.done = what_is_done(record, person)
    each.done.append(_room_line(folders.recordings / item.id / record.sound))
    if record.even and not (person.loop or record.jolts or record.damage):
        loop = f"nidra-box describe {record.id} --loop"
        each.done.append(f"an even noise: {loop} lets it go round for 8 hours without a seam")


def _room_line(sound: Path) -> str:
    """`takes 0.6 GB of 9.8 free`: what plays of it, and what was there before."""
    try:
        size, free = sound.stat().st_size, shutil.disk_usage(sound).free
    except OSError:
        return "nobody knows how much room it takes"
    takes = f"{size / 1e9:.1f} GB" if size >= 5e7 else f"{size / 1e6:.1f} MB"
    return f"takes {takes} of {(free + size) / 1e9:.1f}{' GB' if 'MB' in takes else ''} free"


def _block(each: Added) -> Iterator[str]:
    name = printable(each.name)
    if each.state != READY:
        yield f"{name} is not played: {each.reason}"
        return
    by = f", {printable(each.teacher)}" if each.teacher else ""
    yield f"{name} is ready: {printable(each.title)}{by}  ({each.id})"
    for line in (*each.found, *each.done):
        yield f"  {line}"


def _left_alone(folders: Folders, waiting: list[Added]) -> None:
    names = [printable(each.name) for each in waiting if each.state == WAITING]
    goes_on = "taken in by itself" if is_served(folders) else "taken in at the next add"
    if names:
        say(f"\nin the library, and {goes_on}: {', '.join(names)}")


def _fields(each: Added) -> dict[str, Any]:
    return {
        "path": each.path,
        "name": each.name or None,
        "state": each.state,
        "reason": each.reason or None,
        "was_there": each.was_there,
        "size_bytes": each.size,
        "id": each.id or None,
        "title": each.title or None,
        "teacher": each.teacher or None,
        "duration_s": each.duration_s,
        "found": each.found,
        "done": each.done,
    }
