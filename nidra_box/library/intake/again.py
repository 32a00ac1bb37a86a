"""Planning again what was taken in: after a person has said something else of it, its softening and
gain follow from the levels that were kept.

A record that was planned by a person.yaml has the time of that: which of the two is newer says
nothing on a box whose clock begins anew with each power cut.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from nidra_box.library.intake.plan import plan
from nidra_box.library.intake.store import Index, ids_in, read_rows
from nidra_box.library.person import read_person
from nidra_box.library.record import PERSON, RECORD, read_record, write_record


def plan_again(store: Path, index: Index) -> None:
    """All recordings whose person.yaml is not the one that they were planned by. Does not
    raise."""
    for programme in sorted(ids_in(store)):
        folder = store / programme
        with suppress(OSError, ValueError):  # as it was; `check` names what is broken
            said_ns = (folder / PERSON).stat().st_mtime_ns
            if said_ns != (folder / RECORD).stat().st_mtime_ns:
                _plan(folder, index)
                os.utime(folder / RECORD, ns=(said_ns, said_ns))


def _plan(folder: Path, index: Index) -> None:
    record, (person, _) = read_record(folder), read_person(folder / PERSON)
    said = person.soft_from_s, person.soften, person.loop
    if (record.lit_s, record.soften, record.loop) == said:
        index.put(record)  # it may be called otherwise
        return
    rows = read_rows(folder)
    found = plan(rows, person.soft_from_s, person.soften, record.damage, person.loop)
    record = replace(
        record,
        lit_s=person.soft_from_s,
        soften=person.soften,
        loop=person.loop,
        softening_s=found.softening_s,
        softening_db=found.softening_db,
        anywhere_s=found.anywhere_s,
        anywhere_db=found.anywhere_db,
        jolts=found.jolts,
        lufs=found.lufs,
        true_peak_db=found.true_peak_db,
        gain_db=found.gain_db,
        held_by=found.held_by,
        ends_softly=found.ends_softly,
    )
    write_record(folder, record)
    index.put(record)
