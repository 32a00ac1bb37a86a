"""The package on a clean image: there without a hand, tight, and gone without a trace."""

import json
import re
import subprocess

import pytest

from nidra_box.sound.beds import RECIPES, file_name
from tests.rig import installed as installing
from tests.rig.bedside import Bedside
from tests.rig.guests import Guest


@pytest.mark.quick
def test_after_the_installation_the_box_runs_as_its_own_user(box):
    bedside = Bedside(box("clean", steady=True))
    assert bedside.sh("systemctl is-active nidra-box") == "active"
    assert bedside.sh("systemctl is-enabled nidra-box") == "enabled"
    assert bedside.sh(f"stat -c %U /proc/{bedside.pid()}") == "nidra-box"
    assert bedside.status()["phase"] == "idle"
    assert not bedside.is_lit(1.0)
    print(bedside.sh("systemctl status nidra-box --no-pager | head -12"))

    verify = bedside.guest.run("systemd-analyze verify nidra-box.service nidra-box-config.path")
    assert (verify.rc, verify.out + verify.err) == (0, "")
    last = bedside.sh("systemd-analyze security nidra-box --no-pager | tail -1")
    print(last)
    exposure = re.search(r"nidra-box\.service: ([\d.]+)", last)
    assert exposure
    assert float(exposure[1]) <= 1.0
    described = json.loads(bedside.sh("nidra-box status --json"))
    assert described["faults"] == []
    assert described["light"] == "the light on the kernel's PWM"


def test_it_starts_with_the_power(box):
    bedside = Bedside(box("power-on", warm=False))
    bedside.ready(60)
    print(bedside.sh("systemd-analyze time | head -1"))
    print(bedside.sh("journalctl -b -u nidra-box -o short-monotonic --no-pager"))
    assert not bedside.lit_since_boot(above=0.0)
    assert not bedside.is_lit(1.0)
    assert bedside.status()["light"] == "the light on the kernel's PWM"
    bedside.latency_ms()
    bedside.wait_until("playing", 10)


def test_the_installation_makes_the_beds_and_says_so(image):
    """Minutes for the guest: the other tests are given theirs."""
    package = installing.package()
    with Guest.boot("beds", warm=True) as guest:
        guest.put(package, f"/root/{package.name}")
        # Pins and group as the package makes them, not as the image has them.
        guest.sh(
            "rm /etc/udev/rules.d/60-rig-gpio.rules; groupdel gpio; udevadm control --reload; "
            "chown root:root /dev/gpiochip0; chmod 600 /dev/gpiochip0"
        )
        said = guest.sh(f"dpkg -i /root/{package.name} 2>&1", timeout=900)
        print(said)
        assert "looking after the sounds" in said
        hashes = [file_name(name) + ".sha256" for name in RECIPES]
        guest.sh(f"cd {installing.BEDS} && sha256sum --quiet -c {' '.join(hashes)}")
        guest.sh("systemctl is-active nidra-box")
        assert guest.sh("stat -c '%G %a' /dev/gpiochip0") == "gpio 660"
        assert json.loads(guest.sh("nidra-box status --json"))["faults"] == []


def another_version(package, folder, version="9+", says="a later box", more=()):
    """`package` as another version, which says so when it is ready; the files of the packages
    `more` are in it, too."""
    tree = folder / f"tree-{version}"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    for other in more:
        subprocess.run(["dpkg-deb", "-x", other, tree], check=True)
    for file, old, new in (
        (tree / "DEBIAN/control", "\nVersion: ", f"\nVersion: {version}"),
        (
            tree / "usr/lib/nidra-box/nidra_box/diary/entries.py",
            '"ready: ',
            f'"ready, {says}: ',
        ),
    ):
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
    made = folder / f"{says.replace(' ', '-')}.deb"
    subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "-b", tree, made], check=True, capture_output=True)
    return made


