"""`nidra-box doctor` on the installed box: thirteen faults planted in the real machine, and none."""

import json

import numpy as np
import pytest
import yaml

from tests.rig.bedside import BUTTON, FULL_DISK, KNOB_A, KNOB_B, SETTINGS, Bedside
from tests.rig.installed import BEDS

OWN = "/var/lib/nidra-box"
PACKAGES = "/usr/local/lib/python3.13/dist-packages"
CONFIG_TXT = "/boot/firmware/config.txt"

FAULTS = {
    # what is planted: (command, its undoing, subject of the finding, words of message or mend)
    "the button is held down": (
        f"rigpio press {BUTTON}",
        f"rigpio release {BUTTON}",
        "button",
        "held down?",
    ),
    "another program has a pin of the knob": (
        f"(gpiomon -c gpiochip0 {KNOB_A} > /dev/null 2>&1 &); sleep 1",
        "pkill gpiomon; sleep 1",
        "knob",
        "gpiomon",
    ),
    "a HAT wants a pin of ours": (
        f"sed -i.kept '$ a dtoverlay=iqaudio-digiampplus' {CONFIG_TXT}",
        f"mv {CONFIG_TXT}.kept {CONFIG_TXT}",
        "knob",
        "iqaudio",
    ),
    "the overlay of the PWM is missing": (
        f"rmmod rig-pwm; sed -i.kept /pwm-2chan/d {CONFIG_TXT}",
        f"modprobe rig-pwm device=3f20c000.pwm; mv {CONFIG_TXT}.kept {CONFIG_TXT}",
        "light",
        "dtoverlay=pwm",
    ),
    "a setting is misspelt": (
        f"sed -i 's/^programmes:/programms:/' {SETTINGS}",
        f"sed -i 's/^programms:/programmes:/' {SETTINGS}",
        "settings",
        "did you mean 'programmes'",
    ),
    "a programme of one's own has mistakes": (
        f"printf 'format: nidra-script/1\\ntitel: x\\n' > {OWN}/programmes/mine.yaml",
        f"rm {OWN}/programmes/mine.yaml",
        "script",
        "mine.yaml",
    ),
    "a recording cannot be played": (
        f"echo torn > {OWN}/library/torn.flac",
        f"rm {OWN}/library/torn.flac",
        "recordings",
        "torn.flac",
    ),
    "the sound is muted": (
        "amixer -q sset Master mute",
        "amixer -q sset Master unmute",
        "mixer",
        "muted",
    ),
    "the service's user is not in the group audio": (
        "gpasswd -d nidra-box audio",
        "gpasswd -a nidra-box audio",
        "group audio",
        "usermod -aG audio nidra-box",
    ),
    "the state folder belongs to somebody else": (
        f"chown root:root {OWN}; chmod 755 {OWN}",
        f"chown nidra-box:nidra-box {OWN}; chmod 2775 {OWN}",
        "state folder",
        "chown",
    ),
    "the disk is full": (
        *FULL_DISK,
        "free space",
        "make room",
    ),
    "lgpio is the empty package of PyPI": (
        f"mkdir -p {PACKAGES}/lgpio-0.0.0.2.dist-info && : > {PACKAGES}/lgpio.py && "
        f"printf 'Metadata-Version: 2.1\\nName: lgpio\\nVersion: 0.0.0.2\\n' "
        f"> {PACKAGES}/lgpio-0.0.0.2.dist-info/METADATA",
        f"rm -r {PACKAGES}/lgpio.py {PACKAGES}/lgpio-0.0.0.2.dist-info",
        "lgpio",
        "empty",
    ),
    "a bed is torn": (
        f"truncate -s 1000 {BEDS}/bed-brown-*.wav",
        "cd /; runuser -u nidra-box -- nidra-box beds --quiet",
        "beds",
        "nidra-box beds",
    ),
}


@pytest.fixture(scope="module")
def bedside(module_box):
    bedside = Bedside(module_box("doctor", steady=True))
    bedside.sh("amixer -q sset Master 100% unmute")  # the guest's card comes up at -20 dB
    bedside.sh("systemctl stop nidra-box")  # else the pins are its own, which it also sees
    return bedside


