"""Sound files as people have them are taken in as they deserve, by the real ffmpeg."""

import json

import numpy as np
import pytest
import soundfile

from nidra_box.library.findings import findings
from nidra_box.library.intake.store import make_store, read_rows
from nidra_box.library.intake.take import take_in
from nidra_box.library.port import CannotPlay
from nidra_box.library.record import read_record
from nidra_box.sound.reader import BLOCK, DirectReader
from tests.support import cases
from tests.support.box import catalogue_in

pytestmark = pytest.mark.skipif(cases.FFMPEG is None, reason="ffmpeg is not installed")

LENGTHS = {
    "joined.mp3": 36,
    "table-says-0-frames.mp3": 40,
    "mp3-named.wav": 40,
    "two-id3-tags.mp3": 40,
    "cover-counted.mp3": 12,
    "damaged.mp3": 37,
    "cut-download.mp3": 16,
    "from-pipe.flac": 12,
    "length-ffffffff.wav": 12,
    "recorder-killed.wav": 12,
    "gsm.wav": 12,
    "chained.opus": 24,
    "late-bell.flac": 1530,
    "just-ends.flac": 15,
    "voice-memo.m4a": 12,
    "header-says-less.wav": 12,
}


QUIET = "it begins with 0:10 of silence"
"""Ten seconds of noise at -70 dB: on the edge."""


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    """(record, folder in the store) of a case, taken in once."""
    root = tmp_path_factory.mktemp("cases")
    store, made = root / "store", {}
    make_store(store)

    def take(name):
        if name not in made:
            path = root / name
            path.write_bytes(cases.MAKERS[name](root))
            record = take_in(path, store, must_stay=0)
            made[name] = record, store / record.id
        return made[name]

    return take


@pytest.mark.parametrize("name", LENGTHS)
def test_on_the_evening_of_an_upgrade_each_plays_or_is_refused_in_one_line(tmp_path, name):
    """Not taken in yet: what there is of it by its header, and where that ends a calm end."""
    catalogue = catalogue_in(tmp_path)
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / name).write_bytes(cases.MAKERS[name](tmp_path))
    try:
        score = catalogue.load(name).score
    except CannotPlay as refused:
        said = [str(refused)]
    else:
        said = broken_while_read(catalogue, name, score.frames)
    assert not any("\n" in reason for reason in said)


def broken_while_read(catalogue, name, frames):
    broken = []
    reader = DirectReader(catalogue.open_source, lambda name, reason: broken.append(reason))
    for start in range(0, frames, BLOCK):
        reader.read(f"track:{name}", start, BLOCK)
    reader.close()
    return broken


def test_every_case_has_a_length():
    assert LENGTHS.keys() == cases.MAKERS.keys()


@pytest.mark.parametrize("name", LENGTHS)
def test_all_of_it_plays_whatever_its_header_says(taken, name):
    record, folder = taken(name)
    assert record.duration_s == pytest.approx(LENGTHS[name], abs=0.6)
    sound, rate = soundfile.read(folder / record.sound, always_2d=True)
    assert (rate, len(sound), sound.shape[1]) == (48_000, record.frames, record.channels)
    assert record.channels == 1
    assert len(read_rows(folder)) == -(-record.frames // 4800)
    assert read_record(folder) == record


@pytest.mark.parametrize("name", LENGTHS)
def test_only_what_is_odd_is_told(taken, name):
    record, _ = taken(name)
    told = {
        "cut-download.mp3": "its header promises 0:40, it holds 0:16",
        "damaged.mp3": "damaged at 0:20, 3.0 s are missing",
        "header-says-less.wav": "its header says 0:07, it holds 0:12",
        "late-bell.flac": "a late jolt at 25:00",
    }
    found = "\n".join(findings(record))
    assert found.startswith(told.get(name, "")), found
    assert name in told or not found.replace(QUIET, "")


def test_what_it_is_is_found_in_its_content(taken):
    assert taken("mp3-named.wav")[0].kind == "MP3"
    assert taken("gsm.wav")[0].kind == "GSM in WAV"
    assert taken("voice-memo.m4a")[0].kind == "AAC in MP4"
    assert taken("chained.opus")[0].kind == "Opus in Ogg"


def test_a_damaged_spot_is_found_where_it_is_and_passed_without_a_click(taken):
    record, folder = taken("damaged.mp3")
    (spot,) = record.damage
    assert spot.at_s == pytest.approx(20.04, abs=0.3)
    assert spot.lost_s == pytest.approx(3.0, abs=0.3)
    sound, _ = soundfile.read(folder / record.sound)
    at = round(spot.at_s * 48_000)
    assert np.abs(sound[at - 24 : at + 24]).max() < 0.01
    steepest = 2 * np.pi * 300 / 48_000 * 0.25  # of the tone itself
    assert np.abs(np.diff(sound[at - 48_000 : at + 48_000])).max() < 1.5 * steepest


def test_the_record_is_json_that_anybody_can_read(taken):
    _, folder = taken("voice-memo.m4a")
    assert json.loads((folder / "record.json").read_bytes())["kind"] == "AAC in MP4"
