"""Half an hour of sound while the processor and the disk of the guest are busy.

In a steady guest, whose one processor the box has to share: a gap is the box's own.
"""

import json
import os

import numpy as np

from tests.rig import reference
from tests.rig.bedside import Bedside

MINUTES = int(os.environ.get("RIG_SOAK_MINUTES", "30"))
BEAT_S, LATE_S = 3.0, 2.0
"""A tenth of the unit's WatchdogSec; how late a beat may be before it is a missed one."""
WARM_UP = 5
RSS_KIB, GROWTH_KIB_PER_MINUTE = 64 * 1024, 20.0
"""Of eight hours at that growth, 10 MiB."""


def rss_kib(bedside):
    return int(bedside.sh(f"awk '/VmRSS/ {{print $2}}' /proc/{bedside.pid()}/status"))


def beat_age_s(bedside):
    """How long ago systemd has heard from the box."""
    unit = "systemctl show -P WatchdogTimestampMonotonic nidra-box"
    at_us, now_s = bedside.sh(f"{unit}; cut -d ' ' -f 1 /proc/uptime").split()
    return float(now_s) - int(at_us) / 1e6


def test_under_load_there_is_no_gap_and_no_missed_beat(box, tmp_path):
    bedside = Bedside(box("soak", steady=True))
    bedside.configure("programmes: [lower-back-night]\n")
    bedside.open_the_card()
    bedside.sh("sleep 2")
    began = bedside.mark()
    # Ordinary busyness: a program that computes all the time and one that writes all the time,
    # as other services of the machine run.
    bedside.sh(
        "systemd-run -q --unit=busy python3 -c 'while True: sum(range(10**6))'; "
        "systemd-run -q --unit=writes sh -c "
        "'while :; do dd if=/dev/zero of=/var/tmp/soak bs=1M count=64 conv=fsync; done'"
    )
    bedside.press()
    rss, ages = [], []
    for _ in range(MINUTES):
        for _ in range(6):
            bedside.sh("sleep 9.95", timeout=70)
            ages.append(beat_age_s(bedside))
        rss.append(rss_kib(bedside))
    bedside.sh("sleep 5; systemctl stop busy writes")
    status = bedside.status()
    sound = bedside.heard(began).sound
    growth = np.polyfit(range(len(rss[WARM_UP:])), rss[WARM_UP:], 1)[0]
    print(f"RSS every minute: {rss} KiB, growing by {growth:.1f} KiB a minute")
    print(f"the last beat was {max(ages):.1f} s ago at most, asked {len(ages)} times")
    assert status["phase"] == "playing"
    reference.is_as_rendered(bedside, sound, MINUTES, tmp_path)
    assert max(ages) <= BEAT_S + LATE_S
    assert not any("watchdog" in line.lower() for line in bedside.diary())
    bedside.hold()
    bedside.wait_until("idle")
    night = json.loads(bedside.sh("nidra-box last-night --json"))["nights"][-1]
    print(f"in the night's own words: {night}")
    assert night["restarts"] == 0
    assert night["longest_ms"] < 1000 * BEAT_S
    assert max(rss) <= RSS_KIB
    assert growth <= GROWTH_KIB_PER_MINUTE
