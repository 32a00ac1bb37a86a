"""The benches' own arithmetic, and that what they start still fits the box."""

import math
import os
import socket
import threading
import time

import pytest

from benchmarks import house, passes, picture, players, playing, report, threads, windows
from benchmarks.lines import Line, number, table
from benchmarks.threads import Cost
from benchmarks.windows import Measured, Plan
from nidra_box.documents.node import DocumentError
from tests.support.box import catalogue_in

# -- a line ----------------------------------------------------------------------------------


def test_a_ratio_is_judged_against_the_first_peer():
    line = Line("processor", "ms/s", 3.0, (("mpd", 2.0), ("mpv", 9.0)), 1.5)
    assert line.ratio == 1.5
    assert line.is_kept
    assert not Line("processor", "ms/s", 3.1, (("mpd", 2.0),), 1.5).is_kept


def test_a_number_of_our_own_is_judged_whatever_the_peers_do():
    assert Line("replay", "s", 1.5, (("somebody", 0.1),), 1.5, "ours").is_kept
    assert not Line("idle", "/s", 0.2, budget=0.0, judged="ours").is_kept


def test_more_may_be_better():
    assert Line("rendering", "×", 500.0, (), 500.0, "ours", at_least=True).is_kept
    assert not Line("rendering", "×", 499.0, (), 500.0, "ours", at_least=True).is_kept


@pytest.mark.parametrize(
    "line", [Line("memory", "MiB", 57.0), Line("idle", "/s", 2.0, (("mpd", 0.0),), 2.0)]
)
def test_without_a_budget_or_a_peer_that_did_anything_there_is_no_verdict(line):
    assert line.is_kept is None


def test_the_table_says_how_sure_a_ratio_is_and_what_is_not_kept():
    text = table([Line("processor", "ms/s", 8.0, (("mpd", 2.0),), 1.9, note="why", spread=0.013)])
    row = text.splitlines()[2]
    for part in ("8 ms/s", "mpd 2", "× 4.00", "± 1.3 %", "≤ × 1.9", "NOT KEPT"):
        assert part in row
    assert text.endswith("- processor: why")


def test_numbers_have_three_digits_that_count():
    assert [number(v) for v in (0.0, 0.0123, 5.678, 57.89, 1234.5)] == [
        "0",
        "0.012",
        "5.68",
        "57.9",
        "1234",
    ]


# -- what the kernel says --------------------------------------------------------------------


def test_work_is_counted_for_the_thread_that_does_it_and_in_nanoseconds():
    begin, done, end = threading.Event(), threading.Event(), threading.Event()

    def work():
        begin.wait()
        while time.thread_time() < 0.02:
            math.sqrt(2.0)
        end.wait(0.001)  # gives the processor up by itself, whatever the others do
        done.set()
        end.wait()

    worker = threading.Thread(target=work)
    worker.start()
    before = threads.costs(os.getpid())
    begin.set()
    done.wait()
    cost = threads.spent(before, threads.costs(os.getpid()))[worker.native_id]
    end.set()
    worker.join()
    assert 15e6 <= cost.cpu_ns <= 40e6
    assert cost.wakeups >= 1


def test_a_new_thread_counts_from_its_beginning_and_an_ended_one_is_left_out():
    before = {1: Cost(100, 1), 2: Cost(50, 5)}
    after = {1: Cost(160, 3), 3: Cost(7, 1)}
    assert threads.spent(before, after) == {1: Cost(60, 2), 3: Cost(7, 1)}
    assert threads.total(threads.spent(before, after)) == Cost(67, 3)


def test_memory_is_private_within_shared_within_resident():
    memory = threads.memory(os.getpid())
    assert 1.0 < memory.private <= memory.pss <= memory.rss


# -- windows ---------------------------------------------------------------------------------


def test_the_spread_is_the_standard_error_as_a_share_of_the_mean():
    assert windows.spread([9.0, 11.0, 9.0, 11.0]) == pytest.approx(0.0577, abs=1e-4)
    assert windows.spread([2.0, 2.0]) == 0.0
    assert windows.spread([2.0]) == math.inf


