"""The service hangs, goes deaf, stands still, is killed: light out, and back, silent and dark.

In a steady guest, by its own clock.
"""

import contextlib

import pytest

from tests.rig.bedside import Bedside
from tests.rig.guests import Gone

BACK_S = 45.0

SABOTAGE = '''\
"""Faults of the process itself, on a signal: what no test from outside could bring about."""
import signal, sys

def hang(*_):
    import time
    while True:
        time.sleep(60)  # handlers run on the main thread: this is the loop

def deafen(*_):
    import ctypes, lgpio
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(lgpio._notify_thread.ident), ctypes.py_object(SystemExit))

def stand_still(*_):
    import pygame.mixer
    pygame.mixer.pause()  # the ring does not turn over any more

def stumble(*_):
    raise RuntimeError("a bug, planted")

if "nidra_box" in " ".join(sys.orig_argv):
    for offset, fault in enumerate((hang, deafen, stand_still, stumble), 1):
        signal.signal(signal.SIGRTMIN + offset, fault)
'''
PACKAGES = "/usr/local/lib/python3.13/dist-packages"

FAULTS = {
    "the loop hangs": "RTMIN+1",
    "the inputs' thread dies": "RTMIN+2",
    "the ring stands still": "RTMIN+3",
    "a bug": "RTMIN+4",
    "a segmentation fault": "SEGV",
    "killed": "KILL",
    "frozen": "STOP",
}


@pytest.fixture(scope="module")
def bedside(module_box):
    bedside = Bedside(module_box("recovery", steady=True))
    bedside.write(f"{PACKAGES}/sabotage.py", SABOTAGE)
    bedside.write(f"{PACKAGES}/sabotage.pth", "import sabotage\n")
    bedside.configure("programmes: [lower-back-night]\n")
    return bedside


def strike(bedside, fault):
    """Bring `fault` about; returns when systemd has begun to start the service afresh."""
    restarts = bedside.restarts()
    bedside.sh(f"systemctl kill --kill-whom=main -s {FAULTS[fault]} nidra-box")
    if "inputs" in fault:
        bedside.sh("rigpio tap 22")  # it dies of the next edge
    bedside.guest.wait_for(
        f"[ $(systemctl show -P NRestarts nidra-box) -gt {restarts} ]", BACK_S + 20
    )


@pytest.mark.parametrize(
    "fault", [pytest.param(f, marks=[pytest.mark.quick] if "hangs" in f else []) for f in FAULTS]
)
def test_it_is_back_silent_and_dark(bedside, fault):
    bedside.press()
    bedside.wait_until("playing")
    bedside.sh("sleep 3")
    assert bedside.is_lit()
    pid = bedside.pid()
    broke = bedside.guest.uptime()
    strike(bedside, fault)
    # The PWM goes on by itself when its process dies: lights-off has put the lamp out.
    assert bedside.light(0.0)[0][1] == 0
    gone = bedside.guest.uptime() - broke
    bedside.ready(BACK_S)
    back = bedside.guest.uptime() - broke
    print(f"{fault}: gone after {gone:.1f} s, back after {back:.1f} s")
    assert back <= BACK_S
    assert bedside.pid() != pid
    assert bedside.status()["phase"] == "idle"
    began = bedside.mark()
    assert not bedside.is_lit(5.0)
    assert not bedside.heard(began).sound.any()
    assert bedside.latency_ms() <= 100.0
    bedside.wait_until("playing")
    bedside.hold()
    bedside.wait_until("idle")


def test_a_bug_is_one_entry_of_the_journal_with_its_place(bedside):
    bedside.new_page()
    strike(bedside, "a bug")
    bedside.ready(BACK_S)
    wrong = bedside.entries("NIDRA_FAULT=1")
    print([(entry["NIDRA_WHAT"], entry["MESSAGE"]) for entry in wrong])
    assert [entry["NIDRA_WHAT"] for entry in wrong].count("fatal") == 1
    (fatal,) = bedside.entries("NIDRA_WHAT=fatal")
    assert "a bug, planted" in fatal["MESSAGE"]
    assert "in stumble" in fatal["NIDRA_TRACEBACK"]
    assert "loop.py" in fatal["NIDRA_TRACEBACK"]


def test_a_crashed_kernel_comes_back_by_the_hardware_watchdog(box):
    bedside = Bedside(box("crash", steady=True))
    bedside.sh(
        "install -D -m 644 /usr/share/nidra-box/systemd/hardware-watchdog.conf "
        "/etc/systemd/system.conf.d/nidra-box.conf && systemctl daemon-reexec && sync"
    )
    bedside.press()
    bedside.wait_until("playing")
    boot_id = bedside.sh("cat /proc/sys/kernel/random/boot_id")
    with contextlib.suppress(Gone):
        bedside.guest.run(
            "echo 0 > /proc/sys/kernel/panic; echo 1 > /proc/sys/kernel/sysrq; "
            "(sleep 0.5; echo c > /proc/sysrq-trigger) > /dev/null 2>&1 &",
            timeout=5,
        )
    bedside.guest.wait_up(150, other_than=boot_id)
    bedside.ready(60)
    # a new boot, whose clock began at the watchdog's reset
    print(f"kernel crashed: the box is back {bedside.guest.uptime():.1f} s after the reset")
    assert bedside.status()["phase"] == "idle"
    assert not bedside.is_lit(3.0)
    bedside.latency_ms()
    bedside.wait_until("playing")
