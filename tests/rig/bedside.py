"""The box in a guest, as a person beside it has it: hands on its lines, ears on its recording.

`Bedside` is what the tests of the box stand on; `Guest` knows nothing of the box.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from tests.rig.channel import Failed
from tests.rig.guests import Guest
from tests.rig.recording import HEADER, Recording

BUTTON, KNOB_A, KNOB_B, LAMP = 23, 22, 27, 12
LIBRARY = "/var/lib/nidra-box/library"
SETTINGS = "/etc/nidra-box/nidra-box.yaml"
FRAME_BYTES, RATE_HZ = 4, 48_000
STATUS = (
    'python3 -SEc \'import json, time; box = json.load(open("/run/nidra-box/status.json")); '
    'runs = box["phase"] in ("playing", "winding down"); '
    'since = (time.monotonic() - box["at_s"]) * runs; '
    'box["position_s"] = box["position_s"] and box["position_s"] + since; '
    "print(json.dumps(box))'"
)
"""What `nidra-box status --json` reads, without its start: at once here, not after five seconds."""

FULL_DISK = (
    "fallocate -l $(($(df --output=avail -B1 / | tail -1) * 99 / 100)) /full; "
    "dd if=/dev/zero of=/full.rest bs=1M status=none; sync; true",
    "rm -f /full /full.rest",
)
"""A fault, and what undoes it."""

TONE_HZ, TONE_DB = 997.0, -4.0
"""Every level of the box shows in it; a prime, so that no window of ours hides a gap."""
LOUD = "volume: {start_db: -40, ceiling_db: 0, night_ceiling_db: 0, step_db: 0.5}\n"


class Bedside:
    """The box on `guest`. Times in seconds of this machine unless they are called the guest's."""

    def __init__(self, guest: Guest) -> None:
        self.guest = guest
        self.sh = guest.sh
        self._page = ""

    # ------------------------------------------------------------------ settings

    def configure(self, settings: str) -> None:
        """Write the settings and start the box with them; returns when it is ready."""
        self.write(SETTINGS, settings)
        self.sh("systemctl restart nidra-box", timeout=90)

    def write(self, path: str, text: str) -> None:
        self.sh(f"cat > {path} <<'END_OF_FILE'\n{text}END_OF_FILE")

    def put_tone(self, name: str = "tone.flac", seconds: float = 900.0) -> None:
        """A steady tone of TONE_HZ at TONE_DB in the box's library."""
        path = self.guest.folder / name
        at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
        tone = 10 ** (TONE_DB / 20) * np.sin(2 * np.pi * TONE_HZ * at)
        soundfile.write(path, tone.astype(np.float32), RATE_HZ)
        self.guest.put(path, f"{LIBRARY}/{name}")
        path.unlink()

    def open_the_card(self) -> None:
        """The card's own mixer at 0 dB (it starts at -20 of its scale, heard as -2.74 dB): what
        is heard then is what the box gave out."""
        self.sh("amixer -q -c 0 sset Master 100%")

    # ------------------------------------------------------------------ hands

    def press(self, seconds: float = 0.1) -> None:
        self.sh(f"rigpio tap {BUTTON} {seconds}")

    def hold(self) -> None:
        self.press(1.2)

    def turn(self, detents: int, per_second: float = 50.0, edges: int = 4) -> dict[str, Any]:
        """A turn of a knob that makes `edges` edges a detent (whole cycles of four only, so that
        it rests where it was); what rigpio says of its timing."""
        cycles, rest = divmod(detents * edges, 4)
        assert rest == 0
        text = self.sh(f"rigpio turn {KNOB_A} {KNOB_B} {cycles} {per_second * edges / 4}")
        told: dict[str, Any] = json.loads(text)
        return told

    def latency_ms(self) -> float:
        """A press; milliseconds of the guest's time until software lights the lamp."""
        return float(self.sh(f"rigpio latency {BUTTON} {LAMP}"))

    def is_lit(self, seconds: float = 0.5) -> bool:
        """Does anything light the lamp within `seconds`, or does it shine already?"""
        return any(duty > 0.0 for _, duty in self.light(seconds))

    def light(self, seconds: float) -> list[tuple[float, float]]:
        """(guest's second, duty 0 to 1) of `seconds`: how it stands, then every change."""
        found = json.loads(self.sh(f"rigpio light {LAMP} {seconds}", timeout=seconds * 5 + 60))
        return [(at, duty) for at, duty in found]

    def lit_since_boot(self, above: float = -1.0) -> list[tuple[float, float]]:
        """Every duty `above` that was written since the kernel started, as `light` gives them. To
        be asked before any other trace is made."""
        found = json.loads(self.sh(f"rigpio light-since-boot {LAMP}"))
        return [(at, duty) for at, duty in found if duty > above]

    # ------------------------------------------------------------------ what it says

    def status(self) -> dict[str, Any]:
        """How the box stands, its place as it is by now."""
        found: dict[str, Any] = json.loads(self.sh(STATUS))
        return found

    def pid(self) -> int:
        return int(self.sh("systemctl show -P MainPID nidra-box"))

    def restarts(self) -> int:
        return int(self.sh("systemctl show -P NRestarts nidra-box"))

    def new_page(self) -> None:
        """`diary` begins here from now on."""
        said = self.sh("journalctl -b -n 0 --show-cursor --no-pager")
        self._page = f"--after-cursor='{said.rpartition('cursor: ')[2].strip()}'"

    def diary(self) -> list[str]:
        """Every line of the service since `new_page`, or since the guest started."""
        return self.sh(f"journalctl -b -u nidra-box -o cat --no-pager {self._page}").splitlines()

    def entries(self, *matches: str) -> list[dict[str, str]]:
        """What the journal has of the service for `matches` (NIDRA_FAULT=1), since `new_page`."""
        ask = f"journalctl -b -u nidra-box -o json --no-pager {self._page} {' '.join(matches)}"
        return [json.loads(line) for line in self.sh(ask).splitlines()]

    def ready(self, seconds: float = 60.0) -> None:
        """Until the service is active. Raises with what it said where that takes longer."""
        try:
            self.guest.wait_for("systemctl is-active nidra-box", seconds)
        except Failed as error:
            raise Failed("\n".join([str(error), *self.diary()[-15:]])) from error

    def wait_until(self, phase: str, seconds: float = 45.0) -> float:
        """Until the box gives `phase`; the seconds that took."""
        began = time.monotonic()
        self._wait_for_status("phase", phase, seconds)
        return time.monotonic() - began

    def wait_for_sound(self, seconds: float) -> None:
        """Until the box has a card."""
        self._wait_for_status("sound", "on", seconds)

    def _wait_for_status(self, name: str, value: str, seconds: float) -> None:
        self.guest.wait_for(f'{STATUS} | grep -q \'"{name}": "{value}"\'', seconds)

    # ------------------------------------------------------------------ ears

    def mark(self) -> float:
        """Where the recording is now, in its own seconds."""
        size = self.guest.wav.stat().st_size if self.guest.wav.exists() else HEADER
        return max(0, size - HEADER) // FRAME_BYTES / RATE_HZ

    def heard(self, since: float) -> Recording:
        return Recording.load(self.guest.wav, since)

    def keep_recording(self, folder: Path, since: float) -> Path:
        """The recording from `since` on as a FLAC, to listen to."""
        recording = self.heard(since)
        path = folder / f"{self.guest.name}.flac"
        soundfile.write(path, recording.sound, recording.rate)
        return path
