"""`voice build`: the words of a programme, spoken by a machine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from nidra_box.cli.common import (
    FAILED,
    USAGE,
    Failed,
    Progress,
    add_config_option,
    config_of,
    number_within,
    say,
)
from nidra_box.cli.common.playable import catalogue_for, read_script, script_path
from nidra_box.library import titles
from nidra_box.library.voices import read_voice
from nidra_box.score.breath import BreathLine
from nidra_box.score.script import Script
from nidra_box.studio.cli import own_voice
from nidra_box.studio.cli.own_voice import PROGRAMME_HELP
from nidra_box.studio.voice.build import (
    Built,
    Wanted,
    build_clips,
    complaints,
    titles_of_recordings,
    wanted_clips,
)
from nidra_box.studio.voice.cues import cues_of, sentence_of
from nidra_box.studio.voice.engines import (
    ENGINES,
    PIPER_STRETCH,
    Engine,
    EngineError,
    piper,
    speaking,
)
from nidra_box.studio.voice.fit import misfits

RAW = argparse.RawDescriptionHelpFormatter


def add_commands(commands: Any) -> None:
    voice = commands.add_parser(
        "voice",
        help="the words of a programme: spoken by a machine, or by you",
        epilog="example:\n  nidra-box voice kit lower-back-night   # then record, and take it in",
        formatter_class=RAW,
    )
    actions = voice.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_build(actions)

    own_voice.add_actions(actions)


def _add_build(actions: Any) -> None:
    action = actions.add_parser(
        "build",
        help="render the cues whose words or settings changed",
        description="Speak every cue of a script with a free engine, trim and level it, write "
        "the manifest, and say which words are too long for their place (exit code 1). Only "
        "what changed is rendered; nothing is ever downloaded. `recordings` as ID: what a second "
        'press says of your own recordings, "recording one" to "recording twenty".',
        epilog="examples:\n  nidra-box voice build lower-back-night --engine flite\n"
        "  nidra-box voice build lower-back-night --engine piper --model ~/voices/mine.onnx",
        formatter_class=RAW,
    )
    action.add_argument("programme", metavar="ID", help=PROGRAMME_HELP)
    action.add_argument(
        "--into",
        type=Path,
        metavar="DIR",
        help="the folder of all voices (default: the person's own)",
    )
    action.add_argument("--engine", choices=sorted([*ENGINES, "piper"]), default="festival")
    action.add_argument(
        "--model", type=Path, metavar="FILE", help="your own voice for piper: FILE.onnx"
    )
    action.add_argument(
        "--stretch",
        type=number_within(0.5, 3.0),
        metavar="FACTOR",
        help=f"how much slower piper speaks than its model (default: {PIPER_STRETCH:g})",
    )
    action.add_argument(
        "--replace", action="store_true", help="put the machine in place of your own recordings"
    )
    add_config_option(action)
    action.set_defaults(run=build_voice)


def build_voice(arguments: argparse.Namespace) -> int:
    config, _ = config_of(arguments)
    catalogue = catalogue_for(config)
    into: Path = arguments.into or catalogue.folders.own_voices
    if arguments.programme == titles.VOICE and titles.VOICE not in catalogue.scripts():
        engine = _speaking(arguments, "en")
        folder, wanted = into / titles.VOICE, titles_of_recordings(engine)
        built = _built(arguments, wanted, folder, engine)
        return _complained(folder, built, wanted.lufs)
    path = script_path(catalogue, arguments.programme)
    script, breath = read_script(catalogue, path, whole=False)
    engine = _speaking(arguments, script.language)
    wanted = Wanted(script.id, script.voice.lufs, wanted_clips(script, engine))
    built = _built(arguments, wanted, into / script.id, engine)
    _complained(into / script.id, built, wanted.lufs)
    return _told(script, built, breath)


def _speaking(arguments: argparse.Namespace, language: str) -> Engine:
    try:
        return speaking(_engine(arguments), language)
    except (EngineError, ValueError) as error:
        raise Failed(str(error)) from error


def _built(arguments: argparse.Namespace, wanted: Wanted, folder: Path, engine: Engine) -> Built:
    progress = Progress(f"speaking {wanted.name}")
    try:
        before = read_voice(folder)
        if before is not None and before.is_recorded and not arguments.replace:
            raise Failed(f"{folder} holds your own recordings: --into DIR, or --replace them")
        built = build_clips(
            wanted, folder, engine, lambda done, of, name: progress(done / of, f"{done}/{of}")
        )
    except (EngineError, ValueError) as error:
        raise Failed(str(error)) from error
    finally:
        progress.done()
    print(
        f"{wanted.name}: {len(built.rendered)} rendered, {len(built.kept)} kept, "
        f"{len(built.removed)} removed"
    )
    return built


def _complained(folder: Path, built: Built, lufs: float) -> int:
    """Say what could not be brought to its level. Exit code 0: it is heard all the same."""
    fresh = [clip for clip in built.voice.clips if clip.file in built.rendered]
    for line in complaints(folder, fresh, lufs):
        say(line)
    return 0


def _told(script: Script, built: Built, breath: BreathLine) -> int:
    """Say which words are too long for their place; the exit code."""
    found = misfits(script, built.voice.seconds(), breath)
    for misfit in found:
        say(sentence_of(misfit, cues_of(script, breath)))
    return FAILED if found else 0


def _engine(arguments: argparse.Namespace) -> Engine:
    if arguments.engine != "piper":
        if arguments.model is not None or arguments.stretch is not None:
            raise Failed("--model and --stretch are for --engine piper", USAGE)
        return ENGINES[arguments.engine]
    if arguments.model is None:
        raise Failed("piper speaks with a model of yours: --model FILE.onnx", USAGE)
    return piper(arguments.model.expanduser(), arguments.stretch or PIPER_STRETCH)
