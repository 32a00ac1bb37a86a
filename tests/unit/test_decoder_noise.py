"""A decoder that writes to stderr by itself is caught, and named with its file."""

import logging
import os

import pytest

from nidra_box.sound.decoder_noise import caught
from nidra_box.sound.sources import BadSound, FileSource


def test_what_a_decoder_writes_is_logged_with_the_file_and_nothing_else_is_lost(capfd, caplog):
    caplog.set_level(logging.DEBUG, "nidra_box")
    with caught("rain.mp3"), caught("sea.mp3"):
        os.write(2, b"Note: Trying to resync...\nsomebody else\n")
    os.write(2, b"and after\n")
    assert capfd.readouterr().err == "somebody else\nand after\n"
    assert [record.getMessage() for record in caplog.records] == [
        "rain.mp3: Note: Trying to resync..."
    ]


def test_a_file_of_words_called_mp3_writes_nothing_by_itself(tmp_path, capfd):
    path = tmp_path / "text.mp3"
    path.write_bytes(b"hello " * 9000)
    with pytest.raises(BadSound):
        FileSource(path)
    assert capfd.readouterr().err == ""
