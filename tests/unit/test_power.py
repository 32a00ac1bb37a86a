"""Under-voltage, from files that look like the kernel's."""

import queue

from nidra_box.hardware.power import find_alarm, watch, watch_power


def hwmon(root, number, name, alarm="0\n"):
    folder = root / f"hwmon{number}"
    folder.mkdir()
    (folder / "name").write_text(name + "\n")
    (folder / "in0_lcrit_alarm").write_text(alarm)
    return folder / "in0_lcrit_alarm"


def test_the_alarm_is_found_by_its_driver(tmp_path):
    hwmon(tmp_path, 0, "cpu_thermal")
    assert find_alarm(tmp_path) is None
    wanted = hwmon(tmp_path, 1, "rpi_volt")
    assert find_alarm(tmp_path) == wanted


def test_every_dip_and_its_end_is_told_once(tmp_path):
    alarm = hwmon(tmp_path, 0, "rpi_volt")
    values = iter(["1\n", "1\n", "0\n", "1\n"])
    said = []

    def wait(descriptor):
        value = next(values, None)
        if value is not None:
            alarm.write_text(value)
        return value is not None

    watch(alarm, said.append, wait)
    assert said == [True, False, True]


def test_a_supply_that_is_weak_at_the_start_is_told(tmp_path):
    hwmon(tmp_path, 0, "rpi_volt", "1\n")
    said = queue.SimpleQueue()
    watch_power(said.put, said.put, tmp_path)
    assert said.get(timeout=10) is True


def test_no_pi_no_watch(tmp_path):
    watch_power(lambda is_low: None, lambda entry: None, tmp_path)
    watch(tmp_path / "nothing", lambda is_low: None, lambda descriptor: True)
