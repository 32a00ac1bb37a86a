"""All that is known of a programme or a recording, as one set of fields: what `show` prints."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nidra_box.appliance.store import heard_in
from nidra_box.cli.common.own import entry_named, person_of, record_of
from nidra_box.cli.common.playable import is_script_file, judged_named
from nidra_box.diary.nights import NightFile
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.findings import (
    damage_line,
    held_at,
    jolt_line,
    what_is_done,
    what_it_is,
)
from nidra_box.library.folders import Folders
from nidra_box.library.judge import judge
from nidra_box.library.person import Person
from nidra_box.library.record import Entry, Record
from nidra_box.score.along import Line
from nidra_box.score.score import Clip, Score
from nidra_box.score.script import Script
from nidra_box.units import RATE_HZ

_SINGLE = (
    "id title teacher state reason lacks kind ending activity goal language date album comment"
    " note rating duration_s channels decoded_from promised_s lufs true_peak_db gain_db held_by"
    " sound gain light end loop soften plays last_played"
)
_LISTS = "files suitable_for cautions tags jolts damage chapters notes stages words"
EMPTY: dict[str, Any] = dict.fromkeys(_SINGLE.split()) | {key: [] for key in _LISTS.split()}
"""Every field of a page; what there is nothing to say of stays null, or an empty list."""


def page_named(catalogue: Catalogue, name: str) -> dict[str, Any]:
    """The page of a programme, a recording or a script's file. Raises Failed, and DocumentError
    for a script file with mistakes."""
    entry = None if is_script_file(name) else entry_named(catalogue, name)
    return page_of_recording(catalogue, entry) if entry else _page_of_script(catalogue, name)


def _page_of_script(catalogue: Catalogue, name: str) -> dict[str, Any]:
    judged = judged_named(catalogue, name)
    assert judged.score is not None
    page = (
        EMPTY
        | _of_score(judged.score)
        | plays_of(catalogue.folders, judged.score.id, judged.score.title)
    )
    page |= {"state": "ready", "lacks": judged.half or None}
    return page | (_of_script(judged.script) if judged.script else {})


def _of_script(script: Script) -> dict[str, Any]:
    return {
        "activity": script.activity,
        "goal": script.goal,
        "language": script.language,
        "suitable_for": list(script.suitable_for),
        "cautions": list(script.cautions),
        "tags": list(script.tags),
    }


def page_of_recording(catalogue: Catalogue, entry: Entry) -> dict[str, Any]:
    """Raises Failed where its record cannot be read."""
    record = record_of(catalogue.folders, entry)
    person = person_of(catalogue.folders, entry.id)
    judged = judge(catalogue, entry.id)
    title = person.title or record.title
    page = EMPTY | {"id": entry.id, "kind": "unguided", "duration_s": record.duration_s}
    if judged.score is not None:
        page |= _of_score(judged.score)
    page |= plays_of(catalogue.folders, entry.id, title) | _of_record(record) | _of_person(person)
    gain, light, end = what_is_done(record, person)
    return page | {
        "title": title,
        "state": "ready" if judged.score else "not played",
        "reason": judged.reason or None,
        "gain": gain,
        "light": light,
        "end": end,
    }


def _of_score(score: Score) -> dict[str, Any]:
    return {
        "id": score.id,
        "title": score.title,
        "kind": str(score.kind),
        "ending": str(score.ending),
        "duration_s": score.duration_s,
        "stages": [_stage(score, number) for number in range(len(score.stages))],
        "words": [*map(_clip, score.clips), *(_line(score, line) for line in score.lines)],
    }


def _clip(clip: Clip) -> dict[str, Any]:
    """What is said, or a sound that is struck."""
    return {
        "at_s": clip.start / RATE_HZ,
        "stage": clip.stage,
        "words": clip.words or f"[{clip.source.partition(':')[2]}]",
        "spoken": len(clip.words.split()),
    }


def _line(score: Score, line: Line) -> dict[str, Any]:
    """What a recording says by itself, from its cue file."""
    within = (s.id for s in score.stages if s.start_s <= line.at_s < s.end_s)
    return {
        "at_s": line.at_s,
        "stage": next(within, None),
        "words": line.words,
        "spoken": len(line.words.split()),
    }


def _stage(score: Score, number: int) -> dict[str, Any]:
    stage = score.stages[number]
    middle = (stage.start_s + stage.end_s) / 2
    breath = score.breath_at(middle)
    return {
        "id": stage.id,
        "kind": str(stage.kind),
        "start_s": stage.start_s,
        "end_s": stage.end_s,
        "breaths_a_minute": breath and 60 / breath.period_s,
        "beds": dict(score.bed_levels(middle)),
    }


def _of_record(record: Record) -> dict[str, Any]:
    return {
        "teacher": record.teacher or None,
        "album": record.album or None,
        "language": record.language or None,
        "date": record.date or None,
        "comment": record.comment or None,
        "channels": record.channels,
        "decoded_from": record.kind or None,
        "promised_s": record.promised_s or None,
        "files": [each.name for each in record.originals],
        "lufs": record.lufs,
        "true_peak_db": record.true_peak_db,
        "gain_db": record.gain_db,
        "held_by": record.held_by or None,
        "jolts": [
            {
                "start_s": jolt.start_s,
                "end_s": jolt.end_s,
                "over_db": jolt.over_db,
                "held_by_db": held_at(record, jolt),
                "line": jolt_line(record, jolt),
            }
            for jolt in record.jolts
        ],
        "damage": [
            {"at_s": each.at_s, "lost_s": each.lost_s, "line": damage_line(each)}
            for each in record.damage
        ],
        "chapters": [{"title": c.title, "start_s": c.start_s} for c in record.chapters],
        "notes": list(record.notes),
        "sound": what_it_is(record),
    }


def _of_person(person: Person) -> dict[str, Any]:
    return {
        "activity": person.kind or None,
        "goal": person.goal or None,
        "tags": list(person.tags),
        "suitable_for": list(person.suitable_for),
        "note": person.note or None,
        "rating": person.rating or None,
        "loop": person.loop,
        "soften": person.soften,
    }


def plays_of(folders: Folders, programme: str, title: str) -> dict[str, Any]:
    """How often it was played, and when last, as the box remembers; what was played before it
    did is counted by the nights of the last year. Nulls where these may not be read."""
    try:
        heard = heard_in(folders.state).get(programme)
        if heard is not None and heard.last_played > 0.0:
            at = datetime.fromtimestamp(heard.last_played).astimezone()
            return {"plays": heard.plays, "last_played": at.isoformat(timespec="seconds")}
        nights = NightFile(folders.state).read()
    except OSError:
        return {"plays": None, "last_played": None}
    played = [night.started for night in nights if title in night.programmes]
    last = datetime.fromtimestamp(played[-1]).astimezone() if played else None
    return {
        "plays": len(played),
        "last_played": last and last.isoformat(timespec="seconds"),
    }
