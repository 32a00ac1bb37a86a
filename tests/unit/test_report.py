"""The text that lies where a person without a terminal finds it."""

from nidra_box.library.intake.report import report_text
from nidra_box.library.record import Entry, Item

SEA = Entry("0123456789ab", "Ocean at Night", "sea.m4a", 29_244.0, "Ann Teacher")
OLD = Entry("ba9876543210", "Old Rain", "rain.ogg", 600.0)
ITEMS = (
    Item("night 10.mp3", "waiting"),
    Item("night 2.mp3", "taking", share=0.37, left_s=240.0),
    Item("page\n.flac", "refused", reason="is a web page → download the sound itself"),
    Item("sea.m4a", "ready", SEA.id),
)


def test_every_reason_is_in_it_and_what_is_wrong_comes_first():
    assert report_text(ITEMS, (SEA, OLD)) == (
        """\
Nidra Box: what became of your recordings

Not played (1)

  page\\x0a.flac
      is a web page → download the sound itself

Still to come (2)

  night 2.mp3
      being taken in, 37 %, about 4 min
  night 10.mp3
      waiting

Ready to play (1)

  sea.m4a
      Ocean at Night, Ann Teacher, 8:07:24

Ready to play, but the file is gone (1)

  rain.ogg
      Old Rain, 10:00
"""
    )


def test_an_empty_library_says_so():
    assert report_text((), ()).endswith("Nothing is in the library yet.\n")
