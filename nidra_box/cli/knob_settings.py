"""What was found of the knob, written into the settings: shown as a diff, asked for, checked."""

from __future__ import annotations

import dataclasses
import difflib
import os
import sys
from pathlib import Path
from typing import Any

from nidra_box.cli.common import Failed, say
from nidra_box.config import Config, parse_config, read_config
from nidra_box.doctor.knob_says import yaml_of
from nidra_box.documents.edit import with_settings
from nidra_box.documents.node import DocumentError
from nidra_box.files import read_file, write_whole
from nidra_box.words import reason_of


def settle(config: Config, path: Path, settings: dict[str, Any], write: bool, asks: bool) -> bool:
    """Show what would change in the file, write it if that is wanted; whether it was done.
    Raises Failed."""
    wanted = dataclasses.replace(config.knob, **settings)
    if wanted == config.knob:
        say("the settings say so already")
        return False
    try:
        before, after = edited(path, settings)
    except Failed as error:
        if write:
            raise
        say(f"{error}; it belongs into {path}")
        return False
    diff = difflib.unified_diff(
        before.splitlines(), after.splitlines(), str(path), "new", "", "", 1, ""
    )
    say("\n".join(diff))
    if not write:
        if not asks:
            say(f"nidra-box doctor --knob --write writes it to {path}")
            return False
        if not os.access(path.resolve().parent, os.W_OK):
            say(f"{path.parent} may not be written: sudo nidra-box doctor --knob")
            return False
        print(f"write this to {path}? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            return False
    try:
        write_whole(path.resolve(), after)  # a person may keep them elsewhere, by a link
        if read_config(path).knob != wanted:
            raise Failed(f"{path} was changed by somebody else meanwhile: look at it")
    except OSError as error:
        raise Failed(f"{path} cannot be written: {reason_of(error).lower()}") from error
    say("written; sudo systemctl restart nidra-box takes it up")
    return True


def edited(path: Path, settings: dict[str, Any]) -> tuple[str, str]:
    """The file's text and the changed one, which reads as the same settings but for the knob's.
    Raises Failed."""
    try:
        before = read_file(path).decode("utf-8")
        old = parse_config(before, str(path))
        after = with_settings(before, "knob", yaml_of(settings))
        new = parse_config(after, str(path))
    except OSError as error:
        raise Failed(f"{path} cannot be read: {reason_of(error).lower()}") from error
    except (UnicodeDecodeError, DocumentError) as error:
        raise Failed(f"{path} cannot be changed: {error}") from error
    if new != dataclasses.replace(old, knob=dataclasses.replace(old.knob, **settings)):
        raise Failed(f"{path} is written in a way that is not understood: change it by hand")
    return before, after
