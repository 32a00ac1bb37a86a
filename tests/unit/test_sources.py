"""Sound files, good and bad, and the readers that decode them."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from nidra_box.sound.reader import BLOCK, AheadReader, DirectReader
from nidra_box.sound.resample import Resampler
from nidra_box.sound.sources import BadSound, FileSource, LoopSource
from nidra_box.units import RATE_HZ

SECONDS = 12


def tone(rate=RATE_HZ, channels=2, seconds=SECONDS, hz=440.0):
    t = np.arange(round(seconds * rate)) / rate
    wave = 0.5 * np.sin(2 * np.pi * hz * t)
    return np.stack([wave * (1 - 0.3 * c) for c in range(channels)], axis=1).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "subtype", "tolerance"),
    [
        ("a.flac", "FLAC", "PCM_16", 1e-4),
        ("a.wav", "WAV", "PCM_16", 1e-4),
        ("a.ogg", "OGG", "VORBIS", 0.05),
        ("a.opus", "OGG", "OPUS", 0.05),
        ("a.mp3", "MP3", None, 0.08),
    ],
)
def test_every_format_plays_from_any_place(tmp_path, name, kind, subtype, tolerance):
    path = tmp_path / name
    soundfile.write(path, tone(), RATE_HZ, format=kind, subtype=subtype)
    source = FileSource(path)
    assert source.channels == 2
    assert abs(source.frames - SECONDS * RATE_HZ) < 3000
    expected = tone()
    for start in (5 * RATE_HZ, 1000, 7 * RATE_HZ, 7 * RATE_HZ + BLOCK):
        got = source.read(start, BLOCK)
        assert np.abs(got - expected[start : start + BLOCK]).max() < tolerance
    on_and_on = np.concatenate(
        [source.read(2 * RATE_HZ + i, 4096) for i in range(0, 12 * 4096, 4096)]
    )
    assert np.abs(on_and_on - expected[2 * RATE_HZ : 2 * RATE_HZ + 12 * 4096]).max() < tolerance
    before = source.read(-100, 200)
    assert not before[:100].any()
    after = source.read(source.frames - 50, 100)
    assert after.shape == (100, 2)
    assert not after[60:].any()
    source.close()


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 32_000, 44_100, 96_000])
def test_any_usual_rate_becomes_ours_without_a_seam(tmp_path, rate):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(rate, 1), rate)
    source = FileSource(path)
    assert source.frames == pytest.approx(SECONDS * RATE_HZ, abs=2)
    whole = source.read(RATE_HZ, 20_000)
    parts = np.concatenate([source.read(RATE_HZ + i, 5000) for i in range(0, 20_000, 5000)])
    assert np.abs(whole - parts).max() < 1e-6
    t = np.arange(RATE_HZ, RATE_HZ + 20_000) / RATE_HZ
    error = whole[:, 0] - 0.5 * np.sin(2 * np.pi * 440 * t)
    assert np.abs(error).max() < 10 ** (-70 / 20)


def test_a_rate_without_a_small_ratio_is_refused():
    with pytest.raises(ValueError, match="44056"):
        Resampler.from_rate(44_056)


def test_downsampling_lets_nothing_fold_back():
    resampler = Resampler.from_rate(96_000)
    first, last = resampler.input_span(0, 4800)
    t = np.arange(first, last) / 96_000
    folded = resampler.convert(np.sin(2 * np.pi * 30_000 * t)[:, None].astype(np.float32), 0, 4800)
    assert np.abs(folded).max() < 10 ** (-75 / 20)


def bad_files(folder):
    """name → (how it is made, part of the reason)"""
    good = folder / "good.flac"
    soundfile.write(good, tone(), RATE_HZ)
    (folder / "empty.flac").touch()
    (folder / "text.mp3").write_text("this is not music\n" * 100)
    (folder / "folder.flac").mkdir()
    (folder / "noise.ogg").write_bytes(bytes(range(256)) * 40)
    (folder / 'line\nbreak "quoted".flac').write_bytes(b"fLaC" + bytes(64))
    soundfile.write(folder / "many.wav", np.zeros((RATE_HZ, 6), np.float32), RATE_HZ)
    soundfile.write(folder / "odd.wav", np.zeros((44_056, 1), np.float32), 44_056)
    soundfile.write(folder / "nothing.wav", np.zeros((0, 1), np.float32), RATE_HZ)
    return {
        "empty.flac": "is empty",
        "text.mp3": "is not a sound file",
        "folder.flac": "is a folder",
        "noise.ogg": "is not a sound file",
        'line\nbreak "quoted".flac': "",
        "many.wav": "6 channels",
        "odd.wav": "44056",
        "nothing.wav": "no sound in it",
        "missing.flac": "no such file",
    }


def test_every_bad_file_is_refused_with_a_reason(tmp_path):
    for name, reason in bad_files(tmp_path).items():
        with pytest.raises(BadSound) as caught:
            FileSource(tmp_path / name)
        assert reason in str(caught.value), (name, str(caught.value))


def as_nobody(action):
    """What `action` returns in a process without root's rights (root may read everything)."""
    if os.geteuid() != 0:
        return action()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.setuid(65_534)
        os.write(write_end, action().encode())
        os._exit(0)
    os.close(write_end)
    os.waitpid(child, 0)
    with os.fdopen(read_end) as stream:
        return stream.read()


