"""The command line. One module per group of commands; the only room that knows all others.

Exit codes: 0 good, 1 failed, 2 usage, 78 configuration. An error is one line for a person,
never a traceback (`-v` shows it). What programs read goes to stdout, talk to stderr.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import re
import sys
import traceback
from collections.abc import Sequence
from importlib.util import find_spec
from types import ModuleType
from typing import NoReturn

from nidra_box import __version__
from nidra_box.appliance.inbox import QueueInbox
from nidra_box.cli.common import FAILED, USAGE, Failed, is_expected, last_words, say
from nidra_box.cli.common.leaving import visible_only
from nidra_box.documents.node import DocumentError
from nidra_box.words import did_you_mean, reason_of

BOX = {
    "box": ("run",),
    "morning": ("last-night", "status"),
    "programmes": ("programmes",),
    "show": ("show",),
    "look": ("check",),
    "add": ("add",),
    "describe": ("describe",),
    "forget": ("forget",),
    "beds": ("beds",),
    "intake": ("take-in", "take-stick"),
    "doctor": ("doctor",),
}
"""Module: its commands. The box that runs all night loads only its own."""
STUDIO = {
    "simulate": ("simulate",),
    "replay": ("replay",),
    "preview": ("preview",),
    "render": ("render",),
    "voice": ("voice",),
    "write": ("new", "schema"),
    "book": ("book",),
}
"""The same of the studio's wing, which may be missing."""
STUDIO_CLI = "nidra_box.studio.cli"
INTERRUPTED = 130
"""Ctrl-C, as a shell reports it. A box that runs takes it as the wish to end, and leaves 0."""

HELP = "\nnidra-box help COMMAND, or nidra-box COMMAND --help, says more.\n"
EXAMPLES = {
    "simulate": "simulate                      the box in this terminal, with keys for its button",
    "programmes": "programmes                    what can be played",
    "show": "show lower-back-night         all about it: its stages, times and words",
    "add": "add ocean.m4a                 take in your own recording",
    "preview": "preview lower-back-night -o night.png",
    "render": "render lower-back-night -o first-minutes.flac --to 5:00",
    "replay": "replay --out night            a whole night in a second, as a chart and a trace",
    "new": "new my-evening                a programme to change into your own",
    "doctor": "doctor                        what is wrong with this box, and how to fix it",
}


class Parser(argparse.ArgumentParser):
    """Asks what was meant by a command that does not exist."""

    def error(self, message: str) -> NoReturn:
        wrong = re.search(r"invalid choice: '(.*)' \(choose from (.*)\)$", message)
        if wrong:
            near = did_you_mean(wrong[1], re.findall(r"[\w-]+", wrong[2]))
            message = f"there is no {wrong[1]!r}{near}; {self.prog} --help lists what there is"
        super().error(message)


def has_studio() -> bool:
    """Whether the studio is installed: the one place where the box asks for it."""
    try:
        found = find_spec(STUDIO_CLI)
        return found is not None and found.origin is not None  # an empty folder has none
    except ModuleNotFoundError:  # not even the folder above it
        return False


def studio(module: str, asked_for: str) -> ModuleType:
    """A module of the studio's commands. Raises Failed, in the name of what was `asked_for`."""
    if not has_studio():
        where = "is in nidra-box-studio: sudo apt install nidra-box-studio"
        raise Failed(f"{asked_for} {where}", USAGE)
    return importlib.import_module(f"{STUDIO_CLI}.{module}")


def build_parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of all commands; of one group only, if `words` begin with its command."""
    command = next((word for word in words if not word.startswith("-")), None)
    wings = [("nidra_box.cli", BOX)] + ([(STUDIO_CLI, STUDIO)] if has_studio() else [])
    every = [
        (f"{wing}.{group}", names) for wing, groups in wings for group, names in groups.items()
    ]
    asked = [(module, names) for module, names in every if command in names] or every
    examples = [EXAMPLES[name] for _, names in every for name in names if name in EXAMPLES]
    parser = Parser(
        prog="nidra-box",
        description="A bedside box that plays a guided deep rest on one press of a button.",
        epilog="\n".join(["examples:", *(f"  nidra-box {example}" for example in examples), HELP]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"nidra-box {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more, with tracebacks")
    parser.set_defaults(studio=studio)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module, _ in asked:
        importlib.import_module(module).add_commands(commands)
    if command and not has_studio() and any(command in names for names in STUDIO.values()):
        absent = commands.add_parser(command, add_help=False, prefix_chars="\0")
        absent.add_argument("rest", nargs="*")
        absent.set_defaults(run=lambda arguments: studio("", arguments.command))
    return parser


def main(argv: Sequence[str] | None = None, inbox: QueueInbox | None = None) -> int:
    """Run one command; returns the exit code. `inbox` has got the signals since the process
    began."""
    with visible_only():
        return _main(sys.argv[1:] if argv is None else argv, inbox)


def _main(words: Sequence[str], inbox: QueueInbox | None) -> int:
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    asked = os.environ.get("COMP_LINE", "").split()[1:] if "_ARGCOMPLETE" in os.environ else None
    try:
        parser = build_parser(words if asked is None else asked)
        if asked is not None:  # a shell asks what may follow
            importlib.import_module("nidra_box.cli.complete").answer_shell(parser)
    except (ImportError, OSError) as error:  # OSError: soundfile without its library
        if {"-v", "--verbose"} & set(words):
            raise
        say(f"nidra-box: a library is missing or not whole: {reason_of(error)} (-v shows where)")
        return FAILED
    arguments = parser.parse_args(words, argparse.Namespace(inbox=inbox))
    logging.basicConfig(
        level=logging.DEBUG if arguments.verbose else logging.INFO,
        format="%(message)s" if "JOURNAL_STREAM" in os.environ else "%(asctime)s  %(message)s",
        datefmt="%H:%M:%S",
        stream=sys.stderr,
    )
    logging.getLogger("matplotlib").setLevel(logging.WARNING)
    try:
        return int(arguments.run(arguments) or 0)
    except KeyboardInterrupt:
        say("")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if arguments.verbose and not is_expected(error):
            traceback.print_exc()
            return FAILED
        lines, code = last_words(error, f"`nidra-box -v {arguments.command}` shows where")
        for line in lines:
            say(line if isinstance(error, DocumentError) else f"nidra-box: {line}")
        return code
