"""Recordings on the installed box: put in by a member of its group, or on a stick; never taken in
while a night plays."""

import json
import os
import re

import numpy as np
import pytest
import soundfile

from nidra_box.library.intake.store import Index, make_store
from nidra_box.library.intake.take import take_in
from nidra_box.library.person import Lamp, Light, Person, write_person
from nidra_box.library.record import PERSON, read_record
from tests.rig import reference
from tests.rig.bedside import LIBRARY, RATE_HZ, Bedside
from tests.support.store import exact_score, rendered, with_bell

STORE = "/var/lib/nidra-box/recordings"
UNITS = ("nidra-box-library.service", "nidra-box-stick@sda1.service", "nidra-box-hush.service")
CGROUP = "/sys/fs/cgroup/system.slice/nidra-box-library.service/cgroup.events"
STICK_MB = int(os.environ.get("RIG_STICK_MB", "64"))
MINUTES = float(os.environ.get("RIG_LIBRARY_MINUTES", "3"))
"""Of the night with a bell; 20 were asked of it once."""
BELL_SHARE = 0.6
DARK = Person(light=Light(Lamp.NONE))
SOON_S = 240.0
"""20 s that it must lie still, and an emulated processor that decodes beside others."""


def noise(folder, name, seconds, seed=1):
    path = folder / name
    wave = np.random.default_rng(seed).normal(0.0, 0.01, round(seconds * RATE_HZ))
    soundfile.write(path, wave.astype(np.float32), RATE_HZ)
    return path


def stick(bedside, files):
    """A stick (the file of its disk) with `files` in its folder `nidra-box`, formatted and filled by
    the guest itself and pulled out again."""
    guest = bedside.guest
    disk = guest.folder / "stick.img"
    disk.unlink(missing_ok=True)
    with disk.open("wb") as stream:
        stream.truncate(STICK_MB << 20)
    guest.plug_stick(disk)
    guest.wait_for("[ -b /dev/sda ]", 30)
    bedside.sh("mkfs.vfat -n MUSIC /dev/sda && mount /dev/sda /mnt && mkdir /mnt/nidra-box")
    for file in files:
        guest.put(file, f"/mnt/nidra-box/{file.name}")
    bedside.sh("umount /mnt && sync")
    unplug(bedside)
    return disk


def unplug(bedside):
    bedside.guest.unplug_stick()
    bedside.guest.wait_for("[ ! -e /dev/sda ]", 30)


def is_taken_in(bedside, name, seconds=SOON_S):
    """Wait until the box knows it as ready; its id."""
    bedside.guest.wait_for(f'grep -q \'"name": "{name}"\' {STORE}/index.json', seconds, every=2.0)
    index = json.loads(bedside.sh(f"cat {STORE}/index.json"))
    return next(each["id"] for each in index["recordings"] if each["name"] == name)


@pytest.mark.quick
def test_what_takes_recordings_in_may_do_next_to_nothing(box):
    bedside = Bedside(box("tight"))
    for unit in UNITS:
        verify = bedside.guest.run(f"systemd-analyze verify {unit}")
        assert (verify.rc, verify.out + verify.err) == (0, ""), unit
        last = bedside.sh(f"systemd-analyze security {unit} --no-pager | tail -1")
        print(last)
        exposure = float(re.search(r": ([\d.]+)", last)[1])
        assert exposure <= (1.0 if unit == UNITS[0] else 2.5), (
            unit
        )  # the others ask systemd, or mount


def test_what_a_member_of_the_group_puts_in_is_ready_without_a_command(box, tmp_path):
    bedside = Bedside(box("member"))
    bedside.sh("useradd -m -G nidra-box anna")
    bedside.guest.put(noise(tmp_path, "rain.flac", 30.0), "/home/anna/rain.flac")
    bedside.sh("chmod 644 /home/anna/rain.flac")
    bedside.sh(f"cp /home/anna/rain.flac {LIBRARY}/", user="anna")
    programme = is_taken_in(bedside, "rain.flac")
    print(bedside.sh("journalctl -b -u nidra-box-library -o short-monotonic --no-pager"))
    owner = bedside.sh(f"stat -c '%U %G' {STORE}/{programme}/record.json")
    assert owner == "nidra-intake nidra-box"
    rows = json.loads(bedside.sh("nidra-box programmes --json", user="anna"))["programmes"]
    assert [row["state"] for row in rows if row["id"] == programme] == ["ready"]
    bedside.configure(f"programmes: [{programme}]\n")
    began = bedside.mark()
    bedside.press()
    bedside.wait_until("playing")
    bedside.sh("sleep 8")
    assert bedside.heard(began).sound.any()
    assert bedside.sh(f"cmp /home/anna/rain.flac {LIBRARY}/rain.flac && echo same") == "same"


