"""What the intake's surroundings do to it: a full disk, a file that changes, no ffmpeg; and what a file
may make ffmpeg open: nothing."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading

import pytest

from nidra_box.installed import install
from nidra_box.library.intake import store as stores
from nidra_box.library.intake.decode import decoding
from nidra_box.library.intake.probe import Found, probe
from nidra_box.library.intake.sniff import NotNow, Refused, opened
from nidra_box.library.intake.take import take_in
from nidra_box.library.record import TAKING, Damage, read_items
from tests.support import cases
from tests.support.intakes import check_tidy, states, take
from tests.support.mutated import original
from tests.support.own import Own, rows_of, run
from tests.support.store import noise, record_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(cases.FFMPEG is None, reason="ffmpeg is not installed"),
]


# -- the disk, and the file ------------------------------------------------------------------------

# In a space of its own, where anybody may mount: on a disk that is full in the middle, then on the
# same disk with room.
ON_A_SMALL_DISK = """
import logging, subprocess, sys
from pathlib import Path
from nidra_box.library.intake.run import Wishes, run
library, store, quality, *sizes = sys.argv[1:]
logging.basicConfig(level=logging.INFO, format="%(message)s")
wishes = Wishes(Path(library), Path(store), quality, 0.0, once=True, must_stay=-(10**12))
for size in sizes:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", store], check=True)
    run(wishes)
    left = [path.name for path in Path(store).rglob("*") if path.suffix not in (".json", ".txt")]
    logging.info("left: %s", " ".join(sorted(left)))
    subprocess.run(["mount", "-o", "remount,size=100m", store], check=True)
    run(wishes)
    logging.info("kept: %s", " ".join(sorted(path.name for path in Path(store).glob("*/sound.*"))))
    subprocess.run(["umount", store], check=True)
