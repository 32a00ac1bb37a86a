"""What can be played, by the name that a person gives: programmes, scripts, sounds."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nidra_box.cli.common import USAGE, Failed, Progress, folders_for, say
from nidra_box.cli.common.own import state_of
from nidra_box.cli.common.service_user import as_owner_of
from nidra_box.config import Config
from nidra_box.documents.load import read_document
from nidra_box.documents.node import DocumentError, Problems
from nidra_box.library.breathing import breath_marks
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import Folders
from nidra_box.library.judge import Judgement, judge, judge_script
from nidra_box.library.names import id_of, names_meant
from nidra_box.library.recordings import is_recording
from nidra_box.library.shelf import Shelf, read_exact_score
from nidra_box.score import rules
from nidra_box.score.breath import BreathLine
from nidra_box.score.compile import breath_of
from nidra_box.score.parse import parse_script
from nidra_box.score.score import Score
from nidra_box.score.script import Script
from nidra_box.sound import beds
from nidra_box.words import did_you_mean, printable, reason_of


def catalogue_for(config: Config) -> Catalogue:
    """What can be played."""
    return Catalogue(folders_for(config), last=config.hold_programme)


def exact_catalogue_for(config: Config) -> Catalogue:
    """The same; recordings with their level in every tenth of a second."""
    catalogue = catalogue_for(config)
    catalogue.shelf = Shelf(catalogue.folders, read_exact_score)
    return catalogue


def make_beds(folders: Folders, quiet: bool = False) -> None:
    """Synthesise the sounds that are not in the cache yet (a few seconds on a desktop
    machine). Raises Failed."""
    make_beds_into(folders.beds, quiet)


def make_beds_into(
    folder: Path,
    quiet: bool = False,
    thorough: bool = False,
    made: Callable[[str], None] = lambda name: None,
) -> None:
    """Synthesise what `folder` lacks or has damaged, with its owner's rights; `thorough` reads
    every file for that. `made` is told the name of each sound once it lies there. Raises Failed."""
    names = beds.missing(folder, thorough)
    if names and not quiet:
        say(f"making the sounds that are missing ({len(names)}): on a small machine for minutes")
    progress = Progress("making sounds")
    try:
        for number, name in enumerate(names):
            if not quiet:
                progress(number / len(names), f"{name} ({number + 1} of {len(names)})")
            try:
                with as_owner_of(folder):
                    beds.make_into(folder, name, unless_whole=True)
            except OSError as error:
                raise Failed(f"{folder}: {reason_of(error)}") from error
            made(name)
    finally:
        progress.done()


def score_named(catalogue: Catalogue, name: str, tell: Callable[[str], object] = say) -> Score:
    """The programme `name`, or the script in a file `….yaml`; what of it will not be heard is
    told. Raises Failed, and DocumentError for a script file with mistakes."""
    judged = judged_named(catalogue, name)
    if judged.half:
        tell(judged.half)
    assert judged.score is not None
    return judged.score


def judged_named(catalogue: Catalogue, name: str) -> Judgement:
    """The same, with all that is known of it; it has a score."""
    if is_script_file(name):
        judged = judge_script(catalogue, Path(name))
        if judged.score is None:
            raise DocumentError(judged.problems.errors)
        return judged
    judged = judge(catalogue, known_programme(catalogue, name))
    if judged.score is None:
        raise Failed(f"{name} cannot be played: {judged.reason}")
    return judged


def is_script_file(name: str) -> bool:
    return name.endswith(".yaml") and Path(name).is_file()


def known_programme(catalogue: Catalogue, name: str) -> str:
    """The id of the programme or recording called `name`; else Failed with what is in the way of
    it, or what it may have meant."""
    scripts, entries = catalogue.scripts(), catalogue.stock.named
    found = id_of(name, scripts, entries)
    if found is not None:
        return found
    ids = catalogue.ids()
    if name in ids:
        return name
    if line := state_of(catalogue, name):
        raise Failed(line)
    raise Failed(
        f"there is no programme {name!r}{names_meant(name, ids, entries)}; "
        "nidra-box programmes lists them",
        USAGE,
    )


def script_path(catalogue: Catalogue, name: str) -> Path:
    """The script of a programme; `name` is its id, or the path of a script."""
    if os.sep in name or name.endswith((".yaml", ".yml")):
        return Path(name)
    scripts = catalogue.scripts()
    if name in scripts:
        return scripts[name]
    if is_recording(name):
        raise Failed(f"{printable(name)} is a recording: it has no script", USAGE)
    hint = did_you_mean(name, scripts)
    raise Failed(f"there is no script {name!r}{hint}; nidra-box programmes lists them", USAGE)


def read_script(catalogue: Catalogue, path: Path, whole: bool = True) -> tuple[Script, BreathLine]:
    """The script and its breath. Raises DocumentError: with `whole` for any broken rule, else
    for what cannot be read at all."""
    problems = Problems(str(path))
    script = parse_script(read_document(path, problems), problems, beds.KNOWN_SOUNDS)
    if problems.errors:
        raise DocumentError(problems.errors)
    marks = breath_marks(catalogue.folders, script, problems)
    if whole:
        rules.check_script(script, problems)
        if problems.errors:
            raise DocumentError(problems.errors)
    return script, breath_of(script, marks)
