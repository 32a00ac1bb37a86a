"""A recording of 8:07:24 in every format: it starts at once wherever it is taken up again, on
its exact frame, and plays to its end.

Encoding eight hours takes minutes, so only 96 seconds are encoded: a book of 32 chapters of
three seconds, each a quiet noise and a tone that rises from a pitch of its own. The long files
repeat its chapters in an order in which every place can be told from its neighbours, packet
by packet and with the container's numbers written anew. They have the size of real files
(hundreds of megabytes), which the time of a seek depends on. FLAC is quick: it is encoded whole.
"""

import struct
import time
import zlib
from bisect import bisect_left, bisect_right
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from nidra_box.config import Config
from nidra_box.library.port import CannotPlay
from nidra_box.score.vocabulary import StageKind
from nidra_box.sound.reader import BLOCK, DirectReader
from nidra_box.studio.nights.night_script import Act
from nidra_box.studio.nights.world import World
from nidra_box.studio.writing.render import render_frames
from nidra_box.units import RATE_HZ
from tests.support.box import catalogue_in
from tests.support.sounds import window_db
from tests.unit.test_library import sparse_wav

LENGTH_S = 29_244  # 8:07:24
LENGTH = LENGTH_S * RATE_HZ
CHAPTER = 3 * RATE_HZ
CHAPTERS = 32
SEAM = RATE_HZ // 4
"""After a change of chapter decoders need some frames to forget the one before."""

RESUME_S = (0, 3600, 6 * 3600, 29_160)  # the start, 1 h, 6 h, 8:06
FORMATS = ["flac", "ogg", "opus", "mp3"]
BESIDE_BARE, GRACE_S = 1.5, 0.05
"""What a start may take beside libsndfile alone, and for all that is looked at before."""

ORDER = np.random.default_rng(8724).integers(CHAPTERS, size=2 * LENGTH // CHAPTER).tolist()
"""The chapter at each place of a long file, drawn by lot: whoever is elsewhere hears another."""


def sound_of(chapter, noise=0.003):
    """From half a second to 2.5 s into the chapter a tone that rises from a pitch of its own,
    and a noise all the while."""
    t = np.arange(CHAPTER) / RATE_HZ
    loudness = np.clip(np.minimum(t - 0.5, 2.5 - t) * 10, 0, 1)
    wave = np.sin(2 * np.pi * ((200 + 40 * chapter) * t + 30 * t * t))
    hiss = np.random.default_rng(chapter).normal(0, noise, CHAPTER)
    return (0.25 * loudness * wave + hiss).astype(np.float32)


# -- making them -------------------------------------------------------------------------------


def write_book(path, kind, subtype, **settings):
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, subtype, format=kind, **settings) as out:
        for chapter in range(CHAPTERS):
            sound = sound_of(chapter)
            for begin in range(0, CHAPTER, 4800):  # libvorbis keeps a block on its stack
                out.write(sound[begin : begin + 4800])


class Long:
    """A long file, and what somebody hears who plays it from the start and never seeks."""

    def __init__(self, path, starts, chapters, reference):
        self.path = path
        self._starts = starts
        """The first frame of each place."""
        self._chapters = chapters
        """For each place, where its chapter begins in the reference."""
        self._reference = reference

    def near(self, at_s, into):
        """The frame that lies `into` frames in the first place that begins at or after `at_s`."""
        return self._starts[bisect_left(self._starts, at_s * RATE_HZ)] + into

    def heard_at(self, frame, n):
        """Frames [frame, frame + n), all of one place and past its seam."""
        place = bisect_right(self._starts, frame) - 1
        into = frame - self._starts[place]
        assert SEAM <= into <= into + n <= CHAPTER - SEAM
        begin = self._chapters[place] + into
        return self._reference[begin : begin + n]


