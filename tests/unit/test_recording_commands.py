"""render, preview and replay of a recording that was taken in, by its id, title or file name."""

import csv
import threading

import numpy as np
import pytest
import soundfile

from nidra_box.cli import main
from nidra_box.library.judge import judge
from nidra_box.library.port import NotYet
from tests.support.box import catalogue_in
from tests.support.scripts import SMALL
from tests.support.store import noise, put_recording, softened_at, with_bell


@pytest.fixture
def box(tmp_path):
    """(settings, record): ninety seconds at -50 dB with a bell in the dark, held down."""
    store = tmp_path / "box" / "recordings"
    sound = with_bell(noise(120.0, -50.0), at_s=90.0, seconds=3.0)
    record = put_recording(store, sound, "Temple.wav", **softened_at(90.0, 93.0, -38.5))
    (store / record.id / "person.yaml").write_text(
        'format: nidra-person/1\nlight: {lamp: steady, length: "1:00"}\n'
    )
    settings = tmp_path / "box.yaml"
    settings.write_text(
        f"folders: {{state: {tmp_path / 'box'}}}\nprogrammes: [Temple]\n", encoding="utf-8"
    )
    return settings, record


@pytest.mark.parametrize("name", ["id", "Temple", "temple.wav"])
def test_a_recording_is_rendered_with_its_softening(box, tmp_path, name):
    settings, record = box
    name = record.id if name == "id" else name
    out = tmp_path / "out.wav"
    arguments = ["render", name, "-o", str(out), "--from", "1:20", "--to", "1:35"]
    assert main([*arguments, "--config", str(settings)]) == 0
    sound, rate = soundfile.read(out)
    assert (len(sound), rate) == (15 * 48_000, 48_000)
    power = (sound**2).sum(axis=1).reshape(-1, 4800).mean(axis=1)
    level = 10 * np.log10(np.convolve(power, np.ones(4) / 4, "valid"))
    assert level.max() <= np.percentile(level[:90], 95) + 8.5


def test_a_preview_shows_it(box, tmp_path):
    settings, record = box
    out = tmp_path / "night.png"
    assert main(["preview", record.id, "-o", str(out), "--config", str(settings)]) == 0
    assert out.stat().st_size > 5000


def test_a_replay_hears_it_and_keeps_the_promises(box, tmp_path, capsys):
    settings, _ = box
    night = tmp_path / "a.night"
    night.write_text("0:00:05 press\n0:05:00 end\n")
    arguments = ["replay", str(night), "--out", str(tmp_path / "out"), "--no-chart"]
    assert main([*arguments, "--config", str(settings)]) == 0
    assert "promises of night safety were kept" in capsys.readouterr().err
    with (tmp_path / "out" / "curve.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    sound = np.array([float(row["sound_dbfs"]) for row in rows])
    dark = np.array([row["stage"] == "listen" for row in rows])
    assert dark.sum() == pytest.approx(60, abs=1)
    assert sound[dark].max() <= np.percentile(sound[30:90], 95) + 8.5
    assert sound[95] > sound[80] + 3.0, "the bell is still there"
    assert (sound[126:] == -120.0).all()
    assert all(row["lightness"] == "0.0" for row in rows[70:])


def test_a_script_waits_for_its_recording_and_leaves_out_one_that_is_broken(tmp_path):
    """Played without its record, its bells would be as loud as they are."""
    record = put_recording(tmp_path / "recordings", noise(60.0, -50.0), "mine.flac")
    (tmp_path / "programmes").mkdir()
    (tmp_path / "programmes" / "small.yaml").write_text(
        SMALL.replace("  light: {pattern: dark}", "  light: {pattern: dark}\n  track: mine.flac", 1)
    )
    woken = threading.Semaphore(0)
    catalogue = catalogue_in(tmp_path)
    catalogue.look_ahead(woken.release, print)
    with pytest.raises(NotYet):
        catalogue.load("small")
    catalogue.shelf.start()
    for _ in range(10):
        try:
            (track,) = catalogue.load("small").score.tracks
            break
        except NotYet:
            assert woken.acquire(timeout=20)
    assert track.lufs == record.lufs
    catalogue.shelf.close()
    (tmp_path / "recordings" / record.id / "record.json").write_text("{")
    catalogue = catalogue_in(tmp_path)
    assert catalogue.load("small").score.tracks == ()
    said = [gap.message for gap in judge(catalogue, "small").gaps]
    assert any("mine.flac: it is torn or not JSON" in each for each in said), said


def test_a_script_plays_a_recording_as_its_record_has_it(tmp_path):
    """Its loudness, what is held down of it, and its own end where its stage is longer."""
    sound = with_bell(noise(60.0, -50.0), at_s=40.0, seconds=3.0)
    record = put_recording(
        tmp_path / "recordings", sound, "mine.flac", **softened_at(40.0, 43.0, -38.5)
    )
    (tmp_path / "programmes").mkdir()
    (tmp_path / "programmes" / "small.yaml").write_text(
        SMALL.replace("  light: {pattern: dark}", "  light: {pattern: dark}\n  track: mine.flac", 1)
    )
    score = catalogue_in(tmp_path).load("small").score
    (track,) = score.tracks
    start_s = track.start / 48_000
    assert (track.lufs, track.gain_db) == (record.lufs, record.gain_db)
    assert (track.end - track.start) / 48_000 == 60.0
    assert track.fade_frames == 6 * 48_000
    assert max(score.level_at(start_s + t / 10) for t in range(390, 440)) < -20.0
    assert score.level_at(start_s + 65.0) < -40.0
