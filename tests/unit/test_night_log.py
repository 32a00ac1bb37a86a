"""A night as it is told in the morning, gathered from nights in virtual time."""

import pytest

from nidra_box.config import Config, read_config
from nidra_box.diary import entries
from nidra_box.diary.diary import Diary
from nidra_box.diary.entries import WEAK_POWER, Fault, PowerEnough
from nidra_box.diary.night_log import Night, NightLog, PassMeter
from nidra_box.studio.nights.night_script import parse_night
from nidra_box.studio.nights.world import FIRST_WALL, World
from tests.unit.test_appliance import Shelf


class Kept:
    """Stands for the file: a night that is kept again replaces the last."""

    def __init__(self):
        self.nights = []
        self.writes = 0

    def keep(self, night):
        self.writes += 1
        if self.nights and self.nights[-1].started_at == night.started_at:
            self.nights.pop()
        self.nights.append(night)

    def last(self):
        return self.nights[-1].copy() if self.nights else None


def night_of(text, config=None, tamper=lambda loop: None, prepare=lambda world: None):
    kept = Kept()
    world = World(config or Config(), ("small", "other"), Shelf())

    def log_it(loop):
        log = NightLog(kept.keep, world.clock.wall, kept.last(), loop.meter)
        loop.ports.diary.sinks += (log,)
        tamper(loop)

    world.tamper = log_it
    prepare(world)
    recording = world.play(parse_night(text, "n"))
    return kept, recording


def started(title):
    return entries.Started("a", title, 0.0, -20.0, 0.0)


def timed(tmp_path, settings):
    path = tmp_path / "box.yaml"
    path.write_text("format: nidra-box-config/1\n" + settings)
    return read_config(path)


def test_a_whole_night():
    kept, _ = night_of("0:00:05 press\n0:20:00 end")
    (night,) = kept.nights
    assert night.started == pytest.approx(FIRST_WALL + 5.0, abs=0.1)
    assert night.started_at == pytest.approx(5.0, abs=0.1)
    assert night.programmes == ["Small Night"]
    assert (night.ended, night.silent_s) == ("end", 540.0)
    assert night.asleep_s == 180.0
    assert (night.faded_s, night.extended, night.touched, night.restarts) == (None, 0, 0, 0)
    assert (night.lost_card_s, night.late_turns, night.faults) == (0.0, 0, [])


def test_the_trace_is_the_same_with_and_without():
    text = "0:00:05 press\n0:01:00 lose sound\n0:02:00 find sound\n0:20:00 end"
    world = World(Config(), ("small", "other"), Shelf())
    assert night_of(text)[1].trace == world.play(parse_night(text, "n")).trace


def test_the_card_is_not_worn_while_a_night_plays():
    kept, _ = night_of("0:00:05 press\n0:20:00 end")
    assert kept.writes <= 3


def test_a_stop_by_hand_is_no_interruption():
    kept, _ = night_of("0:00:05 press\n0:05:00 hold\n0:20:00 end")
    (night,) = kept.nights
    assert night.ended == "stop"
    assert night.silent_s == pytest.approx(295.8, abs=0.2)
    assert night.touched == 0


def test_hands_in_the_dark_are_counted_and_a_turn_is_one():
    kept, _ = night_of(
        "0:00:05 press\n0:01:00 turn +2\n0:04:00 press\n0:05:00 turn -4\n0:20:00 end"
    )
    assert kept.nights[0].touched == 2


def test_a_pause_belongs_to_the_night():
    kept, _ = night_of("0:00:05 press\n0:01:00 press\n0:02:00 press\n0:20:00 end")
    (night,) = kept.nights
    assert night.paused == 1
    assert night.ended == "end"


def test_the_timer_and_not_yet(tmp_path):
    config = timed(tmp_path, "timer: {minutes: 5, wind_down_minutes: 2, not_yet_minutes: 3}\n")
    kept, _ = night_of("0:00:05 press\n0:03:20 press\n0:20:00 end", config)
    (night,) = kept.nights
    assert (night.ended, night.extended, night.touched) == ("timer", 1, 0)
    assert night.faded_s == pytest.approx(285.0, abs=0.3)
    assert night.silent_s == pytest.approx(375.0, abs=0.3)