def test_while_a_session_runs_the_intake_is_frozen(box, tmp_path):
    bedside = Bedside(box("frozen"))
    bedside.configure("programmes: [lower-back-night]\n")
    bedside.guest.put(noise(tmp_path, "long.flac", 300.0), f"{LIBRARY}/.long")
    bedside.sh(f"touch -d '1 hour ago' {LIBRARY}/.long && mv {LIBRARY}/.long {LIBRARY}/long.flac")
    bedside.guest.wait_for(f"grep -q taking {STORE}/library.json", SOON_S)
    bedside.press()
    began_s = bedside.guest.uptime()
    bedside.guest.wait_for(f"grep -q 'frozen 1' {CGROUP}", 60, every=0.05)
    frozen_s = bedside.guest.uptime() - began_s
    bedside.wait_until("playing")
    before = bedside.sh(f"cat {STORE}/library.json")
    bedside.sh("sleep 20")
    assert bedside.sh(f"cat {STORE}/library.json") == before
    bedside.hold()
    bedside.wait_until("idle")
    ended_s = bedside.guest.uptime()
    bedside.guest.wait_for(f"grep -q 'frozen 0' {CGROUP}", 120)
    thawed_s = bedside.guest.uptime() - ended_s
    print(
        f"frozen {frozen_s:.2f} s after the press was let go, thawed {thawed_s:.1f} s after its end"
    )
    assert frozen_s <= 15.0  # asked is one on a Pi; seen on this emulated processor: 2.2 and 6.8
    assert 50.0 <= thawed_s <= 75.0
    is_taken_in(bedside, "long.flac", 2 * SOON_S)


def test_a_stick_is_taken_in_and_answered_only_to_whoever_is_there(box, tmp_path):
    bedside = Bedside(box("stick", sound="usb"))
    bedside.sh("amixer -q -c 0 info >/dev/null || true")
    disk = stick(bedside, [noise(tmp_path, "tide.flac", 20.0)])
    bedside.guest.plug_stick(disk)
    is_taken_in(bedside, "tide.flac")
    assert max(duty for _, duty in bedside.light(45.0)) == 0.0  # nobody had touched the box
    assert "tide.flac" in bedside.sh(f"cat {STORE}/taken-in.txt")
    mounted = bedside.sh("cat /proc/[0-9]*/mountinfo | grep -c ' - vfat ' || true")
    assert mounted == "0"
    unplug(bedside)

    (tmp_path / "page.flac").write_text("<!doctype html>" + "x" * 5000)
    for names, lit_s in ((["rain.flac"], 12.0), (["page.flac"], 5.0)):
        files = [tmp_path / name for name in names]
        if names == ["rain.flac"]:
            noise(tmp_path, "rain.flac", 20.0, seed=2)
        disk = stick(bedside, files)
        bedside.turn(1)
        bedside.guest.plug_stick(disk)
        shown = [(at, duty) for at, duty in bedside.light(150.0) if duty > 0.0]
        assert shown, names
        lit = shown[-1][0] - shown[0][0]
        duties = np.array([duty for _, duty in shown])
        tops = int(np.count_nonzero(np.diff((duties > duties.max() / 2).astype(int)) == 1))
        print(f"{names}: lit for {lit:.1f} s, {len(shown)} writes, at most {duties.max():.4f}")
        assert lit == pytest.approx(lit_s, abs=1.0)
        assert duties.max() <= 0.0299  # L* 20
        assert tops + (duties[0] > duties.max() / 2) == (2 if lit_s == 12.0 else 1)
        unplug(bedside)
    assert "it is a web page" in bedside.sh(f"cat {STORE}/taken-in.txt")


