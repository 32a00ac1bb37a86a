"""`check`: every mistake in settings, scripts, nights and what a person says of a recording."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from nidra_box.cli.common import (
    MISCONFIGURED,
    SYSTEM_CONFIG,
    add_config_option,
    config_of,
    folders_for,
    say,
)
from nidra_box.cli.common.playable import catalogue_for
from nidra_box.config import FORMAT as CONFIG_FORMAT
from nidra_box.config import Config, read_config
from nidra_box.documents.load import read_document
from nidra_box.documents.node import DocumentError, Problem, Problems, Scalar, Severity
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.judge import judge_script
from nidra_box.library.listing import missing_programmes
from nidra_box.library.person import FORMAT as PERSON_FORMAT
from nidra_box.library.person import read_person
from nidra_box.library.record import PERSON
from nidra_box.library.voices import unused, why_not
from nidra_box.score import rules
from nidra_box.score.compile import spoken_words
from nidra_box.score.vocabulary import FORMAT as SCRIPT_FORMAT
from nidra_box.words import natural, reason_of


def add_commands(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    check = commands.add_parser(
        "check",
        help="settings, scripts, nights, what you say of recordings: every mistake",
        description="Say everything that is wrong with each file; a folder stands for the "
        "scripts, settings and nights in it, and for what you say of a recording (person.yaml). "
        "Silent when all is well; exit code 78 when there are errors. A warning is advice, a note "
        "only worth knowing.",
        epilog="example:\n  nidra-box check audio/programmes config/nidra-box.yaml",
        formatter_class=raw,
    )
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    add_config_option(check)
    check.set_defaults(run=check_files)


def check_files(arguments: argparse.Namespace) -> int:
    try:
        config, _ = config_of(arguments)
    except DocumentError:
        config = Config()  # the one in use may be the very file that is to be mended
    catalogue = catalogue_for(config)
    found: list[Problem] = []
    for path in arguments.files:
        files = _files_in(path) if path.is_dir() else [path]
        if not files:
            found.append(Problem(str(path), 0, "", "no .yaml and no .night file is in this folder"))
        for file in files:
            if file.suffix == ".night":
                found += arguments.studio("replay", "checking nights").check_night(file)
            else:
                found += check_file(file, catalogue)
    for problem in found:
        print(problem)
    wrong = sum(problem.severity is Severity.ERROR for problem in found)
    if wrong:
        say(f"{wrong} error{'s' if wrong > 1 else ''}")
    return MISCONFIGURED if wrong else 0


def _files_in(folder: Path) -> list[Path]:
    found = [p for p in folder.iterdir() if p.suffix in (".yaml", ".yml", ".night")]
    return sorted(found, key=lambda path: natural(path.name))


def check_file(path: Path, catalogue: Catalogue) -> list[Problem]:
    """Everything that is wrong with one file, as those who play say."""
    try:
        if is_person(path):
            return read_person(path)[1]
        if is_script(path):
            return _check_script(path, catalogue)
        return _check_settings(read_config(path), path, catalogue)
    except DocumentError as error:
        return error.problems
    except (OSError, ValueError) as error:  # of a voice
        return [Problem(str(path), 0, "voice", reason_of(error))]


def _check_settings(config: Config, path: Path, catalogue: Catalogue) -> list[Problem]:
    """What is right by itself, but not on this machine."""
    problems = Problems(str(path))
    folders = folders_for(config)
    for key in ("library", "recordings"):
        hidden = path.absolute() == SYSTEM_CONFIG
        if why := folders.trouble(getattr(folders, key), hidden):
            problems.warn(0, f"folders.{key}", ": ".join(why))
    for key, message in missing_programmes(catalogue, config):
        problems.warn(0, key, f"names {message}")
    return problems.found


def is_script(path: Path) -> bool:
    """A file is what it says it is; else a script if it has what only a script has, else settings.
    Raises DocumentError."""
    entries = read_document(path, Problems(str(path))).entries
    texts = {entry.key: entry.value.text for entry in entries if isinstance(entry.value, Scalar)}
    said, keys = texts.get("format"), {entry.key for entry in entries}
    if path.name == SYSTEM_CONFIG.name or said in (SCRIPT_FORMAT, CONFIG_FORMAT):
        return path.name != SYSTEM_CONFIG.name and said == SCRIPT_FORMAT
    return bool(keys & {"id", "title", "kind", "stages"})


def is_person(path: Path) -> bool:
    """Whether the file is what a person says of a recording. Raises DocumentError."""
    entries = read_document(path, Problems(str(path))).entries
    texts = {entry.key: entry.value.text for entry in entries if isinstance(entry.value, Scalar)}
    if texts.get("format") in (SCRIPT_FORMAT, CONFIG_FORMAT):
        return False
    return path.name == PERSON or texts.get("format") == PERSON_FORMAT


def _check_script(path: Path, catalogue: Catalogue) -> list[Problem]:
    judged = judge_script(catalogue, path)
    script, problems, voice = judged.script, judged.problems, judged.voice
    if script is not None and judged.compiled is not None:
        rules.check_score(script, judged.compiled, problems)
        for gap in judged.gaps:
            tell = problems.error if gap.path else problems.note
            tell(gap.line, gap.path, f"{gap.message}; {gap.fix}")
    if script is not None and voice is not None:
        words = [spoken_words(cue) for _, cue in script.spoken()]
        if reason := why_not(catalogue.folders.own_voices / script.id, voice, words):
            problems.warn(0, "voice", reason)
        for message in unused(script, voice):
            problems.error(0, "voice", message)
    return [*problems.errors, *problems.warnings, *problems.notes]
