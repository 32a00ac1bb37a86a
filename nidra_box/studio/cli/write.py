"""`new`, `schema`: for those who write programmes and settings."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path
from typing import Any

from nidra_box.cli.common import (
    FAILED,
    USAGE,
    Failed,
    add_config_option,
    add_force_option,
    config_of,
    may_write,
    say,
)
from nidra_box.cli.common.playable import catalogue_for
from nidra_box.files import read_text, write_whole
from nidra_box.installed import to_write
from nidra_box.library.folders import Folders
from nidra_box.sound.beds import KNOWN_SOUNDS
from nidra_box.studio.writing.schema import config_schema, script_schema
from nidra_box.studio.writing.template import is_id, new_script, suggested_id
from nidra_box.words import reason_of

SCHEMAS = {"script": "nidra-script-1.json", "config": "nidra-box-config.json"}
"""Their files in docs/schema."""


def add_commands(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    new = commands.add_parser(
        "new",
        help="a new programme to change into your own",
        description="Write a short whole programme whose comments explain every key. It passes "
        "nidra-box check as it is. An existing file is never overwritten.",
        epilog="example:\n  nidra-box new my-evening\n  nidra-box check my-evening.yaml",
        formatter_class=raw,
    )
    new.add_argument("id", metavar="ID", help="small letters, digits and hyphens")
    new.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="ID.yaml somewhere else, or the folder for it (default: here)",
    )
    add_config_option(new)
    new.set_defaults(run=write_new)

    schema = commands.add_parser(
        "schema",
        help="a JSON Schema of the scripts or the configuration, for editors",
        description="Print the JSON Schema (2020-12) with which an editor completes and underlines "
        "while you type. What the rules say of it only nidra-box check knows.",
        epilog="example:\n  nidra-box schema script\n"
        "  nidra-box schema config --check docs/schema/nidra-box-config.json",
        formatter_class=raw,
    )
    schema.add_argument("what", choices=sorted(SCHEMAS))
    where = schema.add_mutually_exclusive_group()
    where.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it there")
    where.add_argument(
        "--check", type=Path, metavar="FILE", help="only say whether this file is current"
    )
    add_force_option(schema)
    schema.set_defaults(run=print_schema)


def write_new(arguments: argparse.Namespace) -> int:
    script_id: str = arguments.id
    if not is_id(script_id):
        near = suggested_id(script_id)
        hint = f"; perhaps {near}" if near else ""
        raise Failed(
            f"{script_id!r} cannot be an id: small letters, digits and hyphens{hint}", USAGE
        )
    path: Path = arguments.output or Path()
    if path.is_dir():
        path /= f"{script_id}.yaml"
    if path.name != f"{script_id}.yaml":
        raise Failed(
            f"{path.name}: the file of a programme bears its id; write {script_id}.yaml", USAGE
        )
    config, _ = config_of(arguments)
    catalogue = catalogue_for(config)
    try:
        with path.open("x", encoding="utf-8") as stream:  # x: never over an existing file
            places = _places(path, catalogue.folders)
            stream.write(new_script(script_id, KNOWN_SOUNDS, *places))
    except FileExistsError as error:
        raise Failed(f"{path} is there already; nothing was written") from error
    known = catalogue.scripts().get(script_id)
    if known is not None and known.resolve() != path.resolve():
        say(f"a programme of this id exists: {known}. The box plays only one of the two")
    print(path)
    own = catalogue.folders.own_programmes
    copy = shlex.join(["install", "-D", "-m", "644", "-t", str(own), str(path)])  # makes the folder
    say(f"next: nidra-box check {path}; to play it: {to_write(own, copy)}")
    return 0


def _places(path: Path, folders: Folders) -> tuple[str, str]:
    """Where the schema and the guide are: beside a script of this project, else in full."""
    found = []
    for file in ("docs/schema/" + SCHEMAS["script"], "docs/writing-a-programme.md"):
        place = folders.share / file
        if path.resolve().is_relative_to(folders.share.resolve()):
            place = Path(os.path.relpath(place.resolve(), path.resolve().parent))
        found.append(str(place))
    return found[0], found[1]


def schema_text(what: str) -> str:
    """The schema of scripts or of the configuration as it lies in docs/schema."""
    if what == "script":
        return script_schema()
    shipped = Folders.find().share / "config" / "nidra-box.yaml"
    return config_schema(shipped.read_text(encoding="utf-8"))


def print_schema(arguments: argparse.Namespace) -> int:
    text, path = schema_text(arguments.what), arguments.output or arguments.check
    if path is None:
        print(text, end="")
        return 0
    try:
        if arguments.output is not None:
            may_write(arguments.force, path)
            write_whole(path, text)
            print(path)
        elif read_text(path) != text:
            say(f"{path} is out of date: nidra-box schema --force {arguments.what} -o {path}")
            return FAILED
    except OSError as error:
        raise Failed(f"{path}: {reason_of(error)}") from error
    return 0
