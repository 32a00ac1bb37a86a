"""Settings, scripts, recordings and computed sounds: read from their own folders."""

from __future__ import annotations

import os
import stat
from itertools import islice
from pathlib import Path

from nidra_box.config import Config
from nidra_box.doctor.finding import Finding, ok, only_for, warning, wrong
from nidra_box.documents.node import Problem
from nidra_box.installed import to_write
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.judge import judge_script
from nidra_box.library.recordings import score_of_recording
from nidra_box.sound import beds as sounds
from nidra_box.sound.sources import BadSound
from nidra_box.words import did_you_mean

RECORDINGS_LOOKED_AT = 200
"""Opening one takes milliseconds on a Pi; of ten thousand the first are enough here."""
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
    ids = catalogue.ids()
    wanted = [("programmes", name) for name in config.programmes]
    wanted.append(("hold_programme", config.hold_programme))
    return [
        wrong(
            "programmes",
            f"{key} names {name!r}, which is not there{did_you_mean(name, ids)}",
            "nidra-box programmes lists them",
        )
        for key, name in wanted
        if name and name not in ids
    ]


def recordings(catalogue: Catalogue, service: str = "") -> list[Finding]:
    """A person's own sound files that cannot be played."""
    library = catalogue.folders.library
    if service and is_shut(library):
        return [only_for(service, "recordings", str(library))]
    names = catalogue.recordings()
    refused, unseen = [], []
    for name in islice(names, RECORDINGS_LOOKED_AT):
        if service and is_shut(library / name):
            unseen.append(name)
            continue
        try:
            score_of_recording(library / name)
        except BadSound as error:
            refused.append(f"{name} {error}")
    looked = min(len(names), RECORDINGS_LOOKED_AT)
    share = f"{looked}" if looked == len(names) else f"the first {looked} of {len(names)}"
    if refused:
        said = "; ".join(refused[:_SAID]) + (" …" if len(refused) > _SAID else "")
        mend = f"replace or remove it in {library}"
        return [warning("recordings", f"{len(refused)} cannot be played: {said}", mend)]
    if unseen:
        return [only_for(service, "recordings", f"{len(unseen)} cannot be read by you")]
    return [ok("recordings", f"{share} can be played" if names else "none of your own")]


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
