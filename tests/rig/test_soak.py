"""Half an hour of sound while the processor and the disk of the guest are busy."""

import os

import numpy as np

from tests.rig import reference
from tests.rig.bedside import SLOW, Bedside
from tests.rig.test_first_minutes import FADED_IN_S, VOLUME_DB

MINUTES = float(os.environ.get("RIG_SOAK_MINUTES", "30"))


def rss_kib(bedside):
    return int(bedside.sh(f"awk '/VmRSS/ {{print $2}}' /proc/{bedside.pid()}/status"))


def test_under_load_there_is_no_gap_and_no_missed_beat(box, tmp_path):
    bedside = Bedside(box("soak"))
    bedside.configure(SLOW + "programmes: [lower-back-night]\n")
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
    for _ in range(round(MINUTES)):
        bedside.sh("sleep 60", timeout=120)
        rss.append(rss_kib(bedside))
    bedside.sh("sleep 5; systemctl stop busy writes")
    status = bedside.status()
    left = bedside.heard(began).sound[:, 0]
    rendered = reference.render("lower-back-night", f"{round(MINUTES)}:00", tmp_path)
    found = reference.compare(left, rendered, VOLUME_DB, FADED_IN_S, MINUTES * 60 - 1)
    errors = np.abs(found.level_error_db)
    print(
        f"{len(errors)} s under load: level within {errors.max():.3f} dB, slips {found.slips}, "
        f"difference at most {found.worst_residue_db:.1f} dB of the sound; RSS {rss} KiB"
    )
    assert status["phase"] == "playing"
    assert found.slips == []
    assert errors.max() <= 0.5
    assert bedside.restarts() == 0
    assert not any("watchdog" in line.lower() for line in bedside.diary())
    half = len(rss) // 2
    assert np.mean(rss[half:]) - np.mean(rss[:half]) <= 1024
