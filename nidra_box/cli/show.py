"""`show`: everything about one programme or recording, as a page."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from nidra_box.cli.common import add_config_option, config_of, print_json
from nidra_box.cli.common.page import page_named
from nidra_box.cli.common.playable import catalogue_for
from nidra_box.score.vocabulary import CAUTION_WORDS
from nidra_box.words import format_duration, printable

LABEL = 10


def add_commands(commands: Any) -> None:
    show = commands.add_parser(
        "show",
        help="everything about a programme or a recording",
        description="What it is, whom it is for, how it plays, what was found in it, its stages, "
        "times and words. A recording is found by its id, its title or the name of its file.",
        epilog="example:\n  nidra-box show lower-back-night\n  nidra-box show 'Ocean at Night'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    show.add_argument("id", metavar="ID", help="a programme, a recording, or a script's file")
    show.add_argument("--json", action="store_true", help="for programs")
    add_config_option(show)
    show.set_defaults(run=show_programme)


def show_programme(arguments: argparse.Namespace) -> int:
    config, _ = config_of(arguments)
    page = page_named(catalogue_for(config), arguments.id)
    if arguments.json:
        print_json("show", page)
        return 0
    for line in (*_head(page), *_about(page), *_found(page), *_stages(page)):
        print(line)
    return 0


def _head(page: dict[str, Any]) -> Iterator[str]:
    facts = [page["id"], format_duration(page["duration_s"]), page["kind"], page["ending"]]
    if page["words"] or page["files"] == []:
        facts.append(f"{sum(word['spoken'] for word in page['words'])} words")
    yield f"{printable(page['title'])}  ({', '.join(fact for fact in facts if fact)})"
    if page["reason"]:
        yield f"not played: {page['reason']}"
    if page["lacks"]:
        yield page["lacks"]


def _about(page: dict[str, Any]) -> Iterator[str]:
    played = None
    if page["plays"]:
        times = f"in {page['plays']} nights of the last year" if page["plays"] > 1 else "once"
        played = f"{times}, last on {page['last_played'][:10]}"
    goal = ", ".join(word for word in (page["activity"], page["goal"]) if word)
    rows = [
        ("teacher", page["teacher"]),
        ("album", ", ".join(word for word in (page["album"], page["date"]) if word)),
        ("language", page["language"]),
        ("comment", page["comment"]),
        ("note", page["note"]),
        ("for", ", ".join(page["suitable_for"])),
        ("goal", goal),
        ("tags", ", ".join(page["tags"])),
        ("rating", page["rating"] and f"{page['rating']} of 5"),
        ("played", played),
        ("files", ", ".join(page["files"])),
        ("sound", page["sound"]),
        ("level", page["gain"]),
        ("light", page["light"]),
        ("end", page["end"]),
        ("soften", page["soften"] if page["soften"] != "auto" else None),
    ]
    for label, words in rows:
        if words:
            yield f"{label:<{LABEL}}{' '.join(str(words).split())}"
    for number, caution in enumerate(page["cautions"]):
        yield f"{'' if number else 'mind':<{LABEL}}{CAUTION_WORDS.get(caution, caution)}"


def _found(page: dict[str, Any]) -> Iterator[str]:
    """What is odd in it, and its chapters."""
    odd = [each["line"] for each in (*page["damage"], *page["jolts"])]
    for label, lines in (("found", [*odd, *page["notes"]]), ("chapters", _chapters(page))):
        for number, line in enumerate(lines):
            yield f"{'' if number else label:<{LABEL}}{line}"


def _chapters(page: dict[str, Any]) -> list[str]:
    return [
        f"{format_duration(c['start_s']):>8}  {printable(c['title'])}" for c in page["chapters"]
    ]


def _stages(page: dict[str, Any]) -> Iterator[str]:
    for stage in page["stages"]:
        pace = stage["breaths_a_minute"]
        facts = [stage["kind"], format_duration(stage["end_s"] - stage["start_s"])]
        facts += [f"{pace:.1f} breaths/min"] if pace else []
        facts += [f"{name} {level:.0f} LUFS" for name, level in stage["beds"].items()]
        yield ""
        yield f"{format_duration(stage['start_s']):>8}  {stage['id']}  ({', '.join(facts)})"
        for word in page["words"]:
            if stage["start_s"] <= word["at_s"] < stage["end_s"]:
                yield f"{format_duration(word['at_s']):>12}  {printable(word['words'])}"
