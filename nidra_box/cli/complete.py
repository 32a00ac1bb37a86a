"""What a shell offers at the Tab key: argcomplete reads it from the parser of all commands.

The shells ask by starting the program with `_ARGCOMPLETE` set (see debian/rules).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from nidra_box.cli.common import config_of
from nidra_box.cli.common.playable import catalogue_for
from nidra_box.words import printable

OF_RECORDINGS = ("describe", "forget")


def answer_shell(parser: argparse.ArgumentParser) -> None:
    """Answer and end the process; without argcomplete no shell asks, so there is no answer."""
    try:
        import argcomplete
    except ModuleNotFoundError:
        return
    for action in _arguments(parser):
        if action.metavar == "ID":
            vars(action)["completer"] = _programmes
    argcomplete.autocomplete(parser)


def _arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _arguments(command)


def _programmes(**asked: Any) -> list[str]:
    """What can be played, by the settings as they are: scripts by id, recordings by title. For
    commands that are about recordings alone, only these."""
    config, _ = config_of(argparse.Namespace(config=None))
    catalogue = catalogue_for(config)
    titles = [printable(entry.title) for entry in catalogue.stock.entries]
    command = getattr(asked.get("parser"), "prog", "").rpartition(" ")[2]
    return titles if command in OF_RECORDINGS else [*catalogue.scripts(), *titles]
