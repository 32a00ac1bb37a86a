"""The intake's work from beginning to end: look what is new in the library, take it in one by one,
write down what became of each."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from nidra_box.files import write_whole
from nidra_box.library.gone import empty_gone
from nidra_box.library.incoming import MOST_FILES, sweep
from nidra_box.library.intake.again import plan_again
from nidra_box.library.intake.cues import bring_cues
from nidra_box.library.intake.known import Known, Outcome
from nidra_box.library.intake.report import report_text
from nidra_box.library.intake.scan import REPORT, Candidate, candidates
from nidra_box.library.intake.sniff import Forgotten, NotNow, Refused
from nidra_box.library.intake.store import MUST_STAY_FREE, Index, is_forgotten, make_store
from nidra_box.library.intake.take import take_in
from nidra_box.library.record import Item, write_items
from nidra_box.library.stick import as_items
from nidra_box.words import printable

log = logging.getLogger("nidra_box")

SETTLED_S = 20.0
LOOK_EVERY_S = 1.0
TELL_EVERY_S = 1.0
LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Wishes:
    """`settle_s`: a file is taken when it was not changed for so long. `once`: what does not lie
    still yet is left for the next run. `now`: names of what is whole already, and need not lie
    still. `only_plan`: nothing is taken in; what a person has said since is taken up."""

    library: Path
    store: Path
    quality: str = "auto"
    settle_s: float = SETTLED_S
    once: bool = False
    now: frozenset[str] = frozenset()
    only_plan: bool = False
    must_stay: int = MUST_STAY_FREE


def run(wishes: Wishes) -> None:
    """Work until nothing is left to do. Only one at a time: a second one waits. Raises OSError
    where the store cannot be made, or the library cannot be read."""
    wishes.store.mkdir(parents=True, exist_ok=True)
    with _alone(wishes.store):
        make_store(wishes.store)
        empty_gone(wishes.store, time.time())
        sweep(wishes.library)
        _Run(wishes).work()


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    descriptor = os.open(store / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class _Run:
    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._index = Index(wishes.store)
        self._known = Known(wishes.store)
        self._tried: dict[str, Outcome] = {}  # what could not be taken now, by name
        self._first_seen: dict[tuple[str, str], float] = {}
        self._items: dict[str, Item] = {}
        self._told_at = 0.0

    def work(self) -> None:
        plan_again(self._wishes.store, self._index)
        found = self._look()
        self._known.forget_all_but({each.name for each in found})
        self._bring_cues({n: each.id for n, each in self._items.items() if each.state == "ready"})
        while True:
            if self._wishes.only_plan:
                return
            new = [each for each in found if self._item(each).state == "waiting"]
            ready = [each for each in new if self._lies_still(each)]
            if ready:
                self._take(ready[0])
                if len(ready) > 1 and time.monotonic() - self._told_at < LOOK_EVERY_S:
                    continue
            elif not new or self._wishes.once:
                return
            else:
                time.sleep(LOOK_EVERY_S)
            found = self._look()

    def _look(self) -> list[Candidate]:
        """What lies in the library now, written down where that has changed."""
        found = candidates(self._wishes.library)
        items = {each.name: self._item(each) for each in found}
        if items != self._items or not self._told_at:
            self._items = items
            self._tell()
            self._report()
        return found

    def _bring_cues(self, recordings: dict[str, str]) -> None:
        with suppress(OSError):  # the sound plays without its words
            bring_cues(self._wishes.library, self._wishes.store, recordings)

    def _report(self) -> None:
        """For whoever has no terminal, with what a stick brought that was not copied."""
        store, items = self._wishes.store, tuple(self._items.values())
        text = report_text((*items, *as_items(self._wishes.library)), self._index.entries)
        with suppress(OSError):
            write_whole(store / REPORT, text, lasting=False, mode=0o644)

    def _item(self, candidate: Candidate) -> Item:
        name = candidate.name
        outcome = self._known.of(name, candidate.stamp) or self._tried.get(name)
        if outcome is None or outcome.stamp != candidate.stamp:
            return Item(name, "waiting")
        if outcome.reason:
            return Item(name, "refused", reason=outcome.reason)
        if outcome.id not in self._index:  # somebody has removed it from the store
            if is_forgotten(self._wishes.store, outcome.id):
                return Item(name, "refused", outcome.id, str(Forgotten(outcome.id)))
            return Item(name, "waiting")
        return Item(name, "ready", outcome.id)

    def _lies_still(self, candidate: Candidate) -> bool:
        """By its time; one of the future (or of a clock that was wrong) by our own watch."""
        if candidate.name in self._wishes.now:
            return True
        age_s, settle_s = time.time() - candidate.changed_s, self._wishes.settle_s
        if age_s >= settle_s:
            return True
        seen_at = self._first_seen.setdefault((candidate.name, candidate.stamp), time.monotonic())
        return time.monotonic() - seen_at >= settle_s

    def _take(self, candidate: Candidate) -> None:
        name, stamp = candidate.name, candidate.stamp
        self._progress(name, 0.0, 0.0, at_once=True)
        try:
            if candidate.is_folder and not candidate.files:
                raise Refused("it is a folder without a sound file in it")
            if len(candidate.files) > MOST_FILES:
                raise Refused(f"it is a folder of more than {MOST_FILES:,} files")
            record = take_in(
                candidate.path,
                self._wishes.store,
                files=candidate.files,
                quality=self._wishes.quality,
                progress=lambda share, left_s: self._progress(name, share, left_s),
                must_stay=self._wishes.must_stay,
            )
            if record.id not in self._index:
                self._index.put(record, name)
            self._bring_cues({name: record.id})
            self._known.note(Outcome(name, stamp, id=record.id))
            log.info("%s: taken in as %s", printable(name), record.id)
        except Forgotten as error:
            self._known.note(Outcome(name, stamp, id=error.programme))
        except Refused as error:
            self._known.note(Outcome(name, stamp, reason=str(error)))
            log.info("%s: not played: %s", printable(name), error)
        except NotNow as error:
            self._tried[name] = Outcome(name, stamp, reason=str(error))
            log.info("%s: not now: %s", printable(name), error)
        self._items[name] = self._item(candidate)
        self._tell()
        self._report()

    def _progress(self, name: str, share: float, left_s: float, at_once: bool = False) -> None:
        self._items[name] = Item(name, "taking", share=round(share, 3), left_s=round(left_s, 1))
        if at_once or time.monotonic() - self._told_at >= TELL_EVERY_S:
            self._tell()

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        with suppress(OSError):  # a full disk: what is taken in does not depend on it
            write_items(self._wishes.store, tuple(self._items.values()))
