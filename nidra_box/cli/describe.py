"""`describe`: what a person says of a recording, and how it shall play."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from nidra_box.cli.common import (
    USAGE,
    Failed,
    add_config_option,
    config_of,
    number_within,
    print_json,
    say,
    seconds_of,
)
from nidra_box.cli.common.intake import changing, look_now
from nidra_box.cli.common.own import record_of, recording_named
from nidra_box.cli.common.playable import catalogue_for
from nidra_box.documents.node import DocumentError
from nidra_box.files import read_text
from nidra_box.library.findings import what_is_done
from nidra_box.library.person import (
    LONGEST_LIT_S,
    SHORTEST_LIT_S,
    SOFTEN,
    Lamp,
    Person,
    parse_person,
    person_text,
    read_person,
    write_person,
)
from nidra_box.library.record import PERSON, Entry
from nidra_box.score.vocabulary import (
    ACTIVITIES,
    AUDIENCES,
    GOALS,
    MAX_BREATH_RATE,
    MIN_BREATH_RATE,
)
from nidra_box.words import format_duration, printable

OPTIONS = (
    "title",
    "kind",
    "goal",
    "tags",
    "suitable_for",
    "note",
    "rating",
    "light",
    "rates",
    "length",
    "loop",
    "soften",
)
_RATE = number_within(MIN_BREATH_RATE, MAX_BREATH_RATE)


def add_commands(commands: Any) -> None:
    parser = commands.add_parser(
        "describe",
        help="say more of a recording: title, tags, light, softening",
        description="Without options it prints what is said of a recording now. With options it "
        "changes that, and the box plays it so from its next start on. An option without words "
        "takes away what was said. What a file says by itself (its tags) is seen by `show`.",
        epilog="examples:\n  nidra-box describe 'Ocean at Night' --tag sea night --rating 4\n"
        "  nidra-box describe sea.m4a --light breath --rates 10 5.5 --length 15:00\n"
        "  nidra-box describe sea.m4a --soften never\n  nidra-box describe sea.m4a --edit",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("id", metavar="ID", help="its id, its title or the name of its file")
    parser.add_argument("--title", metavar="TEXT", nargs="?", const="", help="what it is called")
    parser.add_argument("--kind", choices=ACTIVITIES, nargs="?", const="", help="what it is")
    parser.add_argument("--goal", choices=GOALS, nargs="?", const="", help="what it is for")
    parser.add_argument("--tag", metavar="WORD", nargs="*", dest="tags", help="words of your own")
    parser.add_argument("--suitable-for", choices=AUDIENCES, nargs="*", help="for whom it is")
    parser.add_argument("--note", metavar="TEXT", nargs="?", const="", help="a few sentences")
    parser.add_argument("--rating", type=int, choices=range(6), help="1 to 5; 0 takes it away")
    parser.add_argument("--light", choices=tuple(Lamp), help="what the lamp does before the dark")
    parser.add_argument(
        "--rates",
        type=_RATE,
        nargs=2,
        metavar=("FROM", "TO"),
        help=f"breaths a minute, {MIN_BREATH_RATE:g} to {MAX_BREATH_RATE:g} (11 6 unless you say)",
    )
    parser.add_argument(
        "--length",
        type=_lit_s,
        metavar="M:SS",
        help="how long the lamp is lit, 1:00 to 30:00 (20:00 unless you say)",
    )
    parser.add_argument(
        "--loop",
        action=argparse.BooleanOptionalAction,
        help="go round for 8 hours without a seam; for an even noise",
    )
    parser.add_argument(
        "--soften",
        choices=SOFTEN,
        help="loud moments in the dark: held down where they would wake you (auto), always, never",
    )
    parser.add_argument("--edit", action="store_true", help="change all of it in your $EDITOR")
    parser.add_argument("--json", action="store_true", help="for programs: what is said")
    add_config_option(parser)
    parser.set_defaults(run=run_describe)


def _lit_s(text: str) -> float:
    """An argparse type."""
    seconds = seconds_of(text)
    if not SHORTEST_LIT_S <= seconds <= LONGEST_LIT_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not within 1:00 to 30:00")
    return seconds


def run_describe(arguments: argparse.Namespace) -> int:
    config, _ = config_of(arguments)
    catalogue = catalogue_for(config)
    entry = recording_named(catalogue, arguments.id)
    path = catalogue.folders.recordings / entry.id / PERSON
    wishes = _wishes(arguments)
    if arguments.edit and wishes:
        raise Failed("--edit is for everything: it goes with no other option", USAGE)
    if arguments.edit:
        said = _edited(path)
    else:
        said, problems = read_person(path)
        if problems and wishes:
            raise DocumentError(problems)
        for problem in problems:
            say(str(problem))
        said = _changed(said, wishes)
    if arguments.edit or wishes:
        with changing(path.parent, f"describe {entry.id} …"):
            write_person(path, said)
        if follows := look_now(config, catalogue.folders):
            say(f"{follows}. Softening and level are computed again then")
        entry = recording_named(catalogue, entry.id)
    if arguments.json:
        print_json("describe", {"id": entry.id, **_fields(said)})
    elif arguments.edit or wishes:
        for line in what_is_done(record_of(catalogue.folders, entry), said):
            print(line)
    else:
        _print(entry, said, path)
    return 0


def _wishes(arguments: argparse.Namespace) -> dict[str, Any]:
    return {name: value for name in OPTIONS if (value := getattr(arguments, name)) is not None}


def _changed(person: Person, wishes: dict[str, Any]) -> Person:
    """What is said from now on."""
    light = person.light
    if "light" in wishes:
        light = replace(light, lamp=Lamp(wishes["light"]))
    if "rates" in wishes:
        light = replace(light, rates=tuple(wishes["rates"]))
    if "length" in wishes:
        light = replace(light, lit_s=wishes["length"])
    of_light = ("light", "rates", "length")
    rest = {name: wish for name, wish in wishes.items() if name not in of_light}
    said: dict[str, Any] = {n: tuple(w) if isinstance(w, list) else w for n, w in rest.items()}
    return replace(person, light=light, **said)


def _fields(person: Person) -> dict[str, Any]:
    light = person.light
    return {
        "title": person.title or None,
        "kind": person.kind or None,
        "goal": person.goal or None,
        "tags": list(person.tags),
        "suitable_for": list(person.suitable_for),
        "note": person.note or None,
        "rating": person.rating or None,
        "light": str(light.lamp),
        "rates": list(light.rates),
        "length_s": light.lit_s,
        "loop": person.loop,
        "soften": person.soften,
    }


def _print(entry: Entry, person: Person, path: Path) -> None:
    """What is said now, as the options that would say it."""
    light = person.light
    print(f"{printable(entry.title)}  ({entry.id})")
    rows = [
        ("--title", person.title, "TEXT"),
        ("--kind", person.kind, " | ".join(ACTIVITIES)),
        ("--goal", person.goal, " | ".join(GOALS)),
        ("--tag", " ".join(person.tags), "WORD …"),
        ("--suitable-for", " ".join(person.suitable_for), " | ".join(AUDIENCES)),
        ("--note", person.note, "TEXT"),
        ("--rating", str(person.rating or ""), "1 to 5"),
        ("--light", str(light.lamp), ""),
        ("--rates", f"{light.rates[0]:g} {light.rates[1]:g}", ""),
        ("--length", format_duration(light.lit_s), ""),
        ("--loop" if person.loop else "--no-loop", " ", ""),
        ("--soften", person.soften, ""),
    ]
    for option, value, could in rows:
        words = printable(" ".join(value.split())) if value else f"– ({could})"
        print(f"  {option:<14} {words}".rstrip())
    print(f"change it:  nidra-box describe {entry.id} --rating 4, or --edit (it lies in {path})")


def _edited(path: Path) -> Person:
    """What the person says after having seen it in an editor. Raises Failed and DocumentError;
    what was written is kept then."""
    text = read_text(path) if path.is_file() else person_text(Person())
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "nano"
    handle, name = tempfile.mkstemp(prefix="nidra-box-", suffix=".yaml")
    with open(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    try:
        code = subprocess.call([*shlex.split(editor), name])
    except OSError as error:
        Path(name).unlink()
        raise Failed(f"the editor {editor!r} cannot be started: set EDITOR") from error
    if code != 0:
        Path(name).unlink()
        raise Failed(f"{editor} ended with {code}: nothing is changed")
    try:
        said = parse_person(read_text(Path(name)), name)
    except DocumentError:
        say(f"nothing is changed; what you wrote is kept in {name}")
        raise
    Path(name).unlink()
    return said
