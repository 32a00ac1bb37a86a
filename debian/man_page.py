"""The manual pages, made from the parser and the shipped settings:
`PYTHONPATH=. python3 debian/man_page.py nidra-box.1`, or another of PAGES.

No command of its own: it is asked for when the Debian package is built, and never by a person.
What it says of commands and options is what `--help` says, so the two cannot part.
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from nidra_box import __version__
from nidra_box.cli import BOX, EXAMPLES, STUDIO, build_parser
from nidra_box.cli.common import FAILED, MISCONFIGURED, SYSTEM_CONFIG, USAGE
from nidra_box.files import read_text
from nidra_box.studio.writing.comments import comments_of

SHIPPED_SETTINGS = Path(__file__).resolve().parents[1] / "config" / "nidra-box.yaml"

EXIT_CODES = {
    0: "Good.",
    FAILED: "Failed; one line on standard error says what and names the mend.",
    USAGE: "The command line is wrong.",
    MISCONFIGURED: "The settings or a script are wrong, or this machine is no Raspberry Pi.",
}
FILES = {
    str(SYSTEM_CONFIG): "Every setting, with its default. Read at the start, and again at "
    "`systemctl reload nidra-box`.",
    "/var/lib/nidra-box": "The folder of the service: its state, its nights, and in `library`, "
    "`programmes` and `voice` a person's own recordings, scripts and voices.",
    "/var/lib/nidra-box/recordings": "What was made of the recordings when they were taken in, and "
    "what you say of them (`nidra-box describe`).",
    "/var/cache/nidra-box": "The sounds it has computed; what is missing is made again.",
    "~/.local/share/nidra-box": "For a person who runs it: recordings, scripts and voices "
    "(`$XDG_DATA_HOME/nidra-box`). State and nights lie in `~/.local/state/nidra-box`, what was "
    "computed in `~/.cache/nidra-box` (`$XDG_STATE_HOME`, `$XDG_CACHE_HOME`).",
    "/run/nidra-box/status.json": "How the running box stands; `nidra-box status` reads it.",
}
SEE_ALSO = ("systemctl(1)", "journalctl(1)", "alsamixer(1)", "aplay(1)")


STUDIO_SAYS = "write, hear and prove programmes for a Nidra Box"
SETTINGS_SAYS = "the settings of a Nidra Box"


def man_page(parser: argparse.ArgumentParser, date: str) -> str:
    """nidra-box(1): the commands of the box. `date` (YYYY-MM-DD) stands at its foot."""
    lines = [
        *_head("nidra-box", 1, date, _what_it_is(parser)),
        ".SH SYNOPSIS",
        *_synopsis(parser),
        ".SH DESCRIPTION",
        "Nidra Box stands at the bedside: one press of its button starts guided rest with voice, a",
        "bed of sound and a light that breathes, and it ends in silence and dark.",
        "This is its only program; what a box does all day is",
        "\\fBnidra\\-box run\\fR, started by systemd as",
        "\\fBnidra\\-box.service\\fR.",
        "Those who write programmes have more commands:",
        ".BR nidra\\-box\\-studio (1).",
        ".SH OPTIONS",
        *_arguments(parser),
        *_commands(parser, studio=False),
        ".SH EXIT STATUS",
    ]
    for code, meaning in EXIT_CODES.items():
        lines += [".TP", f".B {code}", escaped(meaning)]
    lines += [".SH FILES"]
    for path, meaning in FILES.items():
        lines += [".TP", f".I {escaped(path)}", escaped(meaning)]
    return _page(lines, ("nidra-box-studio(1)", "nidra-box.yaml(5)", *SEE_ALSO))


def studio_page(parser: argparse.ArgumentParser, date: str) -> str:
    """nidra-box-studio(1): the commands that the package of this name adds."""
    lines = [
        *_head("nidra-box-studio", 1, date, STUDIO_SAYS),
        ".SH SYNOPSIS",
        *_synopsis(parser),
        ".SH DESCRIPTION",
        "These are commands of",
        ".BR nidra\\-box (1),",
        "for those who write programmes; they need no Raspberry Pi. Its options and exit codes are",
        "theirs, too.",
        *_commands(parser, studio=True),
    ]
    return _page(lines, ("nidra-box(1)", "nidra-box.yaml(5)"))


def settings_page(settings: str, date: str) -> str:
    """nidra-box.yaml(5), from the comments of the settings as they are shipped."""
    lines = [
        *_head("nidra-box.yaml", 5, date, SETTINGS_SAYS),
        ".SH SYNOPSIS",
        f".I {escaped(str(SYSTEM_CONFIG))}",
        ".SH DESCRIPTION",
        "A file in YAML. A line that is left out has its default; a name that is misspelt is a",
        "mistake, and",
        f"\\fBnidra\\-box check {escaped(str(SYSTEM_CONFIG))}\\fR",
        "names every one. After a change:",
        "\\fBsystemctl reload nidra\\-box\\fR (a file with mistakes changes nothing).",
        "A dot stands for the next level:",
        "\\fBvolume.start_db\\fR is \\fBstart_db\\fR below \\fBvolume:\\fR.",
        ".SH SETTINGS",
    ]
    for key, words in comments_of(settings).items():
        lines += [".TP", f".B {escaped(key)}", escaped(words)]
    return _page(lines, ("nidra-box(1)",))


def _head(name: str, section: int, date: str, says: str) -> list[str]:
    title = escaped(name).upper() if section == 1 else escaped(name)
    return [
        f'.TH {title} {section} "{date}" "Nidra Box {__version__}"'
        + (' "User Commands"' if section == 1 else ' "File Formats"'),
        ".nh",
        ".ad l",
        ".SH NAME",
        f"{escaped(name)} \\- {escaped(says)}",
    ]


def _commands(parser: argparse.ArgumentParser, studio: bool) -> list[str]:
    """What one wing can do, and its examples."""
    lines = [".SH COMMANDS", "Each has \\fB\\-\\-help\\fR, too."]
    ours = {name for names in (STUDIO if studio else BOX).values() for name in names}
    for words, said, command in leaves(parser):
        if words[0] not in ours:
            continue
        lines += [f'.SS "{escaped(" ".join(words))}"', *_synopsis(command)]
        for paragraph in (command.description or f"Shows {said}.").split("\n\n"):
            lines += [".PP", escaped(paragraph.strip())]
        lines += [*_arguments(command, helpless=True), *_examples(command.epilog or "")]
    examples = [f"  nidra-box {EXAMPLES[name]}" for name in EXAMPLES if name in ours]
    return [*lines, ".SH EXAMPLES", *_examples("\n".join(["", *examples]))[2:]]


def _page(lines: list[str], see_also: Sequence[str]) -> str:
    names = [name.partition("(") for name in see_also]
    ends = [*[","] * (len(names) - 1), ""]
    also = [f".BR {escaped(n)} ({rest}{end}" for (n, _, rest), end in zip(names, ends, strict=True)]
    return "\n".join([*lines, ".SH SEE ALSO", *also, ""])


def leaves(
    parser: argparse.ArgumentParser, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str, argparse.ArgumentParser]]:
    """Every command that does something: its words (`voice`, `kit`), what the list of commands
    says of it, its parser."""
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, command in action.choices.items():
            below = list(leaves(command, (*words, name)))
            yield from below or [((*words, name), helps.get(name, ""), command)]


def escaped(text: str) -> str:
    """Plain text as roff: what stands between backquotes is bold, a hyphen stays one that can be
    copied, and nothing in it is taken for a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    parts = text.split("`")
    if len(parts) % 2:
        text = "".join(f"\\fB{part}\\fR" if n % 2 else part for n, part in enumerate(parts))
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _what_it_is(parser: argparse.ArgumentParser) -> str:
    """The description as the NAME of a page has it: without article and full stop."""
    return (parser.description or "").removeprefix("A ").rstrip(".")


