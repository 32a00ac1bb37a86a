"""What the tests in the virtual box stand on: the image, the box installed on it, guests of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from tests.rig import installed as installing
from tests.rig.guests import Gone, Guest
from tests.rig.machine import EMULATOR, base_image
from tests.rig.places import RigError

Box = Callable[..., Guest]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """With RIG_GONE=skip a guest that answers on no port any more, so that nothing can be said of
    the box in it, is skipped and told aloud, with the last words of its console (an emulator's
    fault killed its kernel before; see README.md). Without it that is an error like any other."""
    try:
        return (yield)
    except Gone as error:
        if os.environ.get("RIG_GONE") != "skip":
            raise
        pytest.skip(f"NOT JUDGED, the virtual machine itself fell silent: {error}")


@pytest.fixture(scope="session")
def image() -> Path:
    """The built image. Skips, naming the mend, where there is none."""
    if os.getuid() != 0:
        pytest.skip("the virtual box needs root: sudo make rig-test")
    if not shutil.which(EMULATOR):
        pytest.skip(f"no {EMULATOR} here: tests/rig/build installs it")
    try:
        return Path(base_image())
    except RigError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def installed(image: Path) -> Path:
    """An image with the package installed, its service enabled and its beds made: `base=` of
    Guest.boot, where the factory `box` is not enough."""
    installing.forget_unused()
    return installing.installed_image(installing.package())


@pytest.fixture
def box(installed: Path) -> Iterator[Box]:
    """box(name, **options of Guest.boot): a guest with the box installed and running.

    From a saved state in a second, unless `power=True` or `warm=False` ask for a cold boot.
    Every guest is killed at the end of the test.
    """
    yield from _boxes(installed)


@pytest.fixture(scope="module")
def module_box(installed: Path) -> Iterator[Box]:
    """`box` for tests that share one guest."""
    yield from _boxes(installed)


def _boxes(base: Path) -> Iterator[Box]:
    started: list[Guest] = []

    def boot(name: str, **options: object) -> Guest:
        if not options.get("power"):
            options.setdefault("warm", not options.get("saved_as"))
        guest = Guest.boot(name, base=base, **options)  # type: ignore[arg-type]
        started.append(guest)
        return guest

    yield boot
    for guest in started:
        guest.__exit__()
