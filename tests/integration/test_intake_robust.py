"""Whatever lies in a library, the real intake has one line for it, and its end is an ordinary one."""

import os
import socket
import stat
import zipfile
import zlib

import mutagen.flac
import mutagen.id3
import numpy as np
import pytest
import soundfile

from nidra_box.library.findings import findings
from nidra_box.library.record import read_items, read_record
from tests.support import cases
from tests.support.intakes import check_tidy, states, take

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(cases.FFMPEG is None, reason="ffmpeg is not installed"),
]

PAGE = b"<!DOCTYPE html><html><title>404</title>" + b"x" * 5000
OF_A_LINK = "it is a link to another place: put the file itself there"
NO_FILE = "it is not an ordinary file, so there is no sound in it"
IN_IT = "of 02.flac in it: "


def sound(path, seconds=11.0, rate=48_000, channels=1, **how):
    rng = np.random.default_rng(zlib.crc32(os.fsencode(path.name)))
    heard = 0.01 * rng.standard_normal((round(seconds * rate), channels)).astype(np.float32)
    form = path.suffix[1:].upper() if path.suffix in (".wav", ".flac", ".mp3", ".ogg") else "FLAC"
    with open(path, "xb+") as stream:  # the name may be no UTF-8
        soundfile.write(stream, heard, rate, **{"format": form} | how)


# -- what is no sound ------------------------------------------------------------------------------


def zipped(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.flac", "x" * 1000)


def link(target):
    return lambda path: path.symlink_to(target)


def holds(data):
    return lambda path: path.write_bytes(data)


def bound(path):
    """A socket; its address must be short."""
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


def device(kind, major, minor):
    """Only root may make one: a pipe instead."""

    def make(path):
        try:
            os.mknod(path, kind | 0o666, os.makedev(major, minor))
        except PermissionError:
            os.mkfifo(path)

    return make


def cut(share):
    def make(path):
        sound(path, 20.0, format="FLAC")
        os.truncate(path, round(path.stat().st_size * share))

    return make


def thirteen_hours(path):
    """Eight bits, 8 kHz, most of it a hole in the file."""
    size = 13 * 3600 * 8000
    path.write_bytes(cases.wav(b"\x80" * 8000, data=size, riff=size + 36, bits=8))
    os.truncate(path, size + 44)


def a_folder(second):
    """A folder with a good file, and something else beside it."""

    def make(path):
        path.mkdir()
        sound(path / "01.flac")
        second(path / "02.flac")

    return make


def too_many(path):
    path.mkdir()
    for number in range(1001):
        (path / f"{number}.flac").touch()


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/dev/zero\n#EXT-X-ENDLIST\n"
NO_SOUND = {
    "empty.flac": (holds(b""), "it is empty: copy it again"),
    "text.flac": (holds(b"Lie down.\n" * 500), "it is a text, not a sound file"),
    "page.flac": (
        holds(PAGE),
        "it is a web page, not a sound file: the download went wrong, fetch it again",
    ),
    "zip.flac": (zipped, "it is a zip archive: unpack it, and put the sound files there"),
    "zeros.flac": (
        holds(bytes(1 << 20)),
        "it holds nothing but zeros: the copy or download was broken off, copy it again",
    ),
    "chance.mp3": (
        holds(np.random.default_rng(3).bytes(1 << 16).replace(b"\xff", b"\0")),
        "there is no sound in it that could be found",
    ),
    "picture.flac": (holds(b"\x89PNG\r\n" + bytes(500)), "it is a picture (PNG), not a sound file"),
    "list.m4a": (
        holds(PLAYLIST),
        "it is a list of files, not a sound file: put the files themselves there",
    ),
    "concat.wav": (
        holds(b"ffconcat version 1.0\nfile /dev/zero\n"),
        "it is a text, not a sound file",
    ),
    "link out.flac": (link("/etc/passwd"), OF_A_LINK),
    "link to a folder": (link("/etc"), OF_A_LINK),
    "link to nothing.flac": (link("nowhere"), OF_A_LINK),
    "link to zeros.flac": (link("/dev/zero"), OF_A_LINK),
    "fifo.flac": (os.mkfifo, NO_FILE),
    "socket.flac": (bound, NO_FILE),
    "cut at a hundredth.flac": (
        cut(0.00001),
        "it is FLAC, but damaged from its beginning: copy or download it again",
    ),
    "device.flac": (device(stat.S_IFCHR, 1, 5), NO_FILE),
    "disk.flac": (device(stat.S_IFBLK, 7, 0), NO_FILE),
    "one sample.wav": (
        lambda path: sound(path, 1 / 48_000),
        "it is only 0.0 s long; a programme has at least 10 s",
    ),
    "one sample.flac": (
        lambda path: sound(path, 1 / 48_000),
        "it is only 0.0 s long; a programme has at least 10 s",
    ),
    "just too short.wav": (
        lambda path: sound(path, 9.99),
        "it is only 9.9 s long; a programme has at least 10 s",
    ),
    "no sample.wav": (
        lambda path: sound(path, 0.0),
        "it is only 0.0 s long; a programme has at least 10 s",
    ),
    "13 hours.wav": (
        thirteen_hours,
        "it is 13:00:00 long; at most 12 hours can be played: cut it in two",
    ),
    "folder with nothing": (os.mkdir, "it is a folder without a sound file in it"),
    "folder with a pipe": (a_folder(os.mkfifo), IN_IT + NO_FILE),
    "folder with a way out": (a_folder(link("/etc/passwd")), IN_IT + OF_A_LINK),
    "folder with a page": (
        a_folder(holds(PAGE)),
        IN_IT + "it is a web page, not a sound file: the download went wrong, fetch it again",
    ),
    "folder of many": (too_many, "it is a folder of more than 1,000 files"),
}


# -- what is odd, and plays ------------------------------------------------------------------------


def not_numbers(values):
    """A tone whose second second has these in place of numbers, here and there."""

    def make(path, seconds=11.0, rate=48_000):
        heard = 0.1 * np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * 330 / rate)
        heard[rate : 2 * rate : 10_000] = np.resize(values, 5)
        soundfile.write(path, heard.astype(np.float32), rate, subtype="FLOAT")

    return make