"""
FULL = "noise.wav: not now: what would play could not be written: the disk is full; make room"


def can_mount():
    unshare = shutil.which("unshare")
    asked = [unshare, "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    return unshare and subprocess.run(asked, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="nobody but root may mount here")
@pytest.mark.parametrize(
    ("quality", "ffmpeg", "sizes"),
    [("lossless", True, ["12k", "700k"]), ("small", True, ["44k"]), ("small", False, ["44k"])],
)
def test_a_disk_that_is_full_in_the_middle_is_told_and_nothing_is_left(
    tmp_path, quality, sizes, ffmpeg
):
    library, store = tmp_path / "library", tmp_path / "store"
    library.mkdir()
    store.mkdir()
    source = "anoisesrc=d=12:a=0.1:r=48000"
    (library / "noise.wav").write_bytes(cases.ffmpeg("-f", "wav", source=source))
    command = ["unshare", "-rm", sys.executable, "-c", ON_A_SMALL_DISK, library, store, quality]
    done = subprocess.run(
        [*command, *sizes],
        capture_output=True,
        env=os.environ | ({} if ffmpeg else {"NIDRA_BOX_NO_FFMPEG": "1"}),
        check=True,
    )
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 4 * len(sizes)
    for full, left, ready, kept in zip(*[iter(lines)] * 4, strict=True):
        assert full == FULL
        assert left == f"left: .lock {TAKING}"
        assert ready.startswith("noise.wav: taken in as ")
        assert kept == f"kept: sound.{'flac' if quality == 'lossless' else 'opus'}"


def test_what_would_not_be_believed_when_it_is_read_is_not_kept(tmp_path):
    """Whatever a file makes us write down, what is in the store can be read."""
    stores.make_store(tmp_path)
    sound = noise(11.0)
    record, levels = record_of(sound, "sea.wav", damage=(Damage(3.0, 9e13),))
    with stores.making(tmp_path) as place, pytest.raises(Refused, match="makes no sense: damage"):
        stores.keep(place, tmp_path, record, levels)
    check_nothing(tmp_path)


def test_a_file_that_changes_while_it_is_read_is_left_for_later(tmp_path):
    path, store = tmp_path / "sea.wav", tmp_path / "store"
    path.write_bytes(original("wav", tmp_path, 11))
    stores.make_store(store)

    def grows(share, left_s):
        with open(path, "ab") as stream:
            stream.write(b"\0")

    with pytest.raises(NotNow, match="it changed while it was read"):
        take_in(path, store, progress=grows, must_stay=0)
    check_nothing(store)
    assert take_in(path, store, must_stay=0).duration_s == pytest.approx(11.0, abs=0.01)


def check_nothing(store):
    assert os.listdir(store) == [TAKING]
    assert os.listdir(store / TAKING) == []


def test_what_an_intake_left_half_written_goes_with_the_next(tmp_path):
    library, store = tmp_path / "library", tmp_path / "store"
    library.mkdir()
    (store / TAKING / "0011223344556677").mkdir(parents=True)
    (store / TAKING / "0011223344556677/sound.flac").write_bytes(b"fLaC")
    (store / TAKING / ".nidra-box-0011223344556677.part").write_bytes(b"{")
    (store / ".nidra-box-0011223344556677.part").write_bytes(b"{")
    take(library, store)
    check_tidy(store)


# -- without ffmpeg --------------------------------------------------------------------------------

INSTALL = f"install ffmpeg ({install('ffmpeg', '')}) and it will be taken in"


def test_without_ffmpeg_what_libsndfile_reads_is_taken_in_and_of_the_rest_it_says_what_to_install(
    tmp_path,
):
    library, store = tmp_path / "library", tmp_path / "store"
    library.mkdir()
    for form in ("flac", "vorbis", "opus", "mp3", "wav", "aiff", "m4a"):
        (library / f"a.{form}").write_bytes(original(form, tmp_path, 11))
    (library / "six.wav").write_bytes(cases.wav(bytes(12 * 8000 * 11), channels=6))
    (library / "page.flac").write_bytes(b"<!doctype html>" + b"x" * 3000)
    take(library, store, env=os.environ | {"PATH": str(tmp_path)})
    check_tidy(store)
    assert states(store) == {
        **{f"a.{form}": ("ready", "") for form in ("aiff", "flac", "mp3", "opus", "vorbis", "wav")},
        "a.m4a": ("refused", f"it is AAC in MP4: {INSTALL}"),
        "six.wav": ("refused", f"it has 6 channels: {INSTALL}"),
        "page.flac": (
            "refused",
            "it is a web page, not a sound file: the download went wrong, fetch it again",
        ),
    }
    take(library, store)
    assert states(store)["a.m4a"] == ("ready", "")
    assert states(store)["six.wav"] == ("ready", "")


# -- what a file may make ffmpeg open --------------------------------------------------------------


@pytest.fixture
def asked_for():
    """(address of a server of sounds, what it was asked for)."""
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


SEGMENTS = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:12\n#EXTINF:12,\n{}\n#EXT-X-ENDLIST\n"
LISTS = {
    "m3u8": SEGMENTS,
    "m3u8 with a key": SEGMENTS.replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="{}"\n#EXTINF'),
    "master": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{}\n",
    "concat": "ffconcat version 1.0\nfile '{}'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT12S"><Period><AdaptationSet mimeType="audio/mp4">'
    '<Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=audio 5004 RTP/AVP 0\na=control:{}\n",
}
BEFORE = {"": b"", "tags": cases.id3(300), "zeros": bytes(64)}


@pytest.mark.parametrize(
    ("before", "target"), [("", "http"), ("", "file"), ("tags", "http"), ("zeros", "file")]
)
def test_a_list_that_names_another_file_or_address_opens_neither(
    tmp_path, asked_for, before, target
):
    """Also behind what hides the list from our own look, and also asked of ffmpeg directly."""
    server, asked = asked_for
    library, store = tmp_path / "library", tmp_path / "store"
    library.mkdir()
    secret = tmp_path / "secret.wav"
    secret.write_bytes(cases.wav(cases.pcm()))
    there = {"http": f"{server}/a.m4a", "file": str(secret)}[target]
    for name, text in LISTS.items():
        path = library / f"{name}.flac"
        path.write_bytes(BEFORE[before] + text.replace("{}", there).encode())
        with opened(path) as file:
            with pytest.raises(Refused):
                probe(shutil.which("ffprobe"), file)
            with decoding(file, Found("", "", 1, 0.0)) as stream:
                assert list(stream.blocks()) == []
                assert stream.ended()
    if not before:
        take(library, store)
        assert {state for state, _ in states(store).values()} == {"refused"}
        assert len(states(store)) == len(LISTS)
    assert asked == []


def test_ffmpeg_would_open_such_a_list_if_we_let_it(tmp_path, asked_for):
    server, asked = asked_for
    path = tmp_path / "list.m3u8"
    path.write_text(SEGMENTS.replace("{}", f"{server}/a.ts"))
    subprocess.run(
        ["ffprobe", "-v", "quiet", "-protocol_whitelist", "file,http,tcp", path], check=False
    )
    assert asked


# -- by nidra-box add ------------------------------------------------------------------------------

NAMES = {
    "a\nb.flac": "a_b.flac",
    "\x1b[2J\x1b]0;x\x07c.flac": "_[2J_]0;x_c.flac",
    "\u202egpj.d.flac": "_gpj.d.flac",
    "..\\..\\e.flac": "_.._e.flac",
    os.fsdecode(b"f\xff.flac"): "f\xff.flac",
    "-g.flac": "-g.flac",
}


def test_whatever_it_is_called_add_takes_it_in_and_says_so_in_lines_that_move_no_cursor(
    tmp_path, monkeypatch, capsys
):
    box, stick = Own(tmp_path, monkeypatch), tmp_path / "stick"
    (stick / "in").mkdir(parents=True)
    for number, name in enumerate(NAMES):
        with open(stick / name, "xb") as stream:
            stream.write(original("wav", tmp_path, 11 + number))
    code, out, err = run(capsys, "add", "--", *(stick / "in" / ".." / name for name in NAMES))
    assert code == 0, out + err
    assert all(line.isprintable() for line in (out + err).splitlines())
    assert sorted(os.listdir(box.library)) == sorted([".incoming", *NAMES.values()])
    assert states(box.store) == dict.fromkeys(NAMES.values(), ("ready", ""))
    ids = {item.id for item in read_items(box.store)}
    rows = [row for row in rows_of(capsys) if row["id"] in ids]
    assert [row["state"] for row in rows] == ["ready"] * len(NAMES)
    assert all(row["title"].isprintable() for row in rows)
    assert sorted(os.listdir(tmp_path)) == ["data", "state", "stick"]


def test_add_says_of_each_why_it_does_not_play_and_programmes_says_it_again(
    tmp_path, monkeypatch, capsys
):
    box, stick = Own(tmp_path, monkeypatch), tmp_path / "stick"
    stick.mkdir()
    os.mkfifo(stick / "pipe.flac")
    (stick / "zeros.flac").symlink_to("/dev/zero")
    (stick / "nothing.flac").symlink_to("nowhere")
    (stick / "empty.flac").touch()
    (stick / "page.flac").write_bytes(b"<!doctype html>" + b"x" * 3000)
    (stick / "cut.m4a").write_bytes(original("m4a", tmp_path, 11)[:-2000])
    (stick / "short.wav").write_bytes(original("wav", tmp_path, 1))
    code, out, _ = run(capsys, "add", "--json", *sorted(stick.iterdir()), "/dev/zero", "/dev/null")
    assert code == 1
    said = {
        row["path"].rpartition("/")[2]: (row["state"], row["reason"])
        for row in json.loads(out)["added"]
    }
    told = {
        "empty.flac": "it is empty: copy it again",
        "page.flac": "it is a web page, not a sound file: the download went wrong, fetch it again",
        "cut.m4a": "it is cut off: an MP4 keeps its table of contents at the end, and that is "
        "missing; copy or download it again",
        "short.wav": "it is only 1.0 s long; a programme has at least 10 s",
    }
    none = {
        "pipe.flac": "is no ordinary file and no folder",
        "nothing.flac": "cannot be read: no such file or directory",
    }
    none |= dict.fromkeys(("zeros.flac", "zero", "null"), none["pipe.flac"])
    assert said == {name: ("not played", why) for name, why in (told | none).items()}
    rows = {row["id"]: (row["state"], row["reason"]) for row in rows_of(capsys)}
    for name, why in told.items():
        assert rows[name] == ("not played", why)
    assert sorted(os.listdir(box.library)) == sorted([".incoming", *told])
