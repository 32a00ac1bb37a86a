"""The command line. One module per group of commands; the only room that knows all others.

Exit codes: 0 good, 1 failed, 2 usage, 78 configuration. An error is one line for a person,
never a traceback (`-v` shows it). What programs read goes to stdout, talk to stderr.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence

from nidra_box import __version__
from nidra_box.appliance.inbox import QueueInbox
from nidra_box.cli.common import FAILED, is_expected, last_words, say
from nidra_box.documents.node import DocumentError

GROUPS = {
    "box": ("run", "simulate"),
    "morning": ("last-night", "status"),
    "night": ("replay",),
    "programmes": ("programmes",),
    "look": ("show", "preview", "check"),
    "content": ("render", "beds"),
    "voice": ("voice",),
    "write": ("new", "schema"),
    "book": ("book",),
    "doctor": ("doctor",),
}
"""Module: its commands. The box that runs all night loads only its own."""

EXAMPLES = """\
examples:
  nidra-box simulate                      the box in this terminal, with keys for its button
  nidra-box programmes                    what can be played
  nidra-box preview lower-back-night -o night.png
  nidra-box render lower-back-night -o first-minutes.flac --to 5:00
  nidra-box replay --out night            a whole night in a second, as a chart and a trace
  nidra-box new my-evening                a programme to change into your own
"""


def build_parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of all commands; of one group only, if `words` begin with its command."""
    command = next((word for word in words if not word.startswith("-")), None)
    groups = [group for group, commands in GROUPS.items() if command in commands] or list(GROUPS)
    parser = argparse.ArgumentParser(
        prog="nidra-box",
        description="A bedside box that plays a guided deep rest on one press of a button.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"nidra-box {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more, with tracebacks")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for group in groups:
        importlib.import_module(f"nidra_box.cli.{group}").add_commands(commands)
    return parser


def main(argv: Sequence[str] | None = None, inbox: QueueInbox | None = None) -> int:
    """Run one command; returns the exit code. `inbox` has got the signals since the process
    began."""
    words = sys.argv[1:] if argv is None else argv
    arguments = build_parser(words).parse_args(words, argparse.Namespace(inbox=inbox))
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
        return FAILED
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
