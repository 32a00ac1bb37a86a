"""How much of a programme will be heard: all of it, a part, or nothing; why, and what to do.

`programmes`, `show`, `check` and `doctor` all ask here, so that they agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nidra_box.documents.node import DocumentError, Problems
from nidra_box.library.catalogue import NOT_YET, Catalogue
from nidra_box.library.port import CannotPlay
from nidra_box.library.voices import Voice, unspoken
from nidra_box.score.compile import spoken_words
from nidra_box.score.score import Score
from nidra_box.score.script import Script
from nidra_box.sound.sources import BadSound


@dataclass(frozen=True, slots=True)
class Gap:
    """Something written in a script that will not be heard, and how to fix that."""

    line: int
    path: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """With `gaps` a programme plays in part, with errors in `problems` not at all. `script` is
    None for a recording, and like `compiled` for a script that is too wrong to be read."""

    problems: Problems
    compiled: Score | None = None
    script: Script | None = None
    voice: Voice | None = None
    gaps: tuple[Gap, ...] = ()

    @property
    def score(self) -> Score | None:
        """What can be played."""
        return None if self.problems.errors else self.compiled

    @property
    def reason(self) -> str:
        """Why nothing can be played, in one line; empty when something can."""
        return _first([str(error) for error in self.problems.errors])

    @property
    def lacks(self) -> str:
        """What will not be heard, in one line without its fix; empty when all will."""
        return _first([gap.message for gap in self.gaps])

    @property
    def half(self) -> str:
        """The line that a person reads about a programme that plays in part; else empty."""
        return f"plays in part: {self.lacks}; {self.gaps[0].fix}" if self.gaps else ""


def _first(reasons: list[str]) -> str:
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return reasons[0] + more if reasons else ""


def judge(catalogue: Catalogue, programme: str) -> Judgement:
    """A programme by its id."""
    path = catalogue.scripts().get(programme)
    if path is not None:
        return judge_script(catalogue, path)
    problems = Problems("")
    try:
        return Judgement(problems, catalogue.load(programme).score)
    except CannotPlay as error:
        problems.error(0, "", str(error))
        return Judgement(problems)


def judge_script(catalogue: Catalogue, path: Path) -> Judgement:
    """A script by its file."""
    problems = Problems(str(path))
    try:
        script, compiled, problems = catalogue.compile(path)
        voice = catalogue.voice(script.id, [spoken_words(cue) for _, cue in script.spoken()])
    except DocumentError as error:
        problems.found = error.problems
        return Judgement(problems)
    except ValueError as error:  # every manifest of its voice is damaged
        problems.error(0, "voice", str(error))
        return Judgement(problems)
    gaps = (*_silent_words(catalogue, path, script, voice), *_silent_tracks(catalogue, script))
    return Judgement(problems, compiled.score, script, voice, gaps)


def _silent_words(
    catalogue: Catalogue, path: Path, script: Script, voice: Voice | None
) -> Iterator[Gap]:
    folders = catalogue.folders
    name = script.id if catalogue.scripts().get(script.id) == path else str(path)
    fix = f"nidra-box voice build {name}"
    if path.parent.resolve() == folders.shipped_programmes.resolve():
        fix = "make audio" if (folders.share / "Makefile").is_file() else fix
    if voice is None:
        if script.spoken():
            pace = f"its words are taken to need their time at {script.voice.words_per_minute:g}"
            yield Gap(0, "", f"has no voice yet; {pace} a minute", fix)
        return
    if voice.is_recorded:
        fix = f"nidra-box voice take {name} FOLDER"
    there = tuple(clip for clip in voice.clips if _opens(catalogue, voice, clip.file))
    for line, message in unspoken(script, replace(voice, clips=there)):
        yield Gap(line, "voice", message, fix)


def _opens(catalogue: Catalogue, voice: Voice, file: str) -> bool:
    try:
        return catalogue.path_of(f"voice:{voice.programme}/{file}").is_file()
    except BadSound:
        return False


def _silent_tracks(catalogue: Catalogue, script: Script) -> Iterator[Gap]:
    for number, stage in enumerate(script.stages):
        if stage.track is None:
            continue
        try:
            catalogue.open_source(f"track:{stage.track.file}").close()
            if (recording := catalogue.stock.by_name.get(stage.track.file)) is not None:
                catalogue.shelf.load(recording)
        except (BadSound, CannotPlay) as error:
            name, stock = stage.track.file, catalogue.stock
            reason = NOT_YET if name in stock.coming else dict(stock.refusals()).get(name, error)
            message = f"the recording {name}: {reason}"
            fix = f"put a sound file of this name into {catalogue.folders.library}"
            fix = "nidra-box programmes says when it is ready" if reason is NOT_YET else fix
            if isinstance(error, CannotPlay):  # it is there, but its record is not whole
                fix = f"nidra-box show {stage.track.file} says more"
            yield Gap(stage.track.line, f"stages[{number}].track", message, fix)