def measured(shares_ms):
    costs = [{7: Cost(round(ms * 2e6), 4), 8: Cost(0, 0)} for ms in shares_ms]
    return Measured(None, {7: "the owner"}, costs, [2.0] * len(costs))


def test_a_share_is_milliseconds_for_a_second():
    one = measured([1.0, 3.0])
    assert one.shares == [1.0, 3.0]
    assert one.ms_per_s == 2.0
    assert one.wakeups_per_s == 2.0
    assert one.by_name() == {"the owner": (2.0, 2.0)}


@pytest.mark.parametrize(
    ("noise", "expected"), [((1.0, 1.0, 1.0), 2), ((1.0, 2.0, 1.0, 2.0, 1.0, 2.0), 5)]
)
def test_windows_are_added_until_the_ratios_hold_or_the_time_is_up(monkeypatch, noise, expected):
    class Somebody:
        def thread_names(self):
            return {7: "one"}

    rounds = iter(noise)

    def one_window(found, seconds):
        box, peer = found
        box.windows.append({7: Cost(round(next(rounds) * 1e6))})
        peer.windows.append({7: Cost(1_000_000)})
        box.seconds.append(seconds)
        peer.seconds.append(seconds)

    monkeypatch.setattr(windows, "_one_window", one_window)
    found = windows.measure([Somebody(), Somebody()], Plan(1.0, 2, 5), peer=1)
    assert len(found[0].windows) == expected


# -- what the benches need of the box --------------------------------------------------------


def test_the_night_of_the_bench_can_be_played(tmp_path):
    folder = tmp_path / "programmes"
    folder.mkdir()
    (folder / "bench-dark.yaml").write_text(playing.DARK_SCRIPT)
    try:
        score = catalogue_in(tmp_path).load("bench-dark").score
    except DocumentError as error:
        pytest.fail(str(error))
    assert score.id == "bench-dark"


@pytest.mark.slow
@pytest.mark.parametrize("state", passes.NIGHTS)
def test_a_pass_with_nothing_due_does_nothing(state):
    loop = house.loop_after(passes.PROGRAMME, passes.NIGHTS[state])
    writes, deadline, phase = loop.ports.light.writes, loop.next_at(), loop.course.session.phase
    assert deadline > loop.ports.clock.now()
    for _ in range(3):
        loop.turn()
    assert (loop.ports.light.writes, loop.next_at(), loop.course.session.phase) == (
        writes,
        deadline,
        phase,
    )
    assert (loop.ports.light.amber + loop.ports.light.red > 0.0) == (state == "lit")


@pytest.mark.slow
def test_the_document_tells_machine_commit_and_limits_and_the_picture_is_drawn(tmp_path):
    run = report.Run("2026-11-30", "a machine", "abc1234", {"numpy": "2.0"}, (0.1, 0.2), True)
    lines = [
        Line("processor, FLAC, dark part", "ms/s", 8.0, (("mpd", 2.0),), 1.9),
        Line("rendering", "×", 500.0, (("mpv", 1000.0),), 500.0, "ours", at_least=True),
        Line("replay", "s", 1.0, (), 1.5, "ours"),
    ]
    text = report.text(run, lines, {"FLAC, dark part": measured([1.0])}, "it.png")
    for part in ("abc1234", "a machine", "numpy 2.0", "it.png", "mock pins", "quick run", "owner"):
        assert part in text
    picture.draw(lines, "abc1234", tmp_path / "it.png")
    assert (tmp_path / "it.png").stat().st_size > 5000


def test_what_the_box_tells_systemd_is_heard_at_once_and_never_holds_it_up(tmp_path):
    notified = players.Notified(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
        box.settimeout(5.0)
        for message in (b"READY=1\nSTATUS=idle", *[b"WATCHDOG=1", b"STATUS=plays"] * 200):
            box.sendto(message, str(tmp_path / "notify"))
    assert notified.wait_until_ready(5.0)
    notified.close()
    assert notified.beats == 200