def test_a_second_programme_is_on_the_same_line():
    kept, _ = night_of("0:00:05 double\n0:20:00 end")
    assert kept.nights[0].programmes == ["Small Night", "Other Night"]


def test_what_starts_within_two_hours_is_the_same_night():
    kept, _ = night_of("0:00:05 press\n1:00:00 press\n3:30:00 press\n4:00:00 end")
    first, second = kept.nights
    assert first.silent_s == pytest.approx(3600 - 5 + 540, abs=1.0)
    assert first.ended == second.ended == "end"
    assert second.started_at == pytest.approx(3.5 * 3600, abs=0.1)


def test_a_lost_card_is_counted_only_while_it_plays():
    kept, _ = night_of(
        "0:00:01 lose sound\n0:00:05 press\n0:00:45 find sound\n0:01:00 lose sound\n0:20:00 end"
    )
    assert kept.nights[0].lost_card_s == pytest.approx(40.0 + 485.0, abs=0.3)


def test_a_power_cut_leaves_a_night_without_an_end():
    kept, _ = night_of("0:00:05 press\n0:07:00 cut power\n0:20:00 end")
    (night,) = kept.nights
    assert (night.ended, night.silent_s) == (None, None)


def test_the_next_start_of_the_box_says_that_it_was_cut():
    kept, _ = night_of("0:00:05 press\n0:07:00 cut power\n0:08:00 power\n0:20:00 end")
    (night,) = kept.nights
    assert (night.ended, night.silent_s, night.restarts) == ("cut", None, 1)


def test_a_night_goes_on_after_a_power_cut():
    kept, _ = night_of(
        "0:00:05 press\n0:07:00 cut power\n0:08:00 power\n0:09:00 press\n0:40:00 end"
    )
    (night,) = kept.nights
    assert (night.ended, night.restarts) == ("end", 1)
    assert night.started == pytest.approx(FIRST_WALL + 5.0, abs=0.1)
    assert night.silent_s > 535.0


def test_after_a_long_cut_it_is_another_night():
    kept, _ = night_of(
        "0:00:05 press\n0:07:00 cut power\n14:00:00 power\n14:00:10 press\n15:00:00 end"
    )
    assert [(night.ended, night.restarts) for night in kept.nights] == [("cut", 1), ("end", 0)]


def test_a_stop_of_the_service_and_a_start_after_it():
    kept, _ = night_of("0:00:05 press\n0:05:00 stop service\n0:10:00 end")
    (night,) = kept.nights
    assert night.ended == "shutdown"
    log = Diary(NightLog(kept.keep, lambda: FIRST_WALL + 400.0, kept.last()))
    log.write(
        10.0, entries.Ready(1, "a", "no light")
    )  # another process, ten seconds after its own zero
    log.write(20.0, started("Small Night"))
    log.write(560.0, entries.ProgrammeEnded("a", 0.0))
    (night,) = kept.nights
    assert night.restarts == 1
    assert night.silent_s == pytest.approx(395.0 + 550.0, abs=0.2)


def test_the_wall_clock_set_right_in_the_night_sets_the_start_right():
    kept, _ = night_of("0:00:05 press\n0:01:00 jump clock +3h\n0:20:00 end")
    (night,) = kept.nights
    assert night.started == pytest.approx(FIRST_WALL + 5.0 + 3 * 3600, abs=0.1)
    assert night.silent_s == 540.0


def test_faults_are_named_once_and_shortly():
    kept = Kept()
    log = Diary(NightLog(kept.keep, lambda: 0.0))
    log.write(0.0, Fault("before", "the night"))
    log.write(1.0, started("A"))
    for number in range(20):
        log.write(2.0, Fault(f"part {number // 2}", "x\n" * 200))
    log.write(3.0, entries.Stopped("a", 0.0))
    (night,) = kept.nights
    assert len(night.faults) == 8
    assert all(len(fault) <= 120 and "\n" not in fault for fault in night.faults)


def test_a_night_that_goes_on_is_kept_every_five_minutes():
    kept = Kept()
    log = Diary(NightLog(kept.keep, lambda: 0.0))
    log.write(0.0, started("A"))
    before = kept.writes
    log.write(299.0, Fault("light", "dark"))
    assert kept.writes == before
    log.write(300.0, Fault("state", "full"))
    assert kept.writes == before + 1


