"""Groups, permissions, the state folder, clock, power and heat. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath

from nidra_box.doctor.finding import Finding, ok, only_for, unknown, warning, wrong
from nidra_box.doctor.machine import SERVICE, Machine

MIB = 1 << 20
FULL_MIB, TIGHT_MIB = 4, 200
HOT_C, TOO_HOT_C = 75.0, 82.0
"""From 80 °C on a Pi slows itself down, from 85 °C a lot."""
_GROUPS = {"gpio": "the button and the lamp", "audio": "the sound card"}


def groups(machine: Machine) -> list[Finding]:
    """Whether the user that runs the box is in the groups that own the devices."""
    return [_group(machine, name) for name in _GROUPS if name != "gpio" or machine.is_pi]


def _group(machine: Machine, name: str) -> Finding:
    subject, user = f"group {name}", machine.service or machine.user
    if user.is_root:
        return ok(subject, "not needed by root")
    if machine.groups is None:
        return unknown(subject, "/etc/group cannot be read")
    if name not in machine.groups:
        mend = f"sudo groupadd --system {name}, and udev rules for it (Raspberry Pi OS has both)"
        return wrong(subject, "there is no such group", mend)
    number, members = machine.groups[name]
    if number in user.groups:
        return ok(subject, f"{user.name} is in it")
    if user.name in members:
        return wrong(subject, f"{user.name} is in it, but not since this login", "log in again")
    after = f"sudo systemctl restart {SERVICE}" if user.name == SERVICE else "log in again"
    mend = f"sudo usermod -aG {name} {user.name}, then {after}"
    return wrong(subject, f"{user.name} is not in it, so not for {_GROUPS[name]}", mend)


def permissions(machine: Machine) -> Finding:
    """Whether the devices can be opened by us."""
    if machine.service is not None:
        return only_for(machine.service.name, "permissions")
    shut = [path for path, may in machine.devices.items() if not may]
    if shut:
        return wrong(
            "permissions",
            f"may not be opened by {machine.user.name}: {', '.join(shut)}",
            "the groups gpio and audio must own them; see the lines on groups, then restart the Pi",
        )
    if not machine.devices:
        return unknown("permissions", "there are no devices to look at")
    return ok("permissions", f"{len(machine.devices)} devices can be opened")


def state(machine: Machine) -> list[Finding]:
    """Whether the box can remember anything."""
    found = [_state_folder(machine)]
    free = machine.free_bytes
    if free is None:
        return [*found, unknown("free space", "cannot be told")]
    text = f"{free // MIB:,} MiB where {machine.state} lies"
    if free < FULL_MIB * MIB:
        mend = "make room; until then volume, place and nights are not remembered"
        return [*found, wrong("free space", f"the disk is full: {text}", mend)]
    if free < TIGHT_MIB * MIB:
        return [*found, warning("free space", f"only {text}", "make room")]
    return [*found, ok("free space", text)]


def _state_folder(machine: Machine) -> Finding:
    mount = _mount_of(machine)
    if mount is not None:
        where, kind, options = mount
        if kind == "overlay":
            return warning(
                "state folder",
                f"{machine.state} lies on an overlay: nothing is remembered over a restart",
                "folders: {state: …} on a partition of its own, or switch the overlay off "
                "(sudo raspi-config, Performance)",
            )
        if "ro" in options:
            mend = f"sudo mount -o remount,rw {where}; if it comes back, the SD card is worn out"
            return wrong("state folder", f"{machine.state} is read-only ({where})", mend)
    if not machine.state_writable:
        if machine.service is not None:
            return only_for(machine.service.name, "state folder", str(machine.state))
        mend = f"sudo chown -R {machine.user.name} {machine.state}"
        return wrong("state folder", f"{machine.user.name} may not write {machine.state}", mend)
    return ok("state folder", f"{machine.state} can be written")


def _mount_of(machine: Machine) -> tuple[str, str, frozenset[str]] | None:
    """The last mount on the longest way to the state folder."""
    place, best = PurePosixPath(machine.state), None
    for mount in machine.mounts or ():
        longer = best is None or len(mount[0]) >= len(best[0])
        if longer and place.is_relative_to(mount[0]):
            best = mount
    return best


def clock(machine: Machine) -> Finding:
    """Nights run on the monotonic clock; only the dates in the diary need the right time."""
    if machine.is_synchronised:
        return ok("clock", "synchronised by NTP" + (", with RTC" if machine.has_rtc else ""))
    if machine.has_rtc:
        return ok("clock", "from the RTC, not synchronised by NTP")
    mend = "sudo timedatectl set-ntp true and a network now and then, or an RTC with a battery"
    message = "no RTC and not synchronised: dates may be wrong, nights are not"
    return warning("clock", message, mend)


def power(machine: Machine) -> Finding:
    """Under-voltage since the start, as the firmware tells it."""
    if machine.under_voltage is None:
        return unknown("power", "this machine does not tell its voltage")
    if machine.under_voltage:
        mend = "a 5.1 V supply of the Pi's maker and a short, thick cable"
        return wrong("power", "under-voltage: the Pi gets less than 4.63 V", mend)
    return ok("power", "no under-voltage")


def heat(machine: Machine) -> Finding:
    """The processor's temperature now."""
    if machine.celsius is None:
        return unknown("temperature", "cannot be read")
    text = f"{machine.celsius:.0f} °C"
    if machine.celsius >= TOO_HOT_C:
        return wrong("temperature", f"{text}: the Pi slows down", "let air to it")
    if machine.celsius >= HOT_C:
        return warning(
            "temperature", f"{text}, warm for a box that does so little", "let air to it"
        )
    return ok("temperature", text)


def board_leds(machine: Machine) -> list[Finding]:
    """Whether config.txt switches the green LED off: advice, since it may be covered."""
    if machine.firmware is None:
        return []
    if machine.firmware.parameters.get("act_led_trigger") == "none":
        return [ok("board LEDs", "the green one is switched off at the start")]
    line = f"dtparam=act_led_trigger=none in {machine.firmware_file}"
    return [ok("board LEDs", f"lit; {line} makes the green one dark")]
