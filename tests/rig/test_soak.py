"""Half an hour of sound while the processor and the disk of the guest are busy.

In a steady guest, whose one processor the box has to share: a gap is the box's own.
"""

import os

import numpy as np

from tests.rig import reference
from tests.rig.bedside import Bedside

MINUTES = int(os.environ.get("RIG_SOAK_MINUTES", "30"))


def rss_kib(bedside):
    return int(bedside.sh(f"awk '/VmRSS/ {{print $2}}' /proc/{bedside.pid()}/status"))


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
    rss = []
    for _ in range(MINUTES):
        bedside.sh("sleep 60", timeout=120)
        rss.append(rss_kib(bedside))
    bedside.sh("sleep 5; systemctl stop busy writes")
    status = bedside.status()
    left = bedside.heard(began).sound[:, 0]
    print(f"RSS every minute: {rss} KiB")
    assert status["phase"] == "playing"
    reference.is_as_rendered(bedside, left, MINUTES, tmp_path)
    assert not any("watchdog" in line.lower() for line in bedside.diary())
    half = len(rss) // 2
    assert np.mean(rss[half:]) - np.mean(rss[:half]) <= 1024