def test_late_turns_are_those_of_the_night():
    kept = Kept()
    log = Diary(NightLog(kept.keep, lambda: 0.0))
    log.write(0.0, entries.TurnedLate(3))
    log.write(1.0, started("A"))
    log.write(2.0, entries.TurnedLate(4))
    log.write(3.0, entries.TurnedLate(6))
    log.write(4.0, entries.ProgrammeEnded("a", 0.0))
    assert kept.nights[0].late_turns == 3


def test_the_longest_pass_is_measured_from_waking_to_waiting():
    def slow(world):
        shelf = world.catalogue

        class Slow:
            def load(self, programme):
                world.clock.time += 0.25
                return shelf.load(programme)

        world.catalogue = Slow()

    kept, _ = night_of("0:00:05 press\n0:20:00 end", prepare=slow)
    assert kept.nights[0].longest_ms >= 250.0
    meter = PassMeter()
    meter.took(float("-inf"))
    assert meter.longest_s == 0.0


def test_a_box_that_only_stands_there_writes_nothing():
    kept, _ = night_of("0:00:30 turn +1\n5:00:00 stop service\n6:00:00 end")
    assert kept.nights == []


def test_a_copy_is_another_ones():
    night = Night(programmes=["A"])
    night.copy().programmes.append("B")
    assert night.programmes == ["A"]


def test_under_voltage_is_counted_and_named():
    kept, recording = night_of(
        "0:00:05 press\n0:20:00 end",
        prepare=lambda world: [
            world.inbox.schedule(at + after_s, WEAK_POWER if is_low else PowerEnough())
            for at in (1.0, 60.0, 90.0)
            for after_s, is_low in ((0.0, True), (2.0, False))
        ],
    )
    (night,) = kept.nights
    assert night.under_voltage == 2
    assert night.faults == ["power: the supply is too weak (under-voltage)"]
    assert len([line for line in recording.trace if line["what"] == "fault"]) == 3


def test_a_supply_that_is_weak_from_the_start_counts_in_every_night():
    kept = Kept()
    log = Diary(NightLog(kept.keep, lambda: 0.0))
    log.write(0.0, Fault("power", "weak"))
    log.write(10.0, started("A"))
    log.write(20.0, entries.ProgrammeEnded("a", 0.0))
    log.write(30.0, started("B"))  # more of the same night, and the same weakness
    log.write(40.0, entries.ProgrammeEnded("a", 0.0))
    log.write(40_000.0, started("A"))
    first, second = kept.nights
    assert (first.under_voltage, second.under_voltage) == (1, 1)
    assert first.faults == second.faults == ["power: weak"]


def test_a_supply_that_has_recovered_before_the_night_does_not_count():
    kept = Kept()
    log = Diary(NightLog(kept.keep, lambda: 0.0))
    log.write(0.0, Fault("power", "weak"))
    log.write(5.0, PowerEnough())
    log.write(10.0, started("A"))
    assert (kept.nights[0].under_voltage, kept.nights[0].faults) == (0, [])


def test_a_lost_card_is_counted_whenever_the_line_is_kept():
    kept = Kept()
    log = Diary(NightLog(kept.keep, lambda: 0.0))
    log.write(0.0, started("A"))
    log.write(10.0, entries.SoundLost("unplugged"))
    log.write(400.0, entries.CueSaid("w"))
    assert kept.nights[0].lost_card_s == 390.0
    log.write(800.0, entries.CueSaid("w"))
    log.write(900.0, entries.SoundFound("c"))
    log.write(1000.0, entries.ProgrammeEnded("a", 0.0))
    assert kept.nights[0].lost_card_s == 890.0


def test_a_night_that_begins_at_the_second_of_the_last_one_is_another():
    kept = Kept()
    for _ in range(2):  # two evenings, each in a boot of its own
        log = Diary(NightLog(kept.keep, lambda: len(kept.nights) * 86_400.0, kept.last()))
        log.write(10.0, entries.Ready(1, "a", "no light"))
        log.write(41.3, started("A"))
        log.write(500.0, entries.ProgrammeEnded("a", 0.0))
    first, second = kept.nights
    assert (first.started_at, second.started_at) == (41.3, 41.4)