def _synopsis(parser: argparse.ArgumentParser) -> list[str]:
    usage = " ".join(parser.format_usage().split()).removeprefix("usage: ")
    rest = usage.removeprefix(parser.prog)
    return [f"\\fB{escaped(parser.prog)}\\fR{escaped(rest)}"]


def _arguments(parser: argparse.ArgumentParser, helpless: bool = False) -> list[str]:
    """Every option and argument; `helpless` leaves out --help."""
    formatter = argparse.HelpFormatter(parser.prog)
    lines: list[str] = []
    for action in parser._actions:
        if action.help == argparse.SUPPRESS or isinstance(action, argparse._SubParsersAction):
            continue
        if helpless and isinstance(action, argparse._HelpAction):
            continue
        value = _value(action)
        if action.option_strings:
            names = ", ".join(f"\\fB{escaped(option)}\\fR" for option in action.option_strings)
            head = f"{names} {value}".rstrip()
        else:
            head = value
        lines += [".TP", head]
        lines += [escaped(formatter._expand_help(action)) if action.help else "\\&"]
    return lines


def _value(action: argparse.Action) -> str:
    """What follows an option, or stands for a positional argument: in italics."""
    if action.nargs == 0:
        return ""
    if action.choices is not None and action.metavar is None:
        return "|".join(f"\\fB{escaped(str(choice))}\\fR" for choice in action.choices)
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    more = "…" if action.nargs in ("+", "*") and not name.endswith("…") else ""
    return f"\\fI{escaped(name)}\\fR{more}"


def _examples(epilog: str) -> list[str]:
    """Its heading, and the rest line by line as it stands."""
    heading, _, body = epilog.rstrip("\n").partition("\n")
    if not body:
        return []
    shown = [escaped(line) for line in textwrap.dedent(body).splitlines()]
    return [".PP", escaped(heading.capitalize()), ".nf", ".RS", *shown, ".RE", ".fi"]


PAGES = {
    "nidra-box.1": lambda date: man_page(build_parser(), date),
    "nidra-box-studio.1": lambda date: studio_page(build_parser(), date),
    "nidra-box.yaml.5": lambda date: settings_page(read_text(SHIPPED_SETTINGS), date),
}


def main() -> int:
    """Print the page that is named, with the date of SOURCE_DATE_EPOCH if there is one: the same
    source makes the same page."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    at = datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime.now(UTC)
    print(PAGES[sys.argv[1]](at.strftime("%Y-%m-%d")), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
