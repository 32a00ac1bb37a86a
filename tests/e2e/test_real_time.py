"""The real process in real time, judged by what came out of the card."""

import functools
import json
import time
from pathlib import Path

import numpy as np
import pytest

from nidra_box.units import RATE_HZ
from tests.e2e import benches
from tests.e2e.benches import SWEEP_FROM_HZ, SWEEP_HZ_PER_S, TONE_AMPLITUDE, TONE_HZ
from tests.e2e.heard import Heard, levels_of, rises
from tests.support import cards, cases, slow_disk
from tests.support.slow_disk import SlowDisk
from tests.support.witness import stalls

BUFFER = 1024
DEVICE_S = 2 * BUFFER / RATE_HZ
"""The card's own two buffers, which come on top of every latency."""

pytestmark = pytest.mark.timeout(3600)  # they wait for all the others
needs_card = pytest.mark.skipif(
    isinstance(cards.built(), str), reason=f"no user-space card: {cards.built()}"
)


def result_of(running, name, seconds=120.0):
    folder, code = running.finish(name, seconds)
    assert code == 0, (folder / "stderr.txt").read_text()[-3000:]
    result = json.loads((folder / "result.json").read_text())
    assert "failed" not in result, result["failed"]
    assert result.get("exit", 0) == 0
    assert result.get("loaded_late", []) == []  # `disk` has no such list
    return result, folder


def may_be_played_again(judge):
    """A bench in real time is judged on a computer that others use, too. When it fails, and the
    witness saw the computer stand still meanwhile, it is played once more, when all else is done,
    and judged by the same limits. If that fails on a computer that is too busy to judge by, the
    test ends with that sentence."""

    @functools.wraps(judge)
    def judged(running):
        name = next(mark.args[0] for mark in judged.pytestmark if mark.name == "real_time")
        for last in (False, True):
            try:
                judge(running)
            except Exception as error:
                began, now = running.began[name], time.monotonic()
                seen = stalls(running.witness, began, now)
                if not seen or (last and not too_busy(seen, now - began)):
                    raise
                stood = f"it stood still {len(seen)} times, up to {max(seen) * 1e3:.0f} ms"
                said = f"this computer is too busy to judge, {stood}: {str(error)[:200]}"
                if last:
                    pytest.skip(f"NOT JUDGED, {said}")
                print(f"{said}: {name} is played again")
                benches.start(name, running)
            else:
                return

    return judged


def too_busy(stalls_s, seconds):
    """A hundredth of the time, or once as long as the longest promise."""
    return sum(stalls_s) > 0.01 * seconds or max(stalls_s) >= 0.1


@needs_card
@pytest.mark.real_time("fifty_presses")
@may_be_played_again
def test_a_press_is_seen_within_50_ms_and_heard_within_100(running):
    result, folder = result_of(running, "fifty_presses", 400.0)
    heard = Heard(folder)
    loud = np.flatnonzero(heard.frames.any(axis=1))
    light, sound = [], []
    for pressed, lit in result["presses"]:
        light.append(lit - pressed)
        begin = heard.frame_at(pressed)
        first = loud[np.searchsorted(loud, begin)]
        sound.append(heard.time_of(first) - pressed - DEVICE_S)
    print(
        f"press to light: median {np.median(light) * 1e3:.0f} ms, worst {max(light) * 1e3:.0f} ms"
    )
    print(
        f"press to sound: median {np.median(sound) * 1e3:.0f} ms, worst {max(sound) * 1e3:.0f} ms "
        f"(+ {DEVICE_S * 1e3:.0f} ms of the card's own)"
    )
    assert len(light) == 50
    assert max(light) <= 0.050
    assert max(sound) <= 0.100


