"""Planning again what was taken in: after a person has said something else of it, its softening and
gain follow from the levels that were kept."""

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
    """All recordings whose person.yaml is newer than their record. Does not raise."""
    for programme in sorted(ids_in(store)):
        folder = store / programme
        with suppress(OSError, ValueError):  # as it was; `check` names what is broken
            if (folder / PERSON).stat().st_mtime_ns > (folder / RECORD).stat().st_mtime_ns:
                _plan(folder, index)


def _plan(folder: Path, index: Index) -> None:
    record, (person, _) = read_record(folder), read_person(folder / PERSON)
    if (record.lit_s, record.soften) == (person.soft_from_s, person.soften):
        os.utime(folder / RECORD)
        index.put(record)  # it may be called otherwise
        return
    found = plan(read_rows(folder), person.soft_from_s, person.soften, record.damage)
    record = replace(
        record,
        lit_s=person.soft_from_s,
        soften=person.soften,
        softening_s=found.softening_s,
        softening_db=found.softening_db,
        jolts=found.jolts,
        lufs=found.lufs,
        true_peak_db=found.true_peak_db,
        gain_db=found.gain_db,
        held_by=found.held_by,
    )
    write_record(folder, record)
    index.put(record)
