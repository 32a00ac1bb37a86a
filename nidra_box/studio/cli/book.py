"""`book`: the shipped programmes as a page for people, with a chart of each."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from nidra_box.cli.common import FAILED, Failed, Progress, add_force_option, may_write, say
from nidra_box.config import Config
from nidra_box.documents.node import DocumentError
from nidra_box.files import CannotRead, folder_for, read_text, write_whole
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import Folders
from nidra_box.library.voices import MANIFEST
from nidra_box.studio import chart
from nidra_box.studio.writing.book import Chapter, charts_in, page
from nidra_box.words import reason_of


def add_commands(commands: Any) -> None:
    parser = commands.add_parser(
        "book",
        help="the shipped programmes as a page with charts",
        description="Write a page of Markdown with the stages, words and chart of every shipped "
        "programme. The charts go into a folder beside it, named after it. --check draws "
        "nothing: it compares the page, which holds a hash of every script and voice.",
        epilog="example:\n  nidra-box book -o docs/programmes.md\n"
        "  nidra-box book --check docs/programmes.md",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the page there")
    where.add_argument("--check", type=Path, metavar="FILE", help="only say whether it is current")
    add_force_option(parser)
    parser.set_defaults(run=run_book)


def run_book(arguments: argparse.Namespace) -> int:
    path: Path = arguments.check or arguments.output
    chapters = _chapters(path.stem)
    text = page(chapters)
    charts = {path.parent / chapter.picture: chapter for chapter in chapters}
    folder = path.parent / path.stem
    if arguments.check:
        return _check(path, text, [file for file in charts if not file.is_file()])
    may_write(arguments.force, path, *charts)
    progress = Progress("drawing")
    try:
        before = read_text(path) if path.is_file() else ""
        with folder_for(folder):
            for number, (picture, chapter) in enumerate(charts.items()):
                progress(number / len(charts), chapter.score.id)
                chart.draw(chart.night_of_score(chapter.score), picture)
            for name in charts_in(before, path.stem):
                if folder / name not in charts:
                    (folder / name).unlink(missing_ok=True)
            write_whole(path, text)
    except (chart.ChartsMissing, CannotRead) as error:
        raise Failed(f"{path}: {reason_of(error)}") from error
    finally:
        progress.done()
    print(path)
    return 0


def _chapters(folder: str) -> list[Chapter]:
    """What is shipped, whatever a person has of their own. Raises DocumentError."""
    share = Folders.find().share
    shipped = Folders.inside(share, share / "audio")
    catalogue = Catalogue(shipped, last=Config().hold_programme)
    scripts = catalogue.scripts()
    chapters = []
    for name in catalogue.ids():
        if name not in scripts:
            continue
        script, compiled, problems = catalogue.compile(scripts[name])
        if problems.errors:
            raise DocumentError(problems.errors)
        manifest = shipped.shipped_voices / name / MANIFEST
        sources = [scripts[name].read_bytes()]
        sources += [manifest.read_bytes()] if manifest.is_file() else []
        chapters.append(Chapter(script, compiled.score, tuple(sources), f"{folder}/{name}.png"))
    return chapters


def _check(path: Path, text: str, wrong: list[Path]) -> int:
    try:
        current = read_text(path) == text
    except OSError as error:
        raise Failed(f"{path}: {reason_of(error)}") from error
    for picture in wrong:
        say(f"{picture}: is missing")
    if not current:
        say(f"{path} is out of date")
    if wrong or not current:
        say(f"nidra-box book --force -o {path}")
    return FAILED if wrong or not current else 0