@needs_card
@pytest.mark.real_time("knob_turns")
@may_be_played_again
def test_a_turn_is_heard_within_150_ms(running):
    result, folder = result_of(running, "knob_turns")
    heard = Heard(folder)
    mono = heard.mono()
    period = round(RATE_HZ / TONE_HZ) * 4
    delays = []
    for turned in result["turns"]:
        begin = heard.frame_at(turned) - 2 * BUFFER
        peaks = (
            np.abs(mono[begin : begin + RATE_HZ // 2][: RATE_HZ // 2 // period * period])
            .reshape(-1, period)
            .max(axis=1)
        )
        falls = np.flatnonzero(peaks < 0.97 * peaks[:5].mean())
        delays.append(heard.time_of(begin + falls[0] * period) - turned)
    print(
        f"turn to sound: median {np.median(delays) * 1e3:.0f} ms, worst {max(delays) * 1e3:.0f} ms"
    )
    assert len(delays) == 20
    assert max(delays) <= 0.150
    steps = np.abs(np.diff(mono))
    assert steps.max() <= TONE_AMPLITUDE * 2 * np.pi * TONE_HZ / RATE_HZ * 1.01 + 2 / 32768


@needs_card
@pytest.mark.real_time("sleep_timer")
@may_be_played_again
def test_the_timer_fades_along_a_straight_line_and_ends_in_nothing(running):
    result, folder = result_of(running, "sleep_timer", 200.0)
    heard = Heard(folder)
    mono = heard.mono()
    level = levels_of(mono, 0.5)
    top = int(np.argmax(level > level.max() - 0.2))
    fade = np.flatnonzero((level <= -10) & (level >= -70) & (np.arange(len(level)) > top))
    x = fade * 0.5
    line = np.polyval(np.polyfit(x, level[fade], 1), x)
    print(
        f"fade: {len(fade) * 0.5:.0f} s from -10 to -70 dB, at most {np.abs(level[fade] - line).max():.2f} dB off a line"
    )
    assert len(fade) > 60
    assert np.abs(level[fade] - line).max() <= 0.5
    end = heard.frame_at(result["pressed"] + 120.0 + 0.5)
    assert not heard.frames[end:].any()
    assert len(heard.frames) - end > 2 * RATE_HZ
    assert result["lamp"] == 0
    assert rises(levels_of(mono)) <= 0.65
    assert any("sleep timer has ended" in text for _, text in result["log"])


def pitch_positions(mono, begin, end):
    """The second of the sweep that is heard at each tenth of a second in [begin, end)."""
    found = []
    size = RATE_HZ // 10
    for frame in range(begin, end - size, size):
        window = mono[frame : frame + size]
        if np.abs(window).max() < 0.003:
            continue
        spectrum = np.abs(np.fft.rfft(window * np.hanning(size), 8 * size))
        hz = np.argmax(spectrum) * RATE_HZ / (8 * size)
        found.append((frame + size / 2, (hz - SWEEP_FROM_HZ) / SWEEP_HZ_PER_S))
    return found


def back(heard, since, within):
    """The first frame that sounds again after `since`, which must come in time."""
    begin = heard.frame_at(since)
    loud = np.flatnonzero(heard.frames[begin:].any(axis=1))
    assert len(loud), "the sound did not come back"
    first = begin + int(loud[0])
    assert heard.time_of(first) - since <= within
    return first


@needs_card
@pytest.mark.real_time("pull_the_card")
@may_be_played_again
def test_a_card_that_is_pulled_out_and_one_that_stalls(running):
    result, folder = result_of(running, "pull_the_card", 240.0)
    heard, times = Heard(folder), result["times"]
    mono = heard.mono()
    # the button and the lamp went on meanwhile
    assert result["lit_after"] <= 0.05
    assert result["dark_after"] <= 2.0
    assert result["lamp_while_stalled"] > 0 or "stalled" in times
    # unplugged: back within five seconds, softly, where the night now is
    first = back(heard, times["plugged"], 5.0)
    stalled = heard.frame_at(times["stalled"])
    assert rises(levels_of(mono[first:stalled])) <= 0.65
    night_began = times["went on"] - (times["paused"] - result["pressed"] - 5.0)
    for frame, position in pitch_positions(mono, first + 6 * RATE_HZ, stalled - RATE_HZ)[::10]:
        assert position == pytest.approx(heard.time_of(frame) - night_began, abs=0.5)
    # stalled: the same
    again = back(heard, times["moving"] + 0.3, 5.0)
    assert rises(levels_of(mono[again:])) <= 0.65
    for frame, position in pitch_positions(mono, again + 6 * RATE_HZ, len(mono) - 3 * RATE_HZ)[
        ::10
    ]:
        assert position == pytest.approx(heard.time_of(frame) - night_began, abs=0.5)
    said = [text for _, text in result["log"]]
    assert any("the sound card has gone" in text for text in said)
    assert any("the sound card does not move" in text for text in said)
    assert sum("the sound plays on" in text for text in said) == 3


@needs_card
@pytest.mark.real_time("no_card_at_first")
@may_be_played_again
def test_no_card_at_the_start(running):
    result, folder = result_of(running, "no_card_at_first")
    assert result["lit_after"] <= 0.05
    heard = Heard(folder)
    mono = heard.mono()
    first = back(heard, result["plugged"], 5.0)
    assert rises(levels_of(mono[first:])) <= 0.65
    for frame, position in pitch_positions(mono, first + 5 * RATE_HZ, len(mono) - 3 * RATE_HZ)[::5]:
        assert position == pytest.approx(heard.time_of(frame) - result["pressed"], abs=0.5)
    assert sum("no sound:" in text for _, text in result["log"]) == 1


@pytest.mark.real_time("disk")
@may_be_played_again
def test_what_the_disk_driver_gets_is_the_offline_mixdown(running):
    result, folder = result_of(running, "disk", 240.0)
    print({k: v for k, v in result.items() if k not in ("notes", "log")})
    assert result["frames"] > 58 * RATE_HZ
    assert result["commands"] > 150
    assert result["skipped"] == 0
    assert result["late_turns"] == 0
    assert result["differing"] == 0, f"first at {result['first_differing']}"
    for what in ("pause", "go on", "winding down", "not yet"):
        assert what in result["notes"]
    assert result["notes"].count("start") == 3
    # while only a tone plays: no step that the tone has not, no fast rise
    heard = np.fromfile(folder / "heard.raw", "<i2").reshape(-1, 2)[result["offset"] :]
    mono = heard[:, 0].astype(np.float64) / 32768.0
    tone = mono[: 37 * RATE_HZ]
    assert (
        np.abs(np.diff(tone)).max()
        <= TONE_AMPLITUDE * 2 * np.pi * TONE_HZ / RATE_HZ * 1.01 + 2 / 32768
    )
    assert rises(levels_of(tone)) <= 0.65


@needs_card
@pytest.mark.real_time("five_minutes")
def test_memory_stays_small_and_flat(running):
    """Half an hour of it: tests/rig/test_soak.py."""
    result, _ = result_of(running, "five_minutes", 400.0)
    rss = result["rss_mib"]
    print(
        f"RSS after five minutes {rss[-1]:.1f} MiB, highest {max(rss):.1f}, after two {rss[11]:.1f}"
    )
    assert len(rss) == 30
    assert rss[-1] <= 64.0
    assert np.mean(rss[-6:]) - np.mean(rss[12:18]) <= 1.0
    assert any("stage knees" in text for _, text in result["log"])


@needs_card
@pytest.mark.real_time("library_of_ruins")
def test_bad_recordings_are_told_in_few_lines_and_the_box_plays_on(running):
    result, _ = result_of(running, "library_of_ruins")
    said = [text for _, text in result["log"]]
    refused = [text for text in said if text.startswith("cannot play")]
    assert 1 <= len(refused) <= 10
    assert not any("\n" in text for text in refused)
    assert any(text.startswith("plays good") for text in said)
    assert result["lamp"] > 0


@needs_card
@pytest.mark.real_time("upgrade")
def test_a_ready_box_loads_nothing_any_more_so_no_upgrade_breaks_its_night(running):
    """dpkg lays the files of another version under a process that plays."""
    result, _ = result_of(running, "upgrade")
    said = [text for _, text in result["log"]]
    for words in (
        "a new version is installed",
        "says: ",
        "plays Breath Lamp",
        "plays tone",
        "new settings from",
        "the sound card has gone",
        "goes on at",
        "stopped by hand",
        "ends, to be started as the new version",
    ):
        assert any(words in text for text in said), (words, said)
    assert result["loaded_late"] == []


@needs_card
@pytest.mark.real_time("crash")
def test_a_bug_in_the_night_ends_dark_and_without_a_cut(running):
    folder, _ = running.finish("crash", 120.0)
    result = json.loads((folder / "result.json").read_text())
    assert result["exit"] == 1
    assert result["bright"] > 0
    heard = Heard(folder)
    mono = np.abs(heard.mono())
    last = int(np.flatnonzero(mono)[-1])
    loudest = mono[last - RATE_HZ : last].max()
    ending = mono[last - RATE_HZ // 1000 : last + 1].max()
    print(f"the last millisecond of a crashed night: {20 * np.log10(ending / loudest):.0f} dB")
    assert loudest > 0.01
    assert ending < 0.01 * loudest, "the sound faded before the card was closed"
    assert heard.time_of(last) - result["broke"] < 1.0


@needs_card
@pytest.mark.real_time("stuck")
def test_a_card_that_stands_still_for_half_a_minute_ends_the_process(running):
    """Closing it would hang; systemd starts the box afresh."""
    folder, code = running.finish("stuck", 120.0)
    assert code == 1
    said = (folder / "stderr.txt").read_text()
    assert "has not moved for half a minute; ending, to be started afresh" in said
    assert "Traceback" not in said


def opened_of(folder):
    """(thread, path) of all that was opened in the library and the store."""
    return SlowDisk(folder / "disk", 0, folder / "opened.log").opened()


needs_slow_disk = pytest.mark.skipif(slow_disk.built() is None, reason="gcc is not installed")


@needs_card
@needs_slow_disk
@pytest.mark.real_time("slow_disk")
@may_be_played_again
def test_a_press_is_lit_at_once_on_a_disk_that_takes_8_s_for_each_open(running):
    """Library and store lie on it: neither the owner nor SDL's thread waits for it."""
    result, folder = result_of(running, "slow_disk", 600.0)
    print({key: value for key, value in result.items() if key not in ("log", "playing")})
    assert result["asleep"] <= 0.050
    assert result["awake"] <= 0.050
    assert len(result["seconds"]) == 3
    assert max(result["seconds"]) <= 0.050
    assert 10.5 < result["fetched"] < 15.0  # what is left of the list, and its record: no more
    opened = opened_of(folder)
    kinds = {Path(path).name for _, path in opened}
    assert {"index.json", "record.json", "sound.flac", "fresh.flac", "small.cues"} <= kinds
    waiting = {thread for thread, _ in opened}
    assert "owner" not in waiting
    assert not any(thread.startswith("SDL") for thread in waiting)
    heard = Heard(folder)
    for begin, end in result["playing"]:
        window = heard.frames[heard.frame_at(begin) : heard.frame_at(end)]
        assert len(window) == pytest.approx((end - begin) * RATE_HZ, abs=0.5 * RATE_HZ)
        assert window.any(axis=1).mean() > 0.9, "it sounds all the while"


@needs_card
@needs_slow_disk
@pytest.mark.skipif(cases.FFMPEG is None, reason="ffmpeg is not installed")
@pytest.mark.real_time("evening")
@may_be_played_again
def test_on_the_evening_of_an_upgrade_whatever_is_pressed_the_box_lives_and_gets_dark(running):
    """Files as people have them, before the intake has seen them."""
    result, folder = result_of(running, "evening", 600.0)
    assert result["left"] == [], "each has been played, or refused in a line"
    assert result["lamp"] == 0
    said = [text for _, text in result["log"]]
    assert not any("\n" in text for text in said)
    assert sum("is not taken in yet: it plays as it is" in text for text in said) >= 8
    assert "Traceback" not in (folder / "stderr.txt").read_text()
    opened = opened_of(folder)
    assert {Path(path).name for _, path in opened} >= set(cases.NOT_TAKEN_IN)
    for name in cases.NO_FILES:
        assert any(text.startswith(f"cannot play {name}: is ") for text in said), name
    assert "owner" not in {thread for thread, _ in opened}
