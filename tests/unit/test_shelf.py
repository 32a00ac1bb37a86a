"""A person's own recordings in the running box: read ahead, followed as they come and go."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from nidra_box.library import shelf as module
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.circle import chosen_now, circle_of
from nidra_box.library.folders import Folders
from nidra_box.library.person import Lamp, Light, Person, write_person
from nidra_box.library.port import CannotPlay, NotYet
from nidra_box.library.record import (
    PERSON,
    Entry,
    Item,
    read_index,
    write_index,
    write_items,
    write_record,
)
from nidra_box.library.shelf import AheadShelf, read_score
from nidra_box.library.stock import Stock, read_index_alone, read_stock
from nidra_box.sound.sources import BadSound
from nidra_box.units import RATE_HZ
from tests.support.box import ROOT, catalogue_in
from tests.support.scripts import SMALL, changed
from tests.support.somebody import a_folder_for_all, without_rights
from tests.support.store import noise, put_recording

A, B, C = "aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"
READY = Stock(
    entries=(Entry(A, "Rain", "rain.mp3", 60.0), Entry(B, "Zürich", "Zürich 2.m4a", 90.0)),
    is_known=True,
    has_index=True,
)
SCRIPTS = ["lower-back-night", "breath-lamp"]


@pytest.fixture
def store(tmp_path):
    """Two recordings, taken in."""
    put_recording(tmp_path / "recordings", noise(12, seed=1), "rain.wav")
    put_recording(tmp_path / "recordings", noise(13, seed=2), "tide.wav")
    return tmp_path / "recordings"


def folders_in(tmp_path, **changes):
    return replace(Folders.inside(ROOT, tmp_path), **changes)


# -- the circle ------------------------------------------------------------------------------


def test_without_names_the_circle_is_all_scripts_and_all_that_is_ready():
    assert circle_of([], SCRIPTS, READY).programmes == (*SCRIPTS, A, B)
    waiting = Stock(waiting=("x.flac",), is_known=True)
    assert circle_of([], SCRIPTS, waiting).programmes == (*SCRIPTS, "x.flac")
    both = replace(READY, waiting=("x.flac",))
    assert circle_of([], SCRIPTS, both).programmes == (*SCRIPTS, A, B)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        (A, A),
        ("Rain", A),
        ("rain.mp3", A),
        ("RAIN.MP3", A),
        ("rain", A),
        ("Zürich 2.m4a", B),
        ("Zu\u0308rich 2.m4a", B),  # as a Mac writes it
        ("Z\udcfcrich 2.m4a", B),  # as an old stick does
        ("breath-lamp", "breath-lamp"),
        ("late.flac", "late.flac"),
    ],
)
def test_settings_name_a_programme_by_id_title_or_file(name, meant):
    stock = replace(READY, waiting=("late.flac",))
    assert circle_of([name], SCRIPTS, stock).programmes == (meant,)


def test_a_name_that_is_not_there_is_left_out_and_told_with_what_it_may_have_meant():
    found = circle_of(["rian.mp3", B, "breath-lamp"], SCRIPTS, READY)
    assert found.programmes == (B, "breath-lamp")
    assert found.missing == (("rian.mp3", " (did you mean 'rain.mp3'?)"),)
    alone = circle_of(["rian.mp3"], SCRIPTS, READY)
    assert alone.programmes == ("rian.mp3",)  # a press says what is wrong
    lost = Stock(is_known=True, troubles=(("recordings", "/media/disk is not there"),))
    for stock in (Stock(), lost):
        unknown = circle_of(["rian.mp3", "breath-lamp"], SCRIPTS, stock)
        assert (unknown.programmes, unknown.missing) == (("rian.mp3", "breath-lamp"), ())


def test_a_name_that_is_still_to_be_taken_in_is_not_missing(tmp_path):
    """An m4a, or a folder: it cannot be played as it is, so it comes when it is ready."""
    (tmp_path / "library" / "the sea").mkdir(parents=True)
    for name in ("memo.m4a", "memo.lrc", ".part", "rain.flac"):
        (tmp_path / "library" / name).write_bytes(b"something")
    stock = read_stock(folders_in(tmp_path))
    assert stock.coming == ("memo.m4a", "rain.flac", "the sea")
    assert stock.waiting == ("rain.flac",)
    circle = circle_of(["memo.m4a", "The Sea", "rain.flac"], SCRIPTS, stock)
    assert (circle.programmes, circle.missing) == (("rain.flac",), ())
    alone = circle_of(["memo.m4a", "rian.mp3"], SCRIPTS, stock)
    assert alone.programmes == ("memo.m4a",)
    with pytest.raises(CannotPlay, match=r"^is not taken in yet$"):
        catalogue_in(tmp_path).load("memo.m4a")


def test_the_place_that_is_said_is_that_among_the_recordings_of_the_circle():
    circle = circle_of(["Zürich", "breath-lamp", A], SCRIPTS, READY)
    assert [circle.place(name) for name in (B, "breath-lamp", A, C)] == [1, 0, 2, 0]
    many = Stock(tuple(Entry(f"{n:012x}", "t", f"{n}", 1.0) for n in range(30)), is_known=True)
    assert circle_of([], SCRIPTS, many).place(f"{19:012x}") == 20
    assert circle_of([], SCRIPTS, many).place(f"{20:012x}") == 0


def test_the_chosen_one_stays_while_it_is_there_or_nobody_knows():
    circle = circle_of([], SCRIPTS, READY)
    now = lambda chosen, stock=READY, all_=True: chosen_now(chosen, circle, all_, stock)  # noqa: E731
    assert now(A) == A
    assert now("rain.mp3") == A  # chosen before it was taken in
    assert now(C) == "lower-back-night"  # forgotten
    assert now(C, Stock(is_known=True)) == C  # its disk is not there
    assert now("x.flac", Stock(is_known=True)) == "x.flac"
    assert now("gone-script", Stock(is_known=True)) == "lower-back-night"
    assert now("late.flac", replace(READY, waiting=("late.flac",))) == "late.flac"
    assert now("late.flac", replace(READY, waiting=("late.flac",)), False) == "lower-back-night"


# -- the stock -------------------------------------------------------------------------------


def test_the_stock_is_what_the_intake_wrote_down(tmp_path, store):
    library = tmp_path / "library"
    library.mkdir()
    for name in ("rain.wav", "bad.mp3", "new.flac", "notes.txt"):
        (library / name).touch()
    first, second = read_index(store)
    write_items(
        store,
        (
            Item("rain.wav", "ready", first.id),
            Item("bad.mp3", "refused", reason="is empty"),
            Item("new.flac", "taking", share=0.3),
        ),
    )
    stock = read_stock(folders_in(tmp_path))
    assert stock.entries == (first, second)
    assert stock.waiting == ("new.flac",)
    assert stock.refusals() == [("bad.mp3", "is empty")]
    assert stock.by_name == {"rain.wav": first.id, "tide.wav": second.id}
    assert (stock.troubles, stock.is_known, stock.has_index) == ((), True, True)


def test_what_was_forgotten_is_out_of_the_circle_before_the_intake_looks_again(tmp_path, store):
    first, second = read_index(store)
    (store / first.id).rename(store / f".gone-{first.id}")
    assert read_stock(folders_in(tmp_path)).circle == (second.id,)


def test_a_list_that_cannot_be_read_leaves_what_was_known(tmp_path, store):
    before = read_stock(folders_in(tmp_path))
    (store / "index.json").write_text("{")
    stock = read_stock(folders_in(tmp_path), before)
    assert stock.circle == before.circle
    assert [part for part, _ in stock.troubles] == ["recordings"]


def test_a_store_whose_disk_is_not_there_is_said_and_nothing_is_forgotten(tmp_path):
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "x.flac").touch()
    stock = read_stock(folders_in(tmp_path, store=tmp_path / "disk"))
    [(part, reason)] = stock.troubles
    assert part == "recordings"
    assert reason.startswith(f"{tmp_path / 'disk'} is not there: plug its disk in, ")
    assert (stock.circle, stock.has_index) == ((), False)
    assert read_stock(folders_in(tmp_path)).circle == ("x.flac",)  # the evening of an upgrade


def test_a_library_that_cannot_be_seen_is_said(tmp_path):
    usual = folders_in(tmp_path)
    assert usual.trouble(usual.library) is None  # nobody made one yet
    named = folders_in(tmp_path, library=tmp_path / "music")
    found, fix = named.trouble(named.library)
    assert found == f"{tmp_path / 'music'} is not there"
    assert "folders.library" in fix
    [(part, reason)] = read_stock(named).troubles
    assert (part, reason) == ("library", f"{found}: {fix}")
    (tmp_path / "music").write_text("x")
    assert "is a file" in named.trouble(named.library)[0]
    (tmp_path / "linked").symlink_to("/home/me/music")
    for place in (Path("/home/me/music"), tmp_path / "linked"):
        at_home = folders_in(tmp_path, library=place)
        assert "ProtectHome" in at_home.trouble(place, hides_homes=True)[0]
        assert "ProtectHome" not in at_home.trouble(place, hides_homes=False)[0]


def test_a_library_that_may_not_be_read_is_said():
    with a_folder_for_all() as place:
        (place / "library").mkdir(mode=0)
        folders = folders_in(place)
        with without_rights():
            found, _ = folders.trouble(folders.library)
    assert found == f"{folders.library} cannot be read (permission denied)"


# -- what plays ------------------------------------------------------------------------------


def test_a_recording_plays_from_the_store_by_its_id_and_says_its_place(tmp_path, store):
    catalogue = catalogue_in(tmp_path)
    first, second = read_index(store)
    assert catalogue.ids()[-2:] == [first.id, second.id]
    outline = catalogue.load(second.id)
    score = outline.score
    assert (outline.id, outline.title, outline.keeps_place) == (second.id, "tide", True)
    assert score.frames == 13 * RATE_HZ
    assert score.title_clip is not None
    assert score.title_clip.words == "Recording two."
    source = catalogue.open_source(f"track:{second.id}")
    assert (source.frames, source.channels) == (13 * RATE_HZ, 1)
    source.close()
    catalogue.open_source(score.title_clip.source).close()
    with pytest.raises(CannotPlay, match="is not there"):
        catalogue.load(C)
    with pytest.raises(BadSound, match="is not there"):
        catalogue.open_source(f"track:{C}")


def test_a_script_s_recording_plays_as_it_was_taken_in(tmp_path, store):
    assert catalogue_in(tmp_path).path_of("track:tide.wav").parent.parent == store


def test_a_record_that_is_damaged_is_refused_in_one_line(tmp_path, store):
    first, _ = read_index(store)
    (store / first.id / "record.json").write_text("{")
    with pytest.raises(CannotPlay, match="torn or not JSON"):
        catalogue_in(tmp_path).load(first.id)


# -- read ahead ------------------------------------------------------------------------------


class Reading:
    """A shelf whose reads wait until they are let go; what was read, in order."""

    def __init__(self, folders):
        self.read, self.go, self.woken = [], threading.Semaphore(0), threading.Semaphore(0)
        self.learnt = []
        learn = lambda stock: self.learnt.append(stock) or {}  # noqa: E731
        self.shelf = AheadShelf(folders, self.woken.release, learn, read=self._slowly)
        self.shelf.start()

    def _slowly(self, folders, name):
        self.go.acquire()
        self.read.append((name, threading.current_thread().name))
        return read_score(folders, name)

    def let(self, count=1):
        """Let so many reads happen and wait for each."""
        for _ in range(count):
            self.go.release()
            self.woke()

    def woke(self):
        assert self.woken.acquire(timeout=20)

    def names(self):
        return [name for name, _ in self.read]


@pytest.fixture
def reading(tmp_path, store):
    made = Reading(folders_in(tmp_path))
    made.woke()  # the index has been read
    made.woke()  # and all else
    yield made
    made.shelf.close()
    for _ in range(20):
        made.go.release()
    made.shelf.worker.join(5.0)


def test_nothing_is_read_on_the_thread_that_asks(reading, store):
    first, second = read_index(store)
    with pytest.raises(NotYet, match="still being fetched from its disk"):
        reading.shelf.load(first.id)
    with pytest.raises(NotYet):
        reading.shelf.load(second.id)
    reading.let(2)
    assert reading.shelf.load(first.id).frames == 12 * RATE_HZ
    assert reading.shelf.load(second.id).frames == 13 * RATE_HZ
    assert reading.read == [(first.id, "library"), (second.id, "library")]


def test_what_a_press_wants_is_read_before_all_others(reading, store):
    ids = [f"{number:012x}" for number in range(5)]
    for name in ids:
        with pytest.raises(NotYet):
            reading.shelf.load(name)
    reading.shelf.fetch(ids[3])
    reading.let(3)
    assert ids[3] in reading.names()[:2]  # one was in hand
    with pytest.raises(CannotPlay, match="is not there"):
        reading.shelf.load(ids[3])


def test_a_title_that_the_settings_name_is_read_by_its_id(tmp_path, store):
    second = read_index(store)[1]
    shelf = AheadShelf(folders_in(tmp_path), lambda: None, lambda stock: {"My Tide": second.id})
    shelf.fetch("My Tide")
    assert shelf._next() == ""
    shelf._look(False)  # the index
    assert shelf._next() == second.id


def test_only_a_few_are_kept(reading, tmp_path):
    for number in range(module.KEPT + 3):
        with pytest.raises(NotYet):
            reading.shelf.load(f"{number:012x}")
        reading.let()
    assert len(reading.shelf._kept) == module.KEPT == 16


def test_a_recording_that_comes_is_seen_at_the_next_look(reading, tmp_path, store):
    before = reading.shelf.revision
    put_recording(store, noise(14, seed=3), "wind.wav")
    reading.shelf.look()
    reading.woke()
    assert [entry.title for entry in reading.shelf.stock.entries] == ["rain", "tide", "wind"]
    assert reading.learnt[-1] is reading.shelf.stock
    assert reading.shelf.revision > before


def test_a_look_at_what_is_the_same_wakes_nobody(reading, store):
    first, _ = read_index(store)
    reading.shelf.look()
    with pytest.raises(NotYet):
        reading.shelf.load(first.id)  # after the look, on the same thread
    reading.let()
    assert not reading.woken.acquire(blocking=False)


def test_what_a_person_says_of_it_counts_from_the_next_look_on(reading, store):
    first, _ = read_index(store)
    with pytest.raises(NotYet):
        reading.shelf.load(first.id)
    reading.let()
    write_person(store / first.id / PERSON, Person(title="Mine", light=Light(lamp=Lamp.NONE)))
    reading.shelf.look()
    reading.let()
    assert reading.shelf.load(first.id).title == "Mine"


def test_one_that_was_not_there_is_tried_again_when_it_is(reading, store):
    first, _ = read_index(store)
    shutil.move(store / first.id, store / ".away")
    with pytest.raises(NotYet):
        reading.shelf.load(first.id)
    reading.let()
    with pytest.raises(CannotPlay, match="is not there"):
        reading.shelf.load(first.id)
    shutil.move(store / ".away", store / first.id)
    reading.shelf.look()
    reading.let()
    assert reading.shelf.load(first.id).frames == 12 * RATE_HZ


def test_the_index_is_known_before_all_else_is_read(tmp_path, store):
    first, second = read_index(store)
    quick = read_index_alone(folders_in(tmp_path))
    assert (quick.circle, quick.has_index, quick.is_known) == ((first.id, second.id), True, False)
    circle = circle_of(["rain", "later.mp3"], SCRIPTS, quick)
    assert (circle.programmes, circle.missing) == ((first.id, "later.mp3"), ())
    whole = read_stock(folders_in(tmp_path), quick)
    assert whole.entries is not quick.entries
    assert whole.index is quick.index  # it was not read twice
    assert read_index_alone(folders_in(tmp_path / "empty")) == Stock()


def test_a_file_s_name_waits_for_the_list_and_an_id_does_not(tmp_path, store):
    first, _ = read_index(store)
    shelf = AheadShelf(folders_in(tmp_path), lambda: None)
    for name in ("rain.wav", first.id):
        with pytest.raises(NotYet):
            shelf.load(name)
    assert shelf._next() == first.id
    shelf.stock = READY
    assert shelf._next() == "rain.wav"


def test_the_catalogue_of_a_box_finds_a_recording_by_the_name_of_its_file(tmp_path, store):
    catalogue, woken = Catalogue(folders_in(tmp_path)), threading.Semaphore(0)
    first, _ = read_index(store)
    catalogue.look_ahead(woken.release, lambda entry: None)
    assert catalogue.gather(("rain.wav",)).programmes == ("rain.wav",)  # nobody knows yet
    catalogue.shelf.start()
    assert woken.acquire(timeout=20)
    assert catalogue.circle.programmes == (first.id,)
    with pytest.raises(NotYet):
        catalogue.load("rain.wav")
    for _ in range(2):  # the rest of the stock, and the recording
        assert woken.acquire(timeout=20)
    outline = catalogue.load("rain.wav")
    assert (outline.id, outline.score.frames) == ("rain.wav", 12 * RATE_HZ)
    assert catalogue.load(first.id).score.title_clip.words == "Recording one."
    catalogue.shelf.close()


def ahead(tmp_path, script):
    """(catalogue of a box in which `small` is this script, what it releases with all news)"""
    (tmp_path / "programmes").mkdir()
    (tmp_path / "programmes" / "small.yaml").write_text(script)
    catalogue, woken = Catalogue(folders_in(tmp_path)), threading.Semaphore(0)
    catalogue.look_ahead(woken.release, lambda entry: None)
    return catalogue, woken


def loaded(catalogue, woken, name):
    """What is loaded in the end, as a press would have it."""
    while True:
        try:
            return catalogue.load(name).score
        except NotYet:
            assert woken.acquire(timeout=20)


TRACK = "  light: {pattern: dark}\n  track: "


def test_a_script_that_breathes_along_a_file_is_compiled_on_the_thread_that_may_wait(tmp_path):
    (tmp_path / "library").mkdir()
    cues = tmp_path / "library" / "mine.cues"
    cues.write_text("0:10 inhale\n0:15 exhale\n0:20 inhale\n0:25 exhale\n")
    script = changed(("  light: {pattern: dark}", TRACK + "{file: mine.flac, breath: mine.cues}"))
    catalogue, woken = ahead(tmp_path, script)
    for _ in range(2):
        catalogue.warm()
        with pytest.raises(NotYet):
            catalogue.load("small")  # the library has not been looked at
    catalogue.shelf.start()
    assert len(loaded(catalogue, woken, "small").tracks) == 1
    cues.write_text("nothing that could be read")
    catalogue.forget()
    catalogue.shelf.look(afresh=True)  # as new settings do
    with pytest.raises(CannotPlay, match="must be a time and a part"):
        while loaded(catalogue, woken, "small"):
            assert woken.acquire(timeout=20)
    catalogue.shelf.close()


def test_a_script_of_more_recordings_than_are_usually_kept_gets_them_all(tmp_path):
    for number in range(20):
        put_recording(tmp_path / "recordings", noise(12, seed=number), f"{number}.wav")
    before, rest = SMALL.split("- id: night\n")
    stage = rest[: rest.index("- id:")].replace("3:00", "0:09")
    stages = [f"- id: night-{n}\n" + stage + f"  track: {n}.wav\n" for n in range(20)]
    catalogue, woken = ahead(tmp_path, before + "".join(stages) + rest[rest.index("- id:") :])
    catalogue.shelf.start()
    assert len({track.lufs for track in loaded(catalogue, woken, "small").tracks}) == 20
    revision = catalogue.revision
    assert len(catalogue.load("small").score.tracks) == 20
    assert catalogue.revision == revision, "nothing is read twice"
    catalogue.shelf.close()


def test_an_index_or_record_that_is_rewritten_alike_changes_nothing(tmp_path, store):
    catalogue = catalogue_in(tmp_path)
    ids = catalogue.ids()
    write_index(store, read_index(store))
    assert catalogue.ids() == ids
    from nidra_box.library.record import read_record

    write_record(store / ids[-1], read_record(store / ids[-1]))
    assert catalogue.load(ids[-1]).title == "tide"
