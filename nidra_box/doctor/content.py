"""Settings, scripts, recordings and computed sounds: read from their own folders."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from nidra_box.config import Config
from nidra_box.doctor.finding import Finding, ok, only_for, warning, wrong
from nidra_box.documents.node import Problem
from nidra_box.installed import to_write
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.incoming import LEFT_BYTES
from nidra_box.library.judge import judge_script
from nidra_box.library.listing import missing_programmes
from nidra_box.library.record import INDEX, ITEMS, read_index, read_items
from nidra_box.sound import beds as sounds
from nidra_box.words import reason_of

_SAID = 3


def settings(file: Path | None, problems: list[Problem]) -> list[Finding]:
    """What is wrong in the settings file, a finding each; the programmes it names are
    looked for by `programmes`."""
    if problems:
        mend = f"mend it, then: nidra-box check {file}"
        found = []
        for problem in problems:
            where = f"{problem.file}:{problem.line}" if problem.line else problem.file
            key = f"{problem.path}: " if problem.path else ""
            found.append(wrong("settings", f"{where}: {key}{problem.message}", mend))
        return found
    return [ok("settings", str(file) if file else "none, so the defaults hold")]


def programmes(catalogue: Catalogue, config: Config, service: str = "") -> list[Finding]:
    """Every script, and the programmes that the settings name."""
    folders, scripts = catalogue.folders, catalogue.scripts()
    broken: list[Finding] = []
    unseen = service != "" and is_shut(folders.own_programmes)
    for name, path in scripts.items():
        if service and (is_shut(path) or holds_shut(folders.own_voices / name)):
            unseen = True
            continue
        judged = judge_script(catalogue, path)
        if judged.reason:
            broken.append(wrong("script", judged.reason, f"nidra-box check {path}"))
        elif judged.gaps:
            message = f"{name} plays in part: {judged.lacks}"
            broken.append(warning("script", message, judged.gaps[0].fix))
    broken += [
        wrong("folder", f"{f} is a file", "move it away, make a folder of this name")
        for f in folders.no_folders()
    ]
    found = broken
    if not scripts:
        found = [wrong("scripts", "there are none", "install the box's own files again")]
    elif unseen:
        found = [*broken, only_for(service, "scripts", "not all can be read")]
    elif not broken:
        found = [ok("scripts", f"{len(scripts)} of {len(scripts)} are whole")]
    if service and (is_shut(folders.own_programmes) or is_shut(folders.library)):
        return found  # nobody can say then which programmes there are
    return found + _named(catalogue, config)


def _named(catalogue: Catalogue, config: Config) -> list[Finding]:
    return [
        wrong("programmes", f"{key} names {message}", "nidra-box programmes lists them")
        for key, message in missing_programmes(catalogue, config)
    ]


def recordings(catalogue: Catalogue, service: str = "", hides_homes: bool = False) -> list[Finding]:
    """A person's own recordings: what is not played, what is on its way, and room for more."""
    folders = catalogue.folders
    library, store = folders.library, folders.recordings
    for folder in (library, store):
        if service and is_shut(folder):
            return [only_for(service, "recordings", str(folder))]
    there = [f for f in (library, store) if not os.path.isfile(f)]  # else `programmes` says so
    if shut := [why for f in there if (why := folders.trouble(f, hides_homes))]:
        return [wrong("recordings", *why) for why in shut]
    try:
        ready, items = read_index(store), read_items(store)
    except (OSError, ValueError) as error:
        message = f"the lists in {store} cannot be read: {reason_of(error)}"
        mend = f"remove {store / INDEX} and {store / ITEMS}: they are made again"
        return [warning("recordings", message, mend)]
    found = []
    refused = [item for item in items if item.state == "refused"]
    if refused:
        said = "; ".join(f"{item.name}: {item.reason}" for item in refused[:_SAID])
        more = " …" if len(refused) > _SAID else ""
        mend = f"do as it says, or remove the file from {library}"
        found.append(warning("recordings", f"{len(refused)} not played: {said}{more}", mend))
    coming = sum(item.state in ("taking", "waiting") for item in items)
    words = f"{len(ready)} can be played" if ready else "none of your own"
    if coming:
        words += f", {coming} to be taken in"
    if not refused:
        found.append(ok("recordings", words))
    return found + _room(library, coming > 0 or bool(ready))


def _room(library: Path, is_used: bool) -> list[Finding]:
    """Whether more can be taken in."""
    try:
        free = shutil.disk_usage(library).free
    except OSError:
        return []
    if not is_used or free >= LEFT_BYTES:
        return []
    message = f"{free / 1e9:.1f} GB are free: nothing more is taken in"
    return [warning("recordings", message, f"make room: {LEFT_BYTES / 1e9:.0f} GB must stay free")]


def beds(catalogue: Catalogue, service: str = "") -> Finding:
    """Noise, bowl and bell in the cache: there and whole, by sizes and headers."""
    if service and holds_shut(catalogue.folders.beds):
        return only_for(service, "beds")
    missing = sounds.missing(catalogue.folders.beds)
    if missing:
        message = f"{len(missing)} of {len(sounds.RECIPES)} are missing or damaged: "
        return warning(
            "beds", message + ", ".join(missing), to_write(catalogue.folders.beds, "nidra-box beds")
        )
    return ok("beds", f"{len(sounds.RECIPES)} of {len(sounds.RECIPES)} are whole")


def is_shut(path: Path) -> bool:
    """Whether we may not read this file, or enter this folder, that may well be there."""
    try:
        wanted = os.R_OK | (os.X_OK if stat.S_ISDIR(path.stat().st_mode) else 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return not os.access(path, wanted)


def holds_shut(folder: Path) -> bool:
    """Likewise for a folder and what lies right in it."""
    if is_shut(folder):
        return True
    return folder.is_dir() and any(is_shut(path) for path in folder.iterdir())