def all_nan(path):
    soundfile.write(path, np.full(11 * 48_000, np.nan, np.float32), 48_000, subtype="FLOAT")


def surround(path):
    """Each of six speakers has a tone of its own."""
    t = np.arange(11 * 48_000) / 48_000
    tones = [0.1 * np.sin(2 * np.pi * hz * t) for hz in (300, 500, 700, 60, 900, 1100)]
    soundfile.write(path, np.stack(tones, 1), 48_000, format="WAVEX")


def tagged(text):
    def make(path):
        sound(path)
        if path.suffix == ".flac":
            file = mutagen.flac.FLAC(path)
            file["title"] = text
        else:
            file = mutagen.File(path)
            file.add_tags()
            file.tags.add(mutagen.id3.TIT2(3, [text]))
        file.save()

    return make


def with_cues(name, text):
    def make(path):
        sound(path)
        path.with_name(name).write_bytes(text)

    return make


ORDER = b"[0:05] b\n[0:02] a\n[0:07] c\n[99:00] past\n[0:08] \x1b[2Jesc\0\n"
ODD = "a\0b\x1b[2J\u202egpj\r\n\nb\x07"
PLAYS = {
    "a\nb.flac": (sound, "a b", []),
    "\x1b[2J\x1b]0;x\x07c.flac": (sound, "[2J]0;xc", []),
    "\u202egpj.d.flac": (sound, "gpj.d", []),
    "-version.flac": (sound, "-version", []),
    "%s%n.flac": (sound, "%s%n", []),
    "http:__e.flac": (sound, "http:__e", []),
    "concat:f|g.flac": (sound, "concat:f|g", []),
    os.fsdecode(b"h\xff\xfe.flac"): (sound, "h\xff\xfe", []),
    "no ending": (sound, "no ending", []),
    "long " + "i" * 240 + ".flac": (sound, "long " + "i" * 240, []),
    "cut in the middle.flac": (
        cut(0.6),
        "cut in the middle",
        ["its header promises 0:20, it holds 0:12: all that it holds plays"],
    ),
    "six.wav": (surround, "six", ["its 6 channels are mixed down to two"]),
    "192 kHz.flac": (lambda path: sound(path, rate=192_000), "192 kHz", []),
    "numbers.wav": (
        not_numbers((np.nan, np.inf, -np.inf)),
        "numbers",
        ["5 samples in it were no numbers: they are silent"],
    ),
    "no number.wav": (
        all_nan,
        "no number",
        [
            "528,000 samples in it were no numbers: they are silent",
            "there is nothing to hear in it",
        ],
    ),
    "big tag.flac": (tagged("x" * 10_000_000), "x" * 500, []),
    "big tag.mp3": (tagged("y" * 10_000_000), "y" * 500, []),
    "odd tag.flac": (tagged(ODD), "ab[2Jgpj b", []),
    "odd tag.mp3": (tagged(ODD.replace("\0", "")), "ab[2Jgpj b", []),
    "cues.flac": (
        with_cues("cues.lrc", ORDER),
        "cues",
        [
            "its cue file, line 2: is earlier than a line before, and is left out",
            "its cue file, line 4: lies past the end of the recording, and is left out",
        ],
    ),
    "much.flac": (
        with_cues("much.cues", b"in 0:01\n" * 200_000),
        "much",
        ["its cue file much.cues is not used: may have 1 MB"],
    ),
    "mistakes.flac": (
        with_cues("mistakes.cues", b"in 0:01\n" * 100_000),
        "mistakes",
        [
            f"its cue file, line {number}: must be a time and a part: 1:02.5 inhale"
            for number in range(1, 21)
        ],
    ),
    "one line.flac": (with_cues("one line.lrc", b"[0:01]" * 170_000), "one line", []),
    "pipe.flac": (
        lambda path: (sound(path), os.mkfifo(path.with_suffix(".lrc"))),
        "pipe",
        ["its cue file pipe.lrc is not used: is not an ordinary file"],
    ),
    "lead\nout.flac": (
        lambda path: (sound(path), path.with_suffix(".lrc").symlink_to("/etc/passwd")),
        "lead out",
        ["its cue file lead\\x0aout.lrc is not used: it is a link"],
    ),
}


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    """(store, what was said) after one run over all of it."""
    root = tmp_path_factory.mktemp("odd")
    library, store = root / "library", root / "store"
    library.mkdir()
    for name, (make, *_) in (NO_SOUND | PLAYS).items():
        make(library / name)
    said = take(library, store)
    return store, said


