"""What the tests in the virtual box stand on: the image, the box installed on it, guests of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from tests.rig import installed as installing
from tests.rig.guests import Gone, Guest
from tests.rig.machine import EMULATOR, base_image
from tests.rig.places import RigError

Box = Callable[..., Guest]


_gone = pytest.StashKey[int]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """A guest that answers on no port any more says nothing of the box in it (an emulator's fault
    killed its kernel before; see README.md): its test begins once more, with guests of its own."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if item.stash.get(_gone, 0):
        item.session._setupstate.teardown_exact(None)  # the guest that others share goes, too
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        judged = [report for report in reports if report.when != "teardown"][-1]
        judged.sections.append(("once more", "the virtual machine fell silent at first"))
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With RIG_GONE=skip the second such end is skipped and told aloud, with the last words of the
    guest's console. Without it that is an error like any other."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, Gone):
        item.stash[_gone] = times = item.stash.get(_gone, 0) + 1
        if times > 1 and os.environ.get("RIG_GONE") == "skip":
            path, line, _ = item.location
            why = (
                f"Skipped: NOT JUDGED, the virtual machine fell silent twice: {call.excinfo.value}"
            )
            report.outcome, report.longrepr = "skipped", (path, line or 0, why)
    return report


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
