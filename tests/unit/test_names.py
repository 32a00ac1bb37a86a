"""A programme is found by whatever a person calls it."""

import unicodedata

import pytest

from nidra_box.library.names import id_of, names_meant
from nidra_box.library.record import Entry

SEA, RAIN, NIGHT = "0123456789ab", "ba9876543210", "aaaaaaaaaaaa"
ENTRIES = (
    Entry(SEA, "Café by the Sea", "café sea.m4a", 3600.0),
    Entry(RAIN, "Rain", "rain\udce9.flac", 3600.0),  # é of an old stick, no UTF-8
    Entry(NIGHT, "lower-back-night", "line\nbreak.mp3", 60.0),
)
SCRIPTS = ("lower-back-night", "breath-lamp")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("breath-lamp", "breath-lamp"),
        ("Breath-Lamp", "breath-lamp"),
        ("lower-back-night", "lower-back-night"),  # a script before a title
        (SEA, SEA),
        (SEA.upper(), SEA),
        ("Café by the Sea", SEA),
        ("cafe\u0301 BY the sea", SEA),
        ("café sea.m4a", SEA),
        (unicodedata.normalize("NFD", "CAFÉ SEA.M4A"), SEA),
        ("café sea", SEA),
        ("rain", RAIN),
        ("rainé.flac", RAIN),
        ("rain\udce9.flac", RAIN),
        ("line\\x0abreak.mp3", NIGHT),
        ("nothing", None),
        ("", None),
    ],
)
def test_found_by_id_title_and_file(name, meant):
    assert id_of(name, SCRIPTS, ENTRIES) == meant


def test_what_is_not_there_asks_what_was_meant():
    assert names_meant("breth-lamp", SCRIPTS, ENTRIES) == " (did you mean 'breath-lamp'?)"
    assert names_meant("Cafe by the Sea", SCRIPTS, ENTRIES) == " (did you mean 'Café by the Sea'?)"
    assert "line\\x0abreak.mp3" in names_meant("linebreak.mp3", SCRIPTS, ENTRIES).replace(
        "\\\\", "\\"
    )
    assert names_meant("CAF", SCRIPTS, ENTRIES) == " (did you mean 'Café by the Sea'?)"
    assert names_meant("zzz", SCRIPTS, ENTRIES) == names_meant("", SCRIPTS, ENTRIES) == ""