def findings(bedside):
    ran = bedside.guest.run("nidra-box doctor --json")  # as root, which looks as nidra-box
    assert ran.err == ""
    return {f["subject"]: f for f in json.loads(ran.out)["findings"]}


def unwell(found):
    return {subject: f for subject, f in found.items() if f["level"] not in ("ok", "unknown")}


def test_on_a_good_box_all_is_well(bedside):
    print(bedside.guest.run("nidra-box doctor").out)
    assert unwell(findings(bedside)) == {}
    bedside.sh("systemctl start nidra-box")
    assert unwell(findings(bedside)) == {}, "with the box running"
    bedside.sh("systemctl stop nidra-box")


def test_it_breathes_once_and_is_dark_again(bedside):
    bedside.sh("(nidra-box doctor --light > /root/light 2>&1; echo $? >> /root/light) &")
    duties = [duty for _, duty in bedside.light(25.0)]
    said = bedside.sh("cat /root/light").splitlines()
    print(said, f"{len(duties)} writes, up to a duty of {max(duties):.3f}")
    assert said[-1] == "0"
    assert len(duties) > 100
    assert max(duties) > 0.05
    assert (duties[0], duties[-1]) == (0.0, 0.0)


def test_it_plays_the_bowl_softly(bedside):
    before = bedside.mark()
    tried = bedside.guest.run("nidra-box doctor --sound")
    bedside.sh("sleep 3")
    heard = bedside.heard(before)
    peak_db = 20 * np.log10(np.abs(heard.sound).max() + 1e-9)
    print(tried.err, f"peak {peak_db:.1f} dBFS")
    assert tried.rc == 0
    assert -60.0 < peak_db < -10.0  # a night begins at -20 dB
    assert not heard.sound[-heard.rate :].any()


@pytest.mark.parametrize(("edges", "reverse"), [(4, False), (2, True)])
def test_it_learns_the_knob_and_writes_it_down(bedside, edges, reverse):
    lines = f"{KNOB_B} {KNOB_A}" if reverse else f"{KNOB_A} {KNOB_B}"
    cycles = 10 * edges // 4
    bedside.sh(f"cp {SETTINGS} /root/kept.yaml")
    try:
        bedside.sh(
            "(nidra-box doctor --knob --write --json "
            "> /root/learnt.json 2> /root/learnt.err < /dev/null &)"
        )
        for asked, clicks in (("to the right", cycles), ("to the left", -cycles)):
            bedside.guest.wait_for(f"grep -q '{asked}' /root/learnt.err", 30)
            bedside.sh(f"rigpio turn {lines} {clicks} 2; sleep 1")
            bedside.press()
        bedside.guest.wait_for("grep -q 'three times' /root/learnt.err", 30)
        for _ in range(3):
            bedside.sh("sleep 1")
            bedside.press()
        bedside.guest.wait_for("! pgrep -f '[d]octor --knob'", 60)
        learnt = json.loads(bedside.sh("cat /root/learnt.json"))
        print(learnt["settings"], [f["message"] for f in learnt["findings"]])
        assert learnt["settings"] == {"knob": {"steps_per_detent": edges, "reverse": reverse}}
        assert learnt["written"] == reverse  # the other knob is as the settings say already
        if learnt["written"]:
            written = yaml.safe_load(bedside.sh(f"cat {SETTINGS}"))["knob"]
            assert (written["steps_per_detent"], written["reverse"]) == (edges, reverse)
    finally:
        bedside.sh(f"cp /root/kept.yaml {SETTINGS}")


@pytest.mark.parametrize("fault", FAULTS)
def test_it_finds_the_fault_and_names_the_mend(bedside, fault):
    plant, mend, subject, words = FAULTS[fault]
    sound = set(unwell(findings(bedside)))
    bedside.sh(plant)
    try:
        found = unwell(findings(bedside))
    finally:
        bedside.sh(mend, timeout=300)
    new = {name: f for name, f in found.items() if name not in sound}
    print(fault, "->", [(n, f["message"], f["mend"]) for n, f in new.items()])
    hits = [f for name, f in new.items() if subject in name]
    assert hits, f"nothing about the {subject}: {sorted(new)}"
    assert any(words in f"{f['message']} {f['mend']}" for f in hits)
    assert all(f["mend"] for f in hits)
    assert set(unwell(findings(bedside))) == sound
