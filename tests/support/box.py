"""The shipped programmes as a catalogue in a folder of the test's own."""

from functools import cache
from pathlib import Path

from nidra_box.config import Config
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import Folders

ROOT = Path(__file__).resolve().parents[2]
SHARED_BEDS = ROOT / "build" / "cache" / "nidra-box"


@cache
def shipped_catalogue():
    """The catalogue of what is shipped, compiled once for all tests."""
    return Catalogue(Folders.inside(ROOT, SHARED_BEDS), last=Config().hold_programme)


def catalogue_in(folder):
    """A catalogue whose library, programmes and state lie in `folder`."""
    return Catalogue(Folders.inside(ROOT, folder), last=Config().hold_programme)


def with_beds():
    """The beds, made once and kept for all test runs."""
    from nidra_box.sound import beds

    folders = shipped_catalogue().folders
    for name in beds.missing(folders.beds):
        beds.make_into(folders.beds, name)
    return folders
