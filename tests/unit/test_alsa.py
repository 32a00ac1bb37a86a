"""libasound's own lines: in full once, and then none."""

import subprocess
import sys

import pytest

from nidra_box.sound.card.alsa import SONAME, libraries

MAPS = """\
7f00-7f01 r--p 00000000 08:01 77  /usr/lib/libSDL2-2.0.so.0
7f02-7f03 r-xp 00000000 08:01 78  /opt/a b/pygame.libs/libasound-d80805e8.so.2.0.0
7f04-7f05 rw-p 00000000 00:00 0
"""

REAL = """
import ctypes, sys
from nidra_box.sound.card import alsa
from nidra_box.sound.card.deck import Card, DeckError, PygameDeck

def no_card():
    try:
        PygameDeck(Card("no_such_card", "alsa"), 1024, 48).open()
    except DeckError:
        return
    sys.exit("there is such a card")

no_card()
if not alsa.hush():
    sys.exit(5)
print("now it is quiet", file=sys.stderr, flush=True)
for _ in range(5):
    no_card()
library, pcm = ctypes.CDLL(alsa.libraries()[-1]), ctypes.c_void_p()
assert library.snd_pcm_open(ctypes.byref(pcm), b"null", 0, 0) == 0
for _ in range(3):
    library.snd_pcm_recover(pcm, -32, 0)  # what SDL does after an underrun
"""


def test_the_library_that_is_loaded_is_found_by_its_path(tmp_path):
    maps = tmp_path / "maps"
    maps.write_text(MAPS)
    own = "/opt/a b/pygame.libs/libasound-d80805e8.so.2.0.0"
    assert libraries(maps) == [own, SONAME]
    assert libraries(tmp_path / "none") == [SONAME]


def test_the_real_library_is_quiet_after_the_first_time():
    done = subprocess.run(
        [sys.executable, "-c", REAL], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode == 5:
        pytest.skip("this SDL has no ALSA")
    assert done.returncode == 0, done.stderr
    before, _, after = done.stderr.partition("now it is quiet\n")
    assert "ALSA lib" in before  # what is wrong with a card is still said, once
    assert after == ""