def test_an_upgrade_waits_until_the_night_is_over(box, tmp_path):
    bedside = Bedside(box("upgrade"))
    package = another_version(installing.package(), tmp_path)
    bedside.guest.put(package, f"/root/{package.name}")
    bedside.configure("programmes: [lower-back-night]\n")
    bedside.press()
    bedside.wait_until("playing")
    pid = bedside.pid()
    bedside.sh(f"dpkg -i --force-confold /root/{package.name}", timeout=900)
    bedside.sh("sleep 5")
    print(bedside.sh("journalctl -b -u nidra-box -o short-monotonic --no-pager | tail -40"))
    assert (bedside.pid(), bedside.status()["phase"]) == (pid, "playing")
    assert not any("a later box" in line for line in bedside.diary())
    began = bedside.mark()
    bedside.sh("sleep 20")
    assert bedside.heard(began).sound.any()
    assert bedside.status()["faults"] == []
    bedside.hold()
    bedside.guest.wait_for(f"[ $(systemctl show -P MainPID nidra-box) != {pid} ]", 30)
    bedside.ready(45)
    assert bedside.status()["phase"] == "idle"
    print("\n".join(bedside.diary()[-12:]))
    assert any("a later box" in line for line in bedside.diary())


def test_an_upgrade_from_one_package_to_two_lets_the_night_play_on(box, tmp_path):
    """Up to 0.1.0 the studio was in nidra-box."""
    bedside = Bedside(box("split"))
    package = installing.package()
    studio = package.with_name(package.name.replace("nidra-box", "nidra-box-studio"))
    both = another_version(package, tmp_path, "0.1.0~was.", "an earlier box", [studio])
    for file in (both, package, studio):
        bedside.guest.put(file, f"/root/{file.name}")
    pid = bedside.pid()
    bedside.sh(f"dpkg -i --force-confold /root/{both.name}", timeout=900)
    bedside.guest.wait_for(f"[ $(systemctl show -P MainPID nidra-box) != {pid} ]", 60)
    bedside.ready(60)
    assert "an earlier box" in [line for line in bedside.diary() if "ready" in line][-1]
    bedside.configure("programmes: [lower-back-night]\n")
    bedside.press()
    bedside.wait_until("playing")
    pid, began = bedside.pid(), bedside.mark()
    # The guest has no matplotlib, which only the charts need.
    told = bedside.sh(
        f"dpkg -i --force-confold --force-depends /root/{package.name} /root/{studio.name} 2>&1",
        timeout=900,
    )
    print(told)
    bedside.sh("sleep 20")
    assert (bedside.pid(), bedside.status()["phase"]) == (pid, "playing")
    assert bedside.heard(began).sound.any()
    assert bedside.status()["faults"] == []
    owner = bedside.sh("dpkg -S /usr/lib/nidra-box/nidra_box/studio/__init__.py")
    assert owner.startswith("nidra-box-studio:")
    bedside.sh("cd /tmp && nidra-box new my-night")
    bedside.hold()
    bedside.guest.wait_for(f"[ $(systemctl show -P MainPID nidra-box) != {pid} ]", 30)
    bedside.ready(45)
    assert "an earlier box" not in [line for line in bedside.diary() if "ready" in line][-1]

    pid = bedside.pid()
    bedside.sh("dpkg --purge nidra-box-studio")
    assert not bedside.sh("ls -d /usr/lib/nidra-box/nidra_box/studio || true")
    refused = bedside.guest.run("nidra-box simulate")
    assert (refused.rc, "nidra-box-studio" in refused.err) == (2, True)
    assert (bedside.pid(), bedside.status()["phase"]) == (pid, "idle")


def test_a_purge_leaves_a_persons_recordings_and_nothing_else(box):
    bedside = Bedside(box("purge"))
    bedside.sh("echo mine > /var/lib/nidra-box/library/mine.flac")
    said = bedside.sh("dpkg --purge nidra-box 2>&1", timeout=120)
    print(said)
    left = bedside.sh(
        "find / -xdev \\( -name '*nidra*' -o -path '*nidra-box/*' \\) "
        "-not -path '/proc/*' -not -path '/var/log/*' -not -path '/root/*' "
        "-not -path '/var/lib/systemd/*' || true"
    ).splitlines()
    print(left)
    assert "/var/lib/nidra-box/library/mine.flac" in left
    assert set(left) <= {
        "/var/lib/nidra-box",
        "/var/lib/nidra-box/library",
        "/var/lib/nidra-box/library/mine.flac",
    }


def test_other_guests_of_the_image_have_no_box(image):
    """The image itself is clean: what the tests above find came from the package."""
    with Guest.boot("bare", warm=True) as guest:
        assert guest.run("command -v nidra-box").rc != 0