def even_places():
    """Every place is three seconds long: (first frames, where each chapter begins)."""
    places = range(LENGTH // CHAPTER)
    return [place * CHAPTER for place in places], [ORDER[place] * CHAPTER for place in places]


def make_flac(folder):
    """A recording as quiet as a good one between its words, of 16 bits like most."""
    path = folder / "night.flac"
    chapters = [np.rint(sound_of(n, 0.0002) * 32768).astype(np.int16) for n in range(CHAPTERS)]
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, "PCM_16", format="FLAC") as out:
        for place in range(LENGTH // CHAPTER):
            out.write(chapters[ORDER[place]])
    return Long(path, *even_places(), np.concatenate(chapters) / np.float32(32768))


def make_mp3(folder):
    """128 kbit/s, 48 kHz: frames of 384 bytes and 1152 samples, 125 of them in 3 s. Without
    the header frame that LAME writes, as many files in the world are."""
    book, path = folder / "book.mp3", folder / "night.mp3"
    write_book(book, "MP3", "MPEG_LAYER_III", bitrate_mode="CONSTANT", compression_level=0.66)
    data = book.read_bytes()[384:]
    assert data[:2] == data[384 * 125 : 384 * 125 + 2] == b"\xff\xfb"
    chapters = [data[n * 125 * 384 :][: 125 * 384] for n in range(CHAPTERS)]
    with path.open("wb") as out:
        for place in range(LENGTH // CHAPTER):
            out.write(chapters[ORDER[place]])
    book.write_bytes(data)
    return Long(path, *even_places(), soundfile.read(book, dtype="float32")[0])


def make_opus(folder):
    """Packets of 20 ms, 150 of them in 3 s; positions count from after the pre-skip."""
    book, path = folder / "book.opus", folder / "night.opus"
    write_book(book, "OGG", "OPUS")
    serial, (head, tags, *sound) = packets_of(book.read_bytes())
    pre_skip = struct.unpack_from("<H", head, 10)[0]
    out = OggWriter(path, serial)
    out.headers([head], [tags])
    for place in range(LENGTH // CHAPTER):
        chapter = ORDER[place] * 150
        out.write([(packet, 960) for packet in sound[chapter : chapter + 150]])
    out.close(sound[0], LENGTH + pre_skip)
    return Long(path, *even_places(), soundfile.read(book, dtype="float32")[0])


def make_vorbis(folder):
    """Packets of two lengths, each overlapping the one before: it adds a quarter of both. The
    very first only begins the overlap. Chapters are cut between two long ones."""
    book, path = folder / "book.ogg", folder / "night.ogg"
    write_book(book, "OGG", "VORBIS")
    serial, (head, comments, setup, *sound) = packets_of(book.read_bytes())
    sizes = 1 << (head[28] & 15), 1 << (head[28] >> 4)
    is_long = [bool(packet[0] & 2) for packet in sound]
    frames = [0] + [(sizes[a] + sizes[b]) // 4 for a, b in pairwise(is_long)]
    ends = np.cumsum(frames)
    cuts = []
    for chapter in range(CHAPTERS + 1):
        cut = min(max(1, int(np.searchsorted(ends, chapter * CHAPTER))), len(sound) - 50)
        while not (is_long[cut - 1] and is_long[cut]):
            cut += 1
        cuts.append(cut)
    out = OggWriter(path, serial)
    out.headers([head], [comments, setup])
    out.write([(sound[cuts[0] - 1], 0)])
    starts, chapters = [], []
    while True:
        chapter = ORDER[len(starts)]
        starts.append(out.frames)
        chapters.append(int(ends[cuts[chapter] - 1]))
        part = slice(cuts[chapter], cuts[chapter + 1])
        fits = int(np.searchsorted(np.cumsum(frames[part]), LENGTH - out.frames))
        packets = list(zip(sound[part], frames[part], strict=True))
        out.write(packets[:fits])
        if fits < len(packets):
            out.close(packets[fits][0], LENGTH)
            break
    return Long(path, starts, chapters, soundfile.read(book, dtype="float32")[0])


# Ogg (RFC 3533): pages of up to 255 segments. Its checksum is CRC-32 with the usual polynomial,
# but neither mirrored nor inverted; zlib's on mirrored bytes is the same thing mirrored.
_MIRRORED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def ogg_checksum(data):
    mirrored = zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def packets_of(data):
    """(serial number, packets) of an Ogg file with one stream."""
    found, packet, at = [], b"", 0
    serial = struct.unpack_from("<I", data, 14)[0]
    while at < len(data):
        segments = data[at + 27 : at + 27 + data[at + 26]]
        at += 27 + len(segments)
        for size in segments:
            packet += data[at : at + size]
            at += size
            if size < 255:
                found.append(packet)
                packet = b""
    return serial, found


class OggWriter:
    """Packets with their lengths in frames, into pages of about a second."""

    def __init__(self, path, serial):
        self.frames = 0
        self._stream = path.open("wb")
        self._serial = serial
        self._pages = 0

    def headers(self, *pages):
        for number, packets in enumerate(pages):
            self._page(packets, 0, 2 if number == 0 else 0)

    def write(self, packets):
        page, segments, frames = [], 0, 0
        for packet, length in packets:
            needs = len(packet) // 255 + 1
            if segments + needs > 255 or frames >= RATE_HZ:
                self._page(page, self.frames)
                page, segments, frames = [], 0, 0
            page.append(packet)
            segments += needs
            frames += length
            self.frames += length
        if page:
            self._page(page, self.frames)

    def close(self, packet, frames):
        """The last page: the file ends at `frames`, somewhere in its last packet."""
        self._page([packet], frames, 4)
        self._stream.close()

    def _page(self, packets, frames, flags=0):
        lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
        head = struct.pack("<4sBBqII", b"OggS", 0, flags, frames, self._serial, self._pages)
        tail = b"".join((bytes([len(lacing)]), lacing, *packets))
        checksum = ogg_checksum(head + bytes(4) + tail)
        self._stream.write(head + struct.pack("<I", checksum) + tail)
        self._pages += 1


MAKERS = {"flac": make_flac, "ogg": make_vorbis, "opus": make_opus, "mp3": make_mp3}


@pytest.fixture(scope="module", params=FORMATS)
def night(request, tmp_path_factory):
    """One long file at a time, in the library of a box of its own."""
    home = tmp_path_factory.mktemp(request.param)
    library = home / "library"
    library.mkdir()
    made = MAKERS[request.param](library)
    print(f"{made.path.name}: {made.path.stat().st_size / 1e6:.0f} MB")
    yield made
    made.path.unlink()


@pytest.fixture
def box(night):
    return catalogue_in(night.path.parents[1])


# -- playing them ------------------------------------------------------------------------------


def bytes_read():
    """By this process, from anywhere: the operating system counts."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(lines[0].removeprefix("rchar: "))


def start(box, name, frame):
    """What a press does: the programme is looked up, its file opened, a block decoded.
    Returns (block, seconds of this thread's own work, bytes)."""
    before, began = bytes_read(), time.thread_time()
    box.load(name)
    source = box.open_source(f"track:{name}")
    block = source.read(frame, BLOCK)
    took = time.thread_time() - began
    source.close()
    return block, took, bytes_read() - before


def test_it_is_exactly_as_long_as_it_is(night, box):
    outline = box.load(night.path.name)
    assert outline.score.frames == LENGTH == 1_403_712_000
    assert outline.keeps_place


def bare(path, frame):
    """Seconds of this thread's own work for libsndfile alone."""
    began = time.thread_time()
    with soundfile.SoundFile(path) as file:
        file.seek(frame)
        file.read(BLOCK)
    return time.thread_time() - began


@pytest.mark.parametrize("at_s", RESUME_S)
def test_it_starts_as_quickly_as_its_library_can_wherever_it_is_taken_up(night, box, at_s):
    """The best of three each, in turns, without the time that other processes take; the file is
    in the page cache. An MP3 has no index; the frames before a place must be walked through, and
    that takes a second or two, on a thread of its own."""
    name, kind = night.path.name, night.path.suffix[1:]
    tries, alone = [], []
    for _ in range(3):
        tries.append(start(box, name, at_s * RATE_HZ))
        alone.append(bare(night.path, at_s * RATE_HZ))
    took, read = min(t for _, t, _ in tries), max(b for _, _, b in tries)
    print(f"{kind} at {at_s} s: {took:.3f} s, alone {min(alone):.3f} s, {read / 1e6:.2f} MB read")
    assert all(len(block) == BLOCK for block, _, _ in tries)
    assert took < BESIDE_BARE * min(alone) + GRACE_S
    if kind == "mp3":
        assert read < night.path.stat().st_size * (at_s / LENGTH_S) + 2e6, "walked through twice"
    else:
        assert read < 4e6, "it is searched, not read through"


@pytest.mark.parametrize("at_s", RESUME_S)
def test_it_is_taken_up_on_its_exact_frame(night, box, at_s):
    """Whoever seeks hears what somebody hears who never did, from the first frame on, and goes
    on hearing it in the next blocks. One frame beside would be off by some hundredths."""
    first = night.near(at_s, 40_001)
    source = box.open_source(f"track:{night.path.name}")
    heard = np.concatenate([source.read(first + n * BLOCK, BLOCK) for n in range(4)])[:, 0]
    source.close()
    wanted = night.heard_at(first, len(heard))
    off = np.abs(heard - wanted).max()
    beside = np.abs(heard[1:] - wanted[:-1]).max()
    print(f"{night.path.suffix[1:]} at {first}: off by {off:.6f}, one frame beside {beside:.4f}")
    assert np.abs(wanted).max() > 0.2
    assert beside > 0.01
    assert off < 0.001


def test_there_and_back_again(night, box):
    """One open file, taken up at places in any order: what was read before leaves no trace."""
    source = box.open_source(f"track:{night.path.name}")
    for at_s in (29_160, 0, 21_600, 3600, 21_600):
        first = night.near(at_s, 60_000)
        heard = source.read(first, BLOCK)[:, 0]
        assert np.abs(heard - night.heard_at(first, BLOCK)).max() < 0.001, at_s
    source.close()


def test_it_fades_over_its_last_minute_and_sounds_no_further(night, box):
    score = box.load(night.path.name).score
    reader = DirectReader(box.open_source, lambda name, reason: pytest.fail(f"{name} {reason}"))
    window = render_frames(score, LENGTH - 90 * RATE_HZ, LENGTH + RATE_HZ, reader)
    level = window_db(np.concatenate(list(window)), RATE_HZ)
    reader.close()
    assert (len(level), level[90]) == (91, -120.0)
    assert level[29] == pytest.approx(level[:29].mean(), abs=6.0)
    middles = np.arange(45) + 30.5
    assert np.polyfit(middles, level[30:75], 1)[0] == pytest.approx(-76.0 / 60.0, rel=0.1)


# -- the programme without a script ------------------------------------------------------------


def test_a_file_breathes_for_twenty_minutes_is_dark_and_sounds_to_its_end(night, box):
    """One press on the real loop, in virtual time: nothing but a file in a folder."""
    name, press_s = night.path.name, 5.0
    world = World(Config(), (name,), box)
    recording = world.play([Act(press_s, "press"), Act(press_s + LENGTH_S + 120, "end")])
    began = next(note["at_s"] for note in recording.trace if note["what"] == "start")
    ended = next(note["at_s"] for note in recording.trace if note["what"] == "end")
    assert ended - began == pytest.approx(LENGTH_S, abs=0.02)

    stages = [(s.kind, s.start_s, s.end_s) for s in box.load(name).score.stages]
    assert stages == [(StageKind.BREATH, 0, 1200), (StageKind.SLEEP, 1200, LENGTH_S)]
    writes = [write for write in recording.light if write.at_s > 0]
    assert writes[0].at_s == pytest.approx(began, abs=0.05)
    assert writes[-1].lightness == 0.0
    assert writes[-1].at_s - began <= 1200 + 0.01
    levels = np.array([write.lightness for write in writes])
    at_s = np.array([write.at_s for write in writes]) - began
    assert 20 < levels.max() <= 50
    tops = np.flatnonzero((levels[1:-1] > levels[:-2]) & (levels[1:-1] >= levels[2:])) + 1
    rates = 60 / np.diff(at_s[tops])
    print(f"{len(tops)} breaths, {rates[2]:.1f} to {rates[-3]:.1f} a minute")
    assert rates[2] == pytest.approx(11, abs=0.3)
    assert rates[-3] == pytest.approx(6, abs=0.3)

    sound = recording.sound_dbfs()
    risen, over = int(began) + 15, int(ended) + 1
    assert sound[risen : over - 61].min() > -60
    assert (sound[over + 1 :] == -120).all()
    assert (sound[: int(began)] == -120).all()


@pytest.mark.parametrize(("seconds", "plays"), [(9.999, False), (10, True), (43_200, True)])
def test_ten_seconds_to_twelve_hours_can_be_played(tmp_path, seconds, plays):
    sparse_wav(tmp_path / "library" / "x.wav", seconds)
    if plays:
        score = catalogue_in(tmp_path).load("x.wav").score
        assert score.frames == seconds * RATE_HZ
        assert score.stages[-1].end == score.tracks[0].end == score.frames
    else:
        with pytest.raises(CannotPlay, match="at least 10 s"):
            catalogue_in(tmp_path).load("x.wav")


def test_a_second_over_twelve_hours_is_refused(tmp_path):
    sparse_wav(tmp_path / "library" / "x.wav", 43_201)
    with pytest.raises(CannotPlay, match="at most 12 hours"):
        catalogue_in(tmp_path).load("x.wav")
