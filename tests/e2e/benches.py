"""Where each scenario plays: its configuration, its library and its card."""

import shutil
import sys

import numpy as np
import soundfile

from nidra_box.units import RATE_HZ
from tests.support import cards, cases
from tests.support.box import with_beds
from tests.support.scripts import changed
from tests.support.slow_disk import SlowDisk
from tests.support.store import noise, put_recording
from tests.unit.test_sources import bad_files

TONE_HZ, TONE_AMPLITUDE = 997.0, 10 ** (-4.0 / 20)
SWEEP_FROM_HZ, SWEEP_HZ_PER_S = 300.0, 20.0
"""A tone whose pitch says at which second of the recording we are."""

LOUD = """\
volume: {start_db: 0, ceiling_db: 0, night_ceiling_db: 0}
"""
CONFIGURATIONS = {
    "fifty_presses": "programmes: [lower-back-night]\n",
    "knob_turns": LOUD + "programmes: [tone.flac]\n",
    "sleep_timer": LOUD + "programmes: [tone.flac]\ntimer: {minutes: 2, wind_down_minutes: 1}\n",
    "pull_the_card": LOUD + "programmes: [sweep.flac]\n",
    "no_card_at_first": LOUD + "programmes: [sweep.flac]\n",
    "five_minutes": "programmes: [lower-back-night]\n",
    "library_of_ruins": "programmes: [odd.wav, text.mp3, good.flac]\n",
    "upgrade": "programmes: [lower-back-night, breath-lamp, tone.flac]\n",
    "crash": LOUD + "programmes: [tone.flac]\n",
    "stuck": LOUD + "programmes: [tone.flac]\n",
    "disk": "",
    "slow_disk": "programmes: [rain, tide, fresh.flac, small]\nvolume: {start_db: 0}\n",
    "evening": f"programmes: [{', '.join(cases.NOT_TAKEN_IN)}]\n",
}
SLOW_MS = {"slow_disk": 8000, "evening": 0}
"""What every open of library and store takes, where that is looked at."""
TRACK = "track: {file: rain.wav, breath: small.cues}"
ALONG = changed(("  light: {pattern: dark}", "  light: {pattern: dark}\n  " + TRACK))
ORDER = [
    "slow_disk",
    "evening",
    "five_minutes",
    "sleep_timer",
    "fifty_presses",
    "pull_the_card",
    "knob_turns",
    "disk",
    "no_card_at_first",
    "library_of_ruins",
    "upgrade",
    "crash",
    "stuck",
]


def tone(seconds, hz=TONE_HZ, per_s=0.0):
    """(frames, 1): a tone at TONE_AMPLITUDE whose pitch rises by `per_s` Hz a second."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (TONE_AMPLITUDE * np.sin(2 * np.pi * (hz * t + per_s * t**2 / 2)))[:, None].astype(
        np.float32
    )


def fill_library(folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    if name == "evening":
        for case, make in cases.MAKERS.items():
            (folder / case).write_bytes(make(folder))
        cases.put_no_files(folder)
    if name == "slow_disk":
        put_recording(folder.parent / "recordings", noise(90, -20.0, seed=1), "rain.wav")
        put_recording(folder.parent / "recordings", noise(90, -20.0, seed=2), "tide.wav")
        soundfile.write(folder / "fresh.flac", noise(90, -20.0, seed=3), RATE_HZ)
        (folder / "small.cues").write_text("0:10 inhale\n0:15 exhale\n0:20 inhale\n0:25 exhale\n")
    if "tone" in CONFIGURATIONS[name] or name == "disk":
        soundfile.write(folder / "tone.flac", tone(200.0), RATE_HZ)
        soundfile.write(folder / "other.flac", tone(200.0, 1499.0), RATE_HZ)
    if "sweep" in CONFIGURATIONS[name]:
        soundfile.write(folder / "sweep.flac", tone(200.0, SWEEP_FROM_HZ, SWEEP_HZ_PER_S), RATE_HZ)
    if name == "library_of_ruins":
        bad_files(folder)


def start(name, running):
    folder = running.folder / name
    shutil.rmtree(folder, ignore_errors=True)  # it may be the second time
    data = folder / "data"
    data.mkdir(parents=True)
    (data / "beds").symlink_to(with_beds().beds)
    disk = folder / "disk"
    fill_library(disk / "library", name)
    folders = f"state: {data}, library: {disk / 'library'}"
    if name == "slow_disk":
        folders += f", recordings: {disk / 'recordings'}"
    (folder / "box.yaml").write_text(CONFIGURATIONS[name] + f"folders: {{{folders}}}\n")
    environment = {
        "GPIOZERO_PIN_FACTORY": "mock",
        "GPIOZERO_MOCK_PIN_CLASS": "mockpwmpin",
        "PYTHONUNBUFFERED": "1",
    }
    if name == "disk":
        environment |= {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(folder / "heard.raw")}
        command = [sys.executable, "-m", "tests.e2e.disk_ring", str(folder)]
    else:
        if isinstance(cards.built(), str):
            return  # the tests skip, and say why
        card = cards.Card(folder)
        environment |= card.environment
        if name in SLOW_MS:
            environment |= SlowDisk(disk, SLOW_MS[name], folder / "opened.log").environment
        if name == "slow_disk":
            (data / "programmes").mkdir()
            (data / "programmes" / "small.yaml").write_text(ALONG)
        if name == "no_card_at_first":
            card.unplug()
        command = [sys.executable, "-m", "tests.support.bench", name, str(folder)]
    running.start(name, command, environment)