def test_an_unreadable_file_is_refused(tmp_path):
    path = tmp_path / "secret.flac"
    soundfile.write(path, tone(), RATE_HZ)
    path.chmod(0)

    def reason():
        try:
            FileSource(path)
        except BadSound as error:
            return str(error)
        return "was read"

    assert as_nobody(reason) == "permission denied"


def test_a_device_and_a_fifo_are_not_music_and_nobody_waits_for_them(tmp_path):
    os.mkfifo(tmp_path / "fifo.flac")
    for path in (Path("/dev/zero"), tmp_path / "fifo.flac"):
        with pytest.raises(BadSound, match="not an ordinary file"):
            FileSource(path)


def test_a_file_is_what_it_holds_whatever_its_name_says_and_nothing_stays_open(tmp_path):
    """By the endings of these names libsndfile alone would take any bytes for sound."""
    before = os.listdir("/proc/self/fd")
    for name in ("words.raw", "words.vox", "words.gsm"):
        (tmp_path / name).write_bytes(b"hello " * 9000)
        with pytest.raises(BadSound, match="is not a sound file"):
            FileSource(tmp_path / name)
    soundfile.write(tmp_path / "a.flac", tone(), RATE_HZ)
    (tmp_path / "a.flac").rename(tmp_path / "night\udce9.txt")  # not UTF-8 either
    source = FileSource(tmp_path / "night\udce9.txt")
    assert source.read(RATE_HZ, BLOCK).any()
    source.close()
    assert os.listdir("/proc/self/fd") == before


def test_a_truncated_file_says_where_it_breaks_off(tmp_path):
    whole = tmp_path / "a.flac"
    soundfile.write(whole, tone(seconds=30), RATE_HZ)
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) // 2])
    source = FileSource(whole)
    with pytest.raises(BadSound, match="breaks off at"):
        for block in range(0, source.frames, BLOCK):
            source.read(block, BLOCK)


def test_a_loop_has_no_seam(tmp_path):
    path = tmp_path / "loop.wav"
    period = tone(seconds=1, hz=480.0)  # 480 whole waves: periodic
    soundfile.write(path, period, RATE_HZ, subtype="FLOAT")
    loop = LoopSource(FileSource(path))
    got = loop.read(RATE_HZ * 1000 - 500, 1000)[:, 0]
    ordinary = np.abs(np.diff(period[:, 0])).max()
    assert np.abs(np.diff(got)).max() <= ordinary * 1.001
    assert np.allclose(loop.read(7 * RATE_HZ, 100), period[:100], atol=1e-6)


