"""What may be sound is told by its first bytes, never by its name."""

import subprocess

import pytest
import soundfile

from nidra_box.library.sniff import HEAD_BYTES, holds_sound, may_be_sound
from tests.support.store import noise


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3", "aiff", "caf", "w64", "rf64", "au"])
def test_what_soundfile_writes(tmp_path, kind):
    path = tmp_path / "sound"
    soundfile.write(path, noise(1.0), 48_000, format=kind.upper())
    assert may_be_sound(path.read_bytes()[:HEAD_BYTES])


@pytest.mark.parametrize(
    "head",
    [b"<!DOCTYPE html>", b"PK\x03\x04", b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"%PDF", b"", b"\xff"],
)
def test_what_is_none(head):
    assert not may_be_sound(head)


def test_a_folder_of_pictures_holds_none(tmp_path):
    (tmp_path / "album" / "@eaDir").mkdir(parents=True)
    (tmp_path / "album" / "cover.flac").write_bytes(b"\x89PNG\r\n" + bytes(60))
    (tmp_path / "album" / "@eaDir" / "x.flac").write_bytes(b"fLaC" + bytes(60))
    (tmp_path / "album" / "._a.flac").write_bytes(b"fLaC" + bytes(60))
    assert not holds_sound(tmp_path)
    (tmp_path / "album" / "1").write_bytes(b"fLaC" + bytes(60))
    assert holds_sound(tmp_path)
    assert not holds_sound(tmp_path / "nowhere")


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path):
    subprocess.run(["mkfifo", tmp_path / "pipe"], check=True)
    assert not holds_sound(tmp_path)
