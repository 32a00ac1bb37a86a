"""The machine around the guest: saved states, power cuts, the hardware watchdog, a card pulled out."""

import pytest

from tests.rig.guests import Guest
from tests.rig.places import RigError
from tests.rig.saved import folder_of


def test_a_saved_guest_goes_on_where_it_was(image):
    with Guest.boot("saving", warm=True) as guest:
        guest.sh(
            "setsid sleep 5000 > /dev/null 2>&1 < /dev/null & echo $! > /run/pid; echo kept > /root/file"
        )
        before = guest.greeting()
        guest.save("saving-test")
    with Guest.boot("saving", saved_as="saving-test") as guest:
        guest.sh("kill -0 $(cat /run/pid); grep -q kept /root/file")
        after = guest.greeting()
    assert after.boot_id == before.boot_id
    assert before.mono < after.mono < before.mono + 30
    assert folder_of("saving-test").is_dir()


def test_a_usb_card_is_pulled_out_and_put_back(image):
    with Guest.boot("unplug", warm=True, sound="usb") as guest:
        guest.wait_for("grep -q USB-Audio /proc/asound/cards", 10)
        guest.unplug_sound()
        guest.wait_for("! grep -q USB-Audio /proc/asound/cards", 10)
        guest.plug_sound()
        guest.wait_for("grep -q USB-Audio /proc/asound/cards", 10)


def test_what_cannot_be_is_refused_in_words(image):
    with pytest.raises(RigError, match="cold boot"):
        Guest.boot("refused", warm=True, power=True)


def test_a_power_cut_keeps_what_was_synced_and_the_disk_comes_back(image):
    with Guest.boot("power", power=True) as guest:
        guest.sh("echo safe > /root/synced; sync; echo unsafe > /root/unsynced")
        first = guest.greeting().boot_id
        cut = guest.kill(seed=1)
        assert cut is not None
        assert cut.writes > cut.unflushed
        guest.boot_again()
        assert guest.greeting().boot_id != first
        assert guest.sh("cat /root/synced") == "safe"
        assert guest.run("test -s /root/unsynced").rc, "nothing had asked for it to be written yet"
        assert "recovery complete" in guest.sh("dmesg")


def test_the_hardware_watchdog_resets_a_crashed_kernel(image):
    with Guest.boot("crash", warm=True) as guest:
        guest.sh(
            "mkdir -p /etc/systemd/system.conf.d;"
            "printf '[Manager]\\nRuntimeWatchdogSec=10\\n' > /etc/systemd/system.conf.d/wd.conf;"
            "systemctl daemon-reexec; sleep 1; sync"
        )
        before = guest.greeting().boot_id
        guest.sh("echo 0 > /proc/sys/kernel/panic; echo 1 > /proc/sys/kernel/sysrq")
        guest.sh("(sleep 0.5; echo c > /proc/sysrq-trigger) > /dev/null 2>&1 &")
        assert guest.wait_up(150, other_than=before).boot_id != before