class Counted:
    """A source that remembers which blocks were read."""

    channels = 1

    def __init__(self, frames=10 * RATE_HZ):
        self.frames = frames
        self.reads = []
        self.closed = False

    def read(self, start, n):
        self.reads.append(start)
        return np.arange(start, start + n, dtype=np.float32)[:, None]

    def close(self):
        self.closed = True


def test_a_direct_reader_reads_each_block_once():
    source = Counted()
    reader = DirectReader(lambda name: source)
    got = np.concatenate([reader.read("x", start, 1000) for start in range(0, 40_000, 1000)])
    assert (got[:, 0] == np.arange(40_000)).all()
    assert source.reads == [0, BLOCK, 2 * BLOCK]
    assert not reader.read("x", -200, 100).any()
    assert reader.read("x", -10, 20)[:, 0].tolist() == [0.0] * 10 + list(range(10))
    reader.close()
    assert source.closed


@pytest.mark.parametrize("kind", [BadSound, OSError, RuntimeError, MemoryError])
def test_a_broken_source_is_silence_and_told_once(kind):
    """Whatever a decoder raises: no file ends the reader."""
    told = []

    def refuse(name):
        raise kind("is broken")

    reader = DirectReader(refuse, lambda name, reason: told.append((name, reason)))
    for _ in range(3):
        assert not reader.read("x", 0, 100).any()
    assert told == [("x", "is broken")]


def wait_for(condition, seconds=5.0):
    """Another thread does it: look often, give up late."""
    import time

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.001)


def test_the_reader_decodes_ahead_and_forgets_what_is_past():
    source = Counted()
    reader = AheadReader(lambda name: source)
    assert reader.read("x", 0, 100) is None
    reader.attend([("x", 0, 3 * BLOCK)])
    wait_for(lambda: reader.read("x", 2 * BLOCK, 100) is not None)
    assert (reader.read("x", BLOCK - 50, 100)[:, 0] == np.arange(BLOCK - 50, BLOCK + 50)).all()
    reader.attend([("x", 5 * BLOCK, 6 * BLOCK)])
    assert reader.read("x", 0, 100) is None
    wait_for(lambda: reader.read("x", 5 * BLOCK, 100) is not None)
    reader.attend([])
    wait_for(lambda: source.closed)
    reader.close()
    assert not reader.is_alive


def test_the_reader_survives_a_source_that_fails_and_tries_again_when_told():
    told, broken = [], [True]
    good = Counted()

    def open_source(name):
        if broken[0]:
            raise BadSound("is missing")
        return good

    reader = AheadReader(open_source, lambda name, reason: told.append(name))
    reader.attend([("bed:x", 0, 100)])
    wait_for(lambda: told)
    assert not reader.read("bed:x", 0, 50).any()
    broken[0] = False
    reader.forget_broken("bed:y")
    assert not reader.read("bed:x", 0, 50).any()
    reader.forget_broken("bed:x")
    wait_for(lambda: (got := reader.read("bed:x", 10, 50)) is not None and got.any())
    assert told == ["bed:x"]
    reader.close()


def test_a_source_that_broke_off_is_opened_afresh_when_it_is_tried_again():
    """The file that was damaged has been replaced; the one that is open still is the old one."""

    class Torn(Counted):
        def read(self, start, n):
            raise BadSound("breaks off at 0 s")

    torn, mended, told = Torn(), Counted(), []
    opened = iter([torn, mended])
    reader = AheadReader(lambda name: next(opened), lambda name, reason: told.append(name))
    reader.attend([("bed:x", 0, 100)])
    wait_for(lambda: told)
    assert torn.closed
    reader.forget_broken()
    wait_for(lambda: (got := reader.read("bed:x", 10, 50)) is not None and got.any())
    reader.close()
