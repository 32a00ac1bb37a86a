"""The catalogue: every programme by its id, compiled when it is asked for.

A script's id is its own and the name of its file; what is known of recordings is the shelf's. A
library of ten thousand recordings costs nothing until one of them is chosen.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nidra_box.diary.entries import Entry
from nidra_box.documents.load import read_document
from nidra_box.documents.node import DocumentError, Problems
from nidra_box.documents.untrusted import is_file_name
from nidra_box.library import titles
from nidra_box.library.breathing import breath_marks, reads_library
from nidra_box.library.circle import Circle, called_now, chosen_now, circle_of
from nidra_box.library.folders import Folders
from nidra_box.library.port import CannotPlay, NotYet
from nidra_box.library.record import is_id
from nidra_box.library.recordings import is_recording
from nidra_box.library.shelf import AheadShelf, Shelf, in_library, read_score, sound_of, taken_in
from nidra_box.library.stock import Stock
from nidra_box.library.voices import Voice, choose_voice
from nidra_box.score import rules
from nidra_box.score.compile import Compiled, compile_script, spoken_title, spoken_words
from nidra_box.score.parse import parse_script
from nidra_box.score.score import ClipFacts, Score
from nidra_box.score.script import Script
from nidra_box.session.events import Outline, SleepSpan
from nidra_box.sound.beds import KNOWN_SOUNDS, RECIPES, file_name
from nidra_box.sound.sources import BadSound, FileSource, LoopSource, Source
from nidra_box.units import RATE_HZ
from nidra_box.words import natural, reason_of

NOT_YET = "is not taken in yet"
KEPT_SCORES = 256  # each is some tens of kilobytes


@dataclass(slots=True)
class Catalogue:
    """Programmes, clips and sounds of one box. Owner's thread, but for `open_source` (the
    reader's), `warm` and `learn`."""

    folders: Folders
    last: str = ""
    """A programme that a list of everything names last (the light-only one of a hold), and
    after it its longer forms: `breath-lamp`, `breath-lamp-twenty`."""
    first: str = "lower-back-night"
    """The programme that a list of everything begins with: one press of a new box."""
    _kept: OrderedDict[str, Outline | None] = field(default_factory=OrderedDict)
    """Compiled scripts; the one asked for last stands last. None for one that the shelf has."""
    shelf: Shelf | AheadShelf = field(init=False)
    """The recordings; it reads on the spot, unless `look_ahead` was called."""
    named: tuple[str, ...] = ()
    """What the settings name for the second press; empty is everything."""
    _learnt: tuple[Stock | None, tuple[str, ...], Circle] = (None, (), Circle())
    _titles: dict[str, ClipFacts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.folders)

    # -- listing ----------------------------------------------------------------------

    def scripts(self) -> dict[str, Path]:
        """Script id (by file name) → file. A person's own script hides a shipped one."""
        found: dict[str, Path] = {}
        for folder in (self.folders.shipped_programmes, self.folders.own_programmes):
            for name in _names(folder):
                if name.endswith(".yaml") and not name.startswith("."):
                    found[name.removesuffix(".yaml")] = folder / name
        return found

    def recordings(self) -> list[str]:
        """The recordings that might be played, in the order of the second press."""
        return list(self.shelf.stock.circle)

    def ids(self) -> list[str]:
        """Everything that might be played, in the order of the second press."""
        return self._ranked() + self.recordings()

    def _ranked(self) -> list[str]:
        return sorted(self.scripts(), key=self._rank)

    def _rank(self, name: str) -> tuple[Any, ...]:
        is_last = bool(self.last) and f"{name}-".startswith(f"{self.last}-")
        return is_last, name != self.first, natural(name)

    def warm(self) -> None:
        """Compile the scripts that there is room for, so that no press waits for it. Any thread.
        Never drops one: the chosen script and the next one were loaded before."""
        kept = self._kept
        for name in self.scripts():
            if len(kept) >= KEPT_SCORES:
                return
            try:
                if name not in kept:
                    self._keep(name, kept)
            except CannotPlay:
                continue  # reported when somebody asks for it

    # -- recordings ---------------------------------------------------------------------

    def look_ahead(self, wake: Callable[[], None], post: Callable[[Entry], None]) -> None:
        """From now on recordings are read on a thread of their own, which calls `wake`."""
        self.shelf = AheadShelf(self.folders, wake, self.learn, post, self._read)

    def learn(self, stock: Stock) -> Mapping[str, str]:
        """What follows from the recordings there are: what the settings name → id. Reads folders;
        any one thread."""
        if not self._titles:
            with suppress(ValueError):
                voice = self.voice(titles.VOICE, titles.all_words())
                self._titles = voice.facts() if voice is not None else {}
        named = self.named
        self._learnt = (stock, named, circle_of(named, self._ranked(), stock))
        return self._learnt[2].meant

    def gather(self, named: tuple[str, ...]) -> Circle:
        """The circle by these names; it follows the recordings from now on."""
        self.named = named
        self.learn(self.shelf.stock)
        return self._learnt[2]

    @property
    def circle(self) -> Circle:
        if isinstance(self.shelf, Shelf) and self._learnt[:2] != (self.shelf.stock, self.named):
            self.learn(self.shelf.stock)
        return self._learnt[2]

    @property
    def stock(self) -> Stock:
        return self.shelf.stock

    @property
    def revision(self) -> int:
        return self.shelf.revision

    def look(self) -> None:
        self.shelf.look()

    def fetch(self, programme: str) -> None:
        self.shelf.fetch(programme)

    def called_now(self, name: str) -> str:
        return called_now(name, self.circle, self.stock)

    def chosen_now(self, chosen: str) -> str:
        return chosen_now(chosen, self.circle, not self.named, self.stock)

    # -- loading ----------------------------------------------------------------------

    def load(self, programme: str) -> Outline:
        """The compiled programme. Raises CannotPlay, and NotYet for a recording that is still
        being read."""
        if is_id(programme) or is_recording(programme):
            return self._recording(programme)
        kept = self._kept
        if programme not in kept:
            if not self.stock.is_known and programme not in self.scripts():
                self.shelf.load(programme)  # raises NotYet: it may be a title
            self._keep(programme, kept)
        kept.move_to_end(programme)
        while len(kept) > KEPT_SCORES:
            kept.popitem(last=False)
        outline = kept[programme]
        return self._as_recorded(outline or outline_of(self.shelf.load(programme)))

    def _as_recorded(self, outline: Outline) -> Outline:
        """What a script plays of a person's recordings is as their records have it, and is left
        out where a record cannot be read. Raises NotYet while it has not been read."""
        score = outline.score
        if score is None or not score.tracks:
            return outline
        self.shelf.make_room(len(score.tracks))
        tracks = [taken_in(self.shelf, track, score.dark_from) for track in score.tracks]
        return outline_of(replace(score, tracks=tuple(filter(None, tracks))))

    def _recording(self, programme: str) -> Outline:
        """Also by the name of its file, if that was taken in meanwhile."""
        score = self.shelf.load(self.stock.by_name.get(programme, programme))
        title = titles.clip_of(self.circle.place(score.id), self._titles)
        return outline_of(replace(score, id=programme, title_clip=title))

    def _keep(self, programme: str, kept: OrderedDict[str, Outline | None]) -> None:
        """Compile it, unless that has to wait for the library's disk: then the shelf does, on its
        thread. Raises CannotPlay."""
        try:
            waits = isinstance(self.shelf, Shelf)
            kept[programme] = outline_of(self._score(programme, waits))
        except NotYet:
            kept[programme] = None

    def _read(self, folders: Folders, name: str) -> Score:
        """A recording, or a script that the shelf has. The library's thread."""
        return self._score(name) if name in self.scripts() else read_score(folders, name)

    def forget(self) -> None:
        """Scripts and voices may have changed: compile afresh from now on. What another thread
        is still warming goes into the old shelf."""
        self._kept = OrderedDict()

    def _score(self, programme: str, waits: bool = True) -> Score:
        """Raises CannotPlay."""
        path = self.scripts().get(programme)
        if path is None:
            coming = programme in self.stock.coming
            raise CannotPlay(NOT_YET if coming else f"there is no programme {programme!r}")
        try:
            _, compiled, problems = self.compile(path, waits)
            if problems.errors:
                raise DocumentError(problems.errors)
        except (BadSound, DocumentError, OSError, ValueError) as error:
            raise CannotPlay(reason_of(error).splitlines()[0]) from error
        return compiled.score

    def compile(self, path: Path, waits: bool = True) -> tuple[Script, Compiled, Problems]:
        """A script file, compiled with its voice, and everything that is wrong with it.
        Raises DocumentError when it is too wrong to be compiled; what comes back with errors
        must not be played. Raises NotYet for one that needs a file of the library, if nobody
        `waits` for its disk."""
        problems = Problems(str(path))
        script = parse_script(read_document(path, problems), problems, KNOWN_SOUNDS)
        readable = not problems.errors
        if script.id and script.id != path.stem:
            problems.error(
                script.line("id"),
                "id",
                f"is {script.id!r}, so the file must be called {script.id}.yaml",
            )
        rules.check_script(script, problems, shipped=self._is_shipped(path))
        if not readable or problems.blames("duration"):  # then nobody knows where stages lie
            raise DocumentError([*problems.errors, *problems.warnings])
        if reads_library(script) and not waits:
            raise NotYet("has to be read along with a file of the library")
        marks = breath_marks(self.folders, script, problems)
        compiled = compile_script(script, self.clip_facts(script), problems, marks)
        return script, compiled, problems

    def _is_shipped(self, path: Path) -> bool:
        return path.parent.resolve() == self.folders.shipped_programmes.resolve()

    # -- clips and sources --------------------------------------------------------------

    def voice(self, programme: str, words: Sequence[str] = ()) -> Voice | None:
        """The voice of a programme: a person's own where it is complete, that is has all
        `words`; else the one that lacks fewer. Raises ValueError when all are damaged."""
        own, shipped = self.folders.own_voices, self.folders.shipped_voices
        return choose_voice((own / programme, shipped / programme), words)

    def clip_facts(self, script: Script) -> dict[str, ClipFacts]:
        """Spoken words and names of sounds → their facts."""
        facts = {
            name.removeprefix("sound:"): ClipFacts(name, r.frames, r.lufs)
            for name, r in RECIPES.items()
            if not r.loops
        }
        voice = self.voice(script.id, [spoken_words(cue) for _, cue in script.spoken()])
        if voice is not None:
            facts.update(voice.facts())
        title = spoken_title(script)
        if title not in facts and (other := self.voice(script.id, [title])) is not None:
            facts.update({words: f for words, f in other.facts().items() if words == title})
        return facts

    def path_of(self, name: str) -> Path:
        """The file of a clip or a recording, by the name of its source. Raises BadSound."""
        kind, _, rest = name.partition(":")
        if kind == "voice":
            programme, _, clip = rest.partition("/")
            if not (is_file_name(clip) and is_file_name(programme)):
                raise BadSound("is not a clip of a voice")
            for folder in (self.folders.own_voices, self.folders.shipped_voices):
                path = folder / programme / clip
                if os.path.isfile(path):
                    return path
            raise BadSound("is missing")
        if kind != "track":
            raise BadSound("is not a sound that we know")
        rest = self.stock.by_name.get(rest, rest)
        return sound_of(self.folders, rest) if is_id(rest) else in_library(self.folders, rest)

    def open_source(self, name: str) -> Source:
        """A source by its name. The reader's thread. Raises BadSound."""
        if name not in RECIPES:
            return FileSource(self.path_of(name))
        source = FileSource(self.folders.beds / file_name(name))
        return LoopSource(source) if RECIPES[name].loops else source


def outline_of(score: Score) -> Outline:
    """What a session needs to know of a score. A loop has no place that is worth keeping."""
    fades = [track.fade_frames for track in score.tracks if track.end == score.frames]
    is_loop = any(track.loop is not None for track in score.tracks)
    return Outline(
        id=score.id,
        title=score.title,
        duration_s=score.duration_s,
        sleep=tuple(SleepSpan(s.start_s, s.end_s) for s in score.stages if s.is_sleep),
        keeps_place=(is_id(score.id) or is_recording(score.id)) and not is_loop,
        fades_s=max(1.0, *(frames / RATE_HZ for frames in (0, *fades))),
        score=score,
    )


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder), key=natural)
    except OSError:
        return []