@pytest.mark.parametrize("name", NO_SOUND)
def test_what_is_no_sound_is_refused_in_one_line_that_says_why(taken, name):
    assert states(taken[0])[name] == ("refused", NO_SOUND[name][1])


@pytest.mark.parametrize("name", PLAYS)
def test_what_is_odd_plays_and_is_told(taken, name):
    store, (_, title, told) = taken[0], PLAYS[name]
    assert states(store)[name] == ("ready", "")
    programme = next(item.id for item in read_items(store) if item.name == name)
    record = read_record(store / programme)
    assert (record.title, findings(record)) == (title, told)
    heard, rate = soundfile.read(store / programme / record.sound, always_2d=True)
    assert (rate, record.duration_s) == (48_000, pytest.approx(11.0, abs=1.05))
    assert np.isfinite(heard).all()
    assert record.channels == (2 if name == "six.wav" else 1)


def test_nothing_else_lies_in_the_store(taken):
    check_tidy(taken[0])
    assert len(states(taken[0])) == len(NO_SOUND) + len(PLAYS)


def test_every_line_of_the_log_is_one_and_moves_no_cursor(taken):
    assert len(taken[1]) == len(NO_SOUND) + len(PLAYS)
    assert all(line.isprintable() for line in taken[1])


def test_all_of_it_is_told_in_the_text_for_whoever_has_no_terminal(taken):
    text = (taken[0] / "taken-in.txt").read_text(encoding="utf-8")
    assert f"Not played ({len(NO_SOUND)})" in text
    assert f"Ready to play ({len(PLAYS)})" in text
    assert all(line.isprintable() for line in text.splitlines())


def test_from_each_of_six_speakers_something_is_heard(taken):
    """But from the one for bangs, which ffmpeg leaves out."""
    programme = next(item.id for item in read_items(taken[0]) if item.name == "six.wav")
    folder = taken[0] / programme
    heard, rate = soundfile.read(folder / read_record(folder).sound)
    spectrum = np.abs(np.fft.rfft(heard[: 10 * rate], axis=0)).max(axis=1)
    for hz in (300, 500, 700, 900, 1100):
        assert spectrum[10 * hz - 3 : 10 * hz + 4].max() > 100 * np.median(spectrum)
