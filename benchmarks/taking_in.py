"""Taking recordings in: a made night in five formats beside ffmpeg that only decodes it; many."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks import house
from benchmarks.house import House
from benchmarks.lines import Line
from benchmarks.long_track import RATE_HZ, Track, make

FEW, MANY = 10, 100
SHORT_S = 20
FRAMES = {"flac": 4608, "ogg": 4096, "opus": 960, "mp3": 1152, "m4a": 1024}
"""The most frames that a codec packs together: a decoder may count so many more or fewer."""

_COUNTING = """
import os, sys, time
began = time.monotonic()
_, status, used = os.wait4(os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ), 0)
took = time.monotonic() - began
print(os.waitstatus_to_exitcode(status), took, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a process with all that it started: processor time, and the largest of them."""

    wall_s: float
    cpu_s: float
    largest_mb: float


def run(where: House, folder: Path, scale: float) -> list[Line]:
    track = make(house.made() / "long-track", scale)
    lines: list[Line] = []
    for ending, file in track.files.items():
        lines += _long(where, folder / ending, ending, file, track)
    return [*lines, _many(where, folder)]


def _long(where: House, folder: Path, ending: str, file: Path, track: Track) -> list[Line]:
    (folder / "library").mkdir(parents=True)
    os.link(file, folder / "library" / file.name)
    decoding = _cost(["ffmpeg", "-v", "error", "-i", str(file), "-f", "null", "-"], {})
    cost = _take_in(where, folder)
    (record, place) = house.recordings_in(folder / "store")[0]
    own = _frames_of(file)
    heard = np.array([jolt.start_s for jolt in record.jolts])
    found = [
        float(abs(heard - at_s).min(initial=np.inf)) < 1.0
        for at_s in (track.louder_at_s, track.bell_at_s)
    ]
    exact = len(heard) == 2 and all(found)
    beside_s = abs(_offset_s(place / record.sound, track))
    return [
        Line(
            f"taking in {ending}, {track.length_s / 3600:.2f} h",
            "s of processor",
            cost.cpu_s,
            (("ffmpeg only decoding it", decoding.cpu_s),),
            8.0,
            note=f"jolts at {', '.join(f'{s:.1f}' for s in heard)} s; kept as {record.sound}; "
            f"its loudness is held by {record.held_by or 'nothing'}",
        ),
        Line(
            f"{ending}: speed", "× real time", track.length_s / cost.wall_s, (), 60.0, "ours", True
        ),
        Line(f"{ending}: the largest process", "MB", cost.largest_mb, (), 250.0, "ours"),
        Line(f"{ending}: jolts that are not the two", "", 0.0 if exact else 1.0, (), 0.0, "ours"),
        Line(
            f"{ending}: loudness beside -24 LUFS",
            "LU",
            abs(record.lufs + record.gain_db + 24.0),
            (),
            0.5,
            "ours",
        ),
        Line(
            f"{ending}: length beside the decoder's own",
            "frames",
            abs(record.frames - own),
            (),
            float(FRAMES[ending]),
            "ours",
        ),
        Line(f"{ending}: speech beside where it was", "ms", 1000 * beside_s, (), 50.0, "ours"),
    ]


def _many(where: House, folder: Path) -> Line:
    costs = [_take_in(where, _short_ones(folder / str(n), n)) for n in (FEW, MANY)]
    few, many = (cost.cpu_s / n for cost, n in zip(costs, (FEW, MANY), strict=True))
    return Line(
        f"{MANY} recordings, each",
        "s of processor",
        many,
        ((f"each of {FEW}", few),),
        1.1,
        note="linear",
    )


def _short_ones(folder: Path, count: int) -> Path:
    (folder / "library").mkdir(parents=True)
    for number in range(count):
        sound = np.random.default_rng(number).standard_normal(SHORT_S * RATE_HZ) * 0.01
        soundfile.write(folder / "library" / f"{number}.flac", sound, RATE_HZ)
    return folder


def _take_in(where: House, folder: Path) -> Cost:
    words = ["-m", "nidra_box.library.intake", "--once", "--settle", "0"]
    places = ["--library", str(folder / "library"), "--store", str(folder / "store")]
    return _cost([sys.executable, *words, *places], where.environment)


def _cost(command: list[str], environment: dict[str, str]) -> Cost:
    """Started by a small process: the kernel counts the memory of who starts it as its own.
    Raises RuntimeError when it failed."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _COUNTING, *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    code, wall_s, cpu_s, largest_kb = (float(word) for word in done.stdout.split()[-4:])
    if code:
        raise RuntimeError(f"{' '.join(command)}: exit code {code:g}: {done.stderr[-2000:]}")
    return Cost(wall_s, cpu_s, largest_kb / 1024)


def _frames_of(file: Path) -> int:
    """What the decoder itself counts, at 48 kHz."""
    command = ["ffmpeg", "-v", "error", "-i", str(file), "-f", "s16le", "-c:a", "pcm_s16le", "-"]
    count = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as decoder:
        assert decoder.stdout is not None
        while piece := decoder.stdout.read(1 << 20):
            count += len(piece)
    return count // 2


def _offset_s(sound: Path, track: Track) -> float:
    """How far the speech lies from where it was in the track, by the highest correlation."""
    around_s = 1.0
    with soundfile.SoundFile(sound) as file:
        file.seek(round((track.spoken_at_s - around_s) * RATE_HZ))
        heard: Any = file.read(len(track.spoken) + round(2 * around_s * RATE_HZ), dtype="float32")
    size = len(heard) + len(track.spoken)
    both = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(track.spoken, size))
    at = int(np.argmax(np.fft.irfft(both, size)[: round(2 * around_s * RATE_HZ)]))
    return at / RATE_HZ - around_s