def test_a_stick_that_is_put_in_while_a_night_plays_waits(box, tmp_path):
    bedside = Bedside(box("waits", sound="usb"))
    disk = stick(bedside, [noise(tmp_path, "tide.flac", 20.0)])
    bedside.configure("programmes: [lower-back-night]\n")
    bedside.wait_for_sound(45)
    bedside.press()
    bedside.wait_until("playing")
    bedside.guest.plug_stick(disk)
    bedside.guest.wait_for("[ -b /dev/sda ]", 30)
    bedside.sh("sleep 20")
    assert (
        bedside.guest.run("systemctl is-active nidra-box-stick@sda.service").out.strip()
        == "inactive"
    )
    assert bedside.guest.run(f"ls {LIBRARY}/tide.flac").rc != 0
    assert bedside.status()["phase"] == "playing"
    bedside.hold()
    bedside.wait_until("idle")
    bedside.sh("sleep 5")
    assert max(duty for _, duty in bedside.light(80.0)) == 0.0  # it is night
    is_taken_in(bedside, "tide.flac")
    assert bedside.restarts() == 0


@pytest.mark.parametrize("with_stick", [False, True], ids=["alone", "stick"])
def test_a_bell_in_the_dark_is_held_down_to_the_end_whatever_waits(box, tmp_path, with_stick):
    """By the guest's own clock: to the frame what is rendered offline, and zeros behind it."""
    programme = put_in_store(
        tmp_path, with_bell(soft_noise(60.0 * MINUTES), BELL_SHARE * 60.0 * MINUTES)
    )
    bedside = Bedside(box(f"bell-{with_stick:d}", sound="usb", steady=True))
    disk = stick(bedside, [large(tmp_path)]) if with_stick else None
    bedside.guest.put(tmp_path / "store", STORE)
    bedside.sh(f"chown -R nidra-intake:nidra-box {STORE}")
    bedside.configure(f"programmes: [{programme}]\n")
    bedside.wait_for_sound(45)
    bedside.sh("sleep 2")
    began = bedside.mark()
    bedside.press()
    if disk is not None:
        bedside.sh("sleep 20")
        bedside.guest.plug_stick(disk)
    bedside.sh(f"sleep {60 * MINUTES}", timeout=60 * MINUTES + 60)
    bedside.wait_until("idle", 60)
    bedside.sh("sleep 10")
    heard = bedside.heard(began).sound[:, 0]
    score = exact_score(tmp_path / "store", read_record(tmp_path / "store" / programme), DARK)
    wanted = rendered(tmp_path / "store", score)[:, 0]
    fade_s = score.tracks[0].fade_frames / RATE_HZ
    found = reference.compare(
        heard, wanted, reference.VOLUME_DB, reference.FADED_IN_S, len(wanted) / RATE_HZ - fade_s - 1
    )
    card_db = np.median(found.level_error_db)  # this card's own volume stands somewhere
    off = np.abs(found.level_error_db - card_db).max()
    print(f"slips {found.slips}, the card at {card_db:.2f} dB, level within {off:.3f} dB")
    assert found.slips == []
    assert off <= 0.5
    levels = levels_400ms(heard[found.offset : found.offset + len(wanted)])
    bell = round(BELL_SHARE * 600.0 * MINUTES)
    before = np.percentile(levels[200 : bell - 5], 95)
    print(f"the bell: {levels[bell - 5 : bell + 30].max() - before:.1f} dB above the reference")
    assert levels[bell - 5 : bell + 30].max() <= before + 8.5
    rises = np.diff(levels[: bell - 20 : 5]) / 0.5
    print(f"the steepest rise {np.nanmax(rises):.1f} dB/s, the end {levels[-3:]} dB")
    assert np.nanmax(rises[levels[: bell - 20 : 5][:-1] > -84.0]) <= 7.0
    assert not heard[found.offset + len(wanted) :].any()  # zeros, and no light
    assert not bedside.is_lit(1.0)
    assert bedside.status()["faults"] == []
    assert bedside.restarts() == 0


def soft_noise(seconds):
    wave = np.random.default_rng(5).normal(0.0, 10 ** (-45 / 20), (round(seconds * RATE_HZ), 1))
    return wave.astype(np.float32)


def put_in_store(folder, sound):
    """Take a sound in here, dark from its beginning; the id."""
    path, store = folder / "bell.flac", folder / "store"
    soundfile.write(path, sound, RATE_HZ)
    make_store(store)
    record = take_in(path, store, person=DARK, must_stay=0)
    Index(store).put(record, path.name)
    write_person(store / record.id / PERSON, DARK)
    return record.id


def large(folder):
    path = folder / "large.wav"
    path.write_bytes(np.random.default_rng(1).bytes((STICK_MB - 8) << 20))
    return path


def levels_400ms(sound):
    rows = (sound[: len(sound) // 4800 * 4800].reshape(-1, 4800) ** 2).mean(axis=1)
    return 10 * np.log10(np.convolve(rows, np.ones(4) / 4, "valid") + 1e-12)
