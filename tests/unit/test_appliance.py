"""The loop in virtual time: faults that come at three in the morning."""

import math
import signal
from dataclasses import fields
from functools import partial

import pytest

from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import (
    AskedToEnd,
    EndWhenIdle,
    QueueInbox,
    Reload,
    Terminate,
    install_signals,
)
from nidra_box.appliance.parts.watchdog import InputsDied
from nidra_box.appliance.supervisor import Nobody, Systemd, find_supervisor
from nidra_box.config import Config
from nidra_box.diary import entries
from nidra_box.diary.diary import Diary, Log
from nidra_box.diary.entries import CardLevel, Fault, Refused
from nidra_box.library.port import CannotPlay
from nidra_box.session.hands import KNOB_A, KNOB_B, NOISY_KNOB
from nidra_box.studio.nights.night_script import parse_night
from nidra_box.studio.nights.sound import VirtualSound
from nidra_box.studio.nights.world import World
from nidra_box.studio.promises import check
from nidra_box.words import printable
from tests.support.scripts import changed, compiled

NIGHT, _ = compiled()
SHORT, _ = compiled(changed(("id: small", "id: other"), ("title: Small", "title: Other")))


class Shelf:
    """Two small programmes and a broken one."""

    broken = ("broken",)

    def load(self, programme):
        from nidra_box.library.catalogue import outline_of

        for score in (NIGHT, SHORT):
            if score.id == programme:
                return outline_of(score)
        raise CannotPlay("is torn")


def play(text, programmes=("small", "other"), config=None, prepare=lambda world: None, **settings):
    world = World(config or Config(), programmes, Shelf(), **settings)
    prepare(world)
    recording = world.play(parse_night(text, "n"))
    return world, recording


def said(recording, what):
    return [line for line in recording.trace if line["what"] == what]


def test_one_press_and_the_whole_night():
    _, recording = play("0:00:05 press\n0:20:00 end")
    assert [s["stage"] for s in said(recording, "stage")] == ["arrive", "drift", "night", "leave"]
    assert next(c["words"] for c in said(recording, "cue")) == "Leave out whatever hurts."
    assert said(recording, "end")[0]["at_s"] == pytest.approx(545.0, abs=0.1)
    assert recording.light[-1].lightness == 0.0
    assert check(recording, Config()) == []


def test_two_replays_are_the_same_to_the_last_line():
    text = "0:00:05 press\n0:00:40 turn +3\n0:04:00 press\n0:05:00 lose sound\n0:06:00 find sound\n0:20:00 end"
    (_, first), (_, second) = play(text), play(text)
    assert first.trace == second.trace
    assert first.light == second.light


def test_a_lamp_that_fails_does_not_stop_the_night():
    world, recording = play("0:00:05 press\n0:00:20 lose light\n0:01:10 find light\n0:20:00 end")
    faults = said(recording, "fault")
    assert len(faults) == 1
    assert faults[0]["part"] == "simulated light"
    assert said(recording, "end")
    again = [w for w in recording.light if w.at_s > 75.0]
    assert again, "the lamp is tried again"
    assert world.light.writes > 100


def test_a_lamp_that_fails_at_its_last_step_to_the_dark_does_not_stay_lit():
    score, _ = compiled()
    night = next(s for s in score.stages if s.is_sleep)
    at_s = night.start_s + 5.0 - 1.0
    _, recording = play(
        f"0:00:05 press\n0:{int(at_s // 60):02}:{at_s % 60:04.1f} lose light\n0:04:00 find light\n0:20:00 end"
    )
    assert recording.light[-1].lightness == 0.0
    lit = [w.lightness for w in recording.light if w.at_s > 250.0 and w.lightness > 0.0]
    assert len(lit) <= 1, "what had failed, and then the dark"
    assert max(lit, default=0.0) <= 0.5


def test_a_card_that_comes_and_goes():
    _, recording = play(
        "0:00:05 press\n0:01:00 lose sound\n0:02:00 press\n0:02:10 press\n0:03:00 find sound\n0:20:00 end"
    )
    assert [x["what"] for x in recording.trace if x["what"].startswith("sound")] == [
        "sound found",
        "sound lost",
        "sound found",
    ]
    assert [p["phase"] for p in said(recording, "phase")] == [
        "playing",
        "paused",
        "playing",
        "idle",
    ]
    assert check(recording, Config()) == []
    sounding = [
        t for t in recording.traced if t.grid.start < 170 * 48_000 and t.grid.end > 62 * 48_000
    ]
    assert not sounding


def test_the_cards_own_mixer_is_said_and_one_that_will_not_be_set_stops_nothing():
    found = [CardLevel("hw:Set", "PCM -20 dB"), Fault("mixer hw:Set", "no Master to set")]
    sounds = VirtualSound.work

    class Sound(VirtualSound):
        def work(self, now):
            news = sounds(self, now)
            return [*news, *found] if news else news

    _, recording = play("0:00:05 press\n0:20:00 end", sound=Sound())
    (level,), (fault,) = said(recording, "card level"), said(recording, "fault")
    assert (level["mixer"], level["level"]) == ("hw:Set", "PCM -20 dB")
    assert (fault["part"], fault["reason"]) == ("mixer hw:Set", "no Master to set")
    assert said(recording, "end")


def test_no_card_at_the_start():
    def unplug(world):
        world.sound.plugged = False

    _, recording = play("0:00:05 press\n0:00:30 find sound\n0:20:00 end", prepare=unplug)
    assert said(recording, "start")
    assert recording.traced[0].grid.start >= 30 * 48_000
    assert check(recording, Config()) == []


def test_a_power_cut_is_silent_and_dark_and_loses_little():
    world, recording = play(
        "0:00:05 press\n0:03:20 turn -2\n0:07:00 cut power\n0:08:00 power\n0:09:00 press\n0:25:00 end"
    )
    assert recording.light[-1].lightness == 0.0
    starts = said(recording, "start")
    assert len(starts) == 2
    # saved at the start, and then every five minutes
    assert 415 - 300 - 5 - 1 <= starts[1]["from_s"] <= 415
    assert check(recording, Config()) == []
    assert world.store.memory.volume_db == -23.0


def test_a_cut_at_night_lights_nothing_by_itself():
    _, recording = play(
        "0:00:05 press\n0:04:00 press\n0:04:10 cut power\n0:05:00 power\n0:30:00 end"
    )
    lit = [w for w in recording.light if w.at_s > 250.5 and w.lightness > 0]
    assert not lit
    assert not [t for t in recording.traced if t.grid.start > 252 * 48_000]


def test_a_guided_night_begins_afresh_the_next_evening():
    _, recording = play(
        "0:00:05 press\n0:02:00 cut power\n5:00:00 power\n5:00:05 press\n5:00:10 end"
    )
    assert said(recording, "start")[-1]["from_s"] == 0.0


@pytest.mark.slow
def test_the_wall_clock_may_jump():
    text = "0:00:05 press\n0:01:00 jump clock {}\n0:20:00 end"
    (_, forward), (_, back), (_, none) = (
        play(text.format("+3h")),
        play(text.format("-8h")),
        play("0:00:05 press\n0:20:00 end"),
    )

    def timeline(r):
        return [(x["at_s"], x["what"]) for x in r.trace if x["what"] != "act"]

    assert timeline(forward) == timeline(back) == timeline(none)


def test_a_stop_of_the_service_fades_and_saves():
    world, recording = play("0:00:05 press\n0:00:30 stop service\n0:01:00 end")
    assert said(recording, "stopped")[0]["at_s"] <= 32.0
    assert world.store.memory.playing == "small"
    assert recording.light[-1].lightness == 0.0
    assert check(recording, Config()) == []


def test_asked_twice_it_stops_at_once():
    world = World(Config(), ("small",), Shelf())
    world.inbox.schedule(10.0, lambda: world.inbox.post(Terminate()))
    world.inbox.schedule(10.1, lambda: world.inbox.post(Terminate()))
    recording = world.play(parse_night("0:00:05 press\n0:01:00 end", "n"))
    assert said(recording, "stopped")[0]["at_s"] == pytest.approx(10.1, abs=0.01)


def test_an_idle_box_stops_at_once():
    _, recording = play("0:00:30 stop service\n0:01:00 end")
    assert said(recording, "stopped")[0]["at_s"] == pytest.approx(30.0, abs=0.1)


def test_a_broken_programme_is_skipped_with_one_line():
    _, recording = play("0:00:05 press\n0:20:00 end", programmes=("broken", "small"))
    assert said(recording, "start")[0]["programme"] == "small"
    assert {(r["programme"], r["reason"]) for r in said(recording, "refused")} == {
        ("broken", "is torn")
    }


def test_all_broken_is_a_calm_end():
    _, recording = play("0:00:05 press\n0:01:00 end", programmes=("broken", "torn"))
    assert not said(recording, "start")
    assert not recording.traced
    assert check(recording, Config()) == []


def test_a_full_disk_plays_on_and_complains_once():
    def fill(world):
        world.store.full = True

    _, recording = play("0:00:05 press\n0:00:30 turn +1\n0:20:00 end", prepare=fill)
    assert len([f for f in said(recording, "fault") if f["part"] == "state"]) == 1
    assert said(recording, "end")


def test_a_dead_pin_thread_ends_the_process():
    world = World(Config(), ("small",), Shelf())

    def kill():
        world.inputs.alive = False

    world.inbox.schedule(20.0, kill)
    with pytest.raises(InputsDied):
        world.play(parse_night("0:00:05 press\n0:10:00 end", "n"))


def test_a_hand_on_the_button_while_the_box_starts_is_no_press():
    def hold(world):
        world.inputs.levels["button"] = True
        world.inbox.schedule(8.0, lambda: world.inputs.set("button", False, 8.0))

    _, recording = play("0:00:20 press\n0:01:00 end", prepare=hold)
    assert [g["at_s"] for g in said(recording, "gesture")] == [pytest.approx(20.0, abs=0.01)]
    assert [t["state"] for t in said(recording, "trouble")] == ["held down at the start"]


@pytest.mark.parametrize("louder", [True, False])
def test_lines_of_the_knob_that_float_are_told_and_the_volume_stays(louder):
    first, second = (KNOB_A, KNOB_B) if louder else (KNOB_B, KNOB_A)

    def hum(world):
        for half in range(400):
            for line, late_s in ((first, 0.0), (second, 0.005)):
                at, closed = 30.0 + half * 0.01 + late_s, half % 2 == 0
                world.inbox.schedule(at, partial(world.inputs.set, line, closed, at))

    world, recording = play("0:00:05 press\n0:00:20 turn +4\n0:01:00 end", prepare=hum)
    told = [(t["line"], t["state"]) for t in said(recording, "trouble")]
    assert told == [("knob", NOISY_KNOB), ("knob", "quiet")]
    levels = [v["db"] for v in said(recording, "volume")]
    by_hand_db = levels[3]
    assert (max(levels) > by_hand_db) == louder  # carried away, and back
    assert (min(levels[3:]) < by_hand_db) != louder
    assert levels[-1] == world.loop.course.session.volume_db == by_hand_db
    assert check(recording, Config()) == []  # no rise over 6 dB/s on its way back, among others


def test_an_idle_box_hardly_wakes():
    world, _ = play("1:00:00 end")
    assert world.passes / 3600 < 0.2


def test_a_dark_hour_of_a_night_hardly_wakes():
    quiet, _ = play("0:00:05 press\n0:03:06 end")
    night, _ = play("0:00:05 press\n0:08:50 end")
    assert (night.passes - quiet.passes) / 344 < 0.3


def test_posts_of_other_threads_become_lines():
    world = World(Config(), ("small",), Shelf())
    for item in (
        Fault("bed:brown", "is missing"),
        Refused("a\nb.flac", "is empty"),
        Reload(),
    ):
        world.inbox.schedule(3.0, item)
    recording = world.play(parse_night("0:00:10 end", "n"))
    assert said(recording, "fault")[0]["part"] == "bed:brown"
    assert said(recording, "refused")[0]["reason"] == "is empty"
    assert said(recording, "configuration refused")


def test_new_settings_are_taken_up_without_a_stop():
    quiet = Config().settings(("small",))
    from dataclasses import replace

    world = World(Config(), ("small",), Shelf())
    world.reload = lambda: (replace(quiet, ceiling_db=-40.0), "box.yaml")
    world.inbox.schedule(30.0, Reload())
    recording = world.play(parse_night("0:00:05 press\n0:20:00 end", "n"))
    assert said(recording, "configuration")[0]["file"] == "box.yaml"
    assert said(recording, "end")
    late = [t for t in recording.traced if t.grid.start > 40 * 48_000]
    assert (
        max(
            float(max(h.level) if hasattr(h.level, "__len__") else h.level)
            for t in late
            for h in t.heard
        )
        <= -60 + 0.1
    )


# -- a new version --------------------------------------------------------------------------


def upgraded_at(at_s, text, *more_at_s, prepare=lambda world: None):
    """A night with a new version installed meanwhile; when the box has ended for it, if it has."""
    world = World(Config(), ("small",), Shelf())
    prepare(world)
    for at in (at_s, *more_at_s):
        world.inbox.schedule(at, EndWhenIdle())
    recording = world.play(parse_night(text, "n"))
    assert check(recording, Config()) == []
    ends = said(recording, "stopped")
    assert len(ends) <= 1
    return recording, (ends[0]["at_s"] if ends else None)


def test_a_new_version_takes_over_an_idle_box_soon():
    recording, ended_at = upgraded_at(30.0, "0:01:00 end")
    assert ended_at == pytest.approx(33.0, abs=0.1)
    assert [len(said(recording, what)) for what in ("new version", "afresh")] == [1, 1]


def test_a_new_version_waits_for_the_end_of_the_night():
    recording, ended_at = upgraded_at(60.0, "0:00:05 press\n0:20:00 end", 90.0, 400.0)
    assert len(said(recording, "new version")) == 1  # told once, however often it is asked
    assert ended_at == pytest.approx(said(recording, "end")[0]["at_s"] + 3.0, abs=0.2)


def test_a_new_version_comes_once_a_hand_has_stopped_the_box_and_it_has_gone_dark():
    recording, ended_at = upgraded_at(20.0, "0:00:05 press\n0:00:40 hold\n0:02:00 end")
    idle_at = next(p["at_s"] for p in said(recording, "phase") if p["phase"] == "idle")
    lit_until = max(w.at_s for w in recording.light if w.lightness > 0.0)
    assert lit_until > 20.0
    assert ended_at == pytest.approx(max(idle_at, lit_until) + 3.0, abs=0.2)


def test_a_paused_box_is_not_idle():
    _, ended_at = upgraded_at(20.0, "0:00:05 press\n0:00:15 press\n0:10:00 end")
    assert ended_at is None


def test_a_hand_that_comes_just_in_time_has_its_night():
    recording, ended_at = upgraded_at(30.0, "0:00:32 press\n0:20:00 end")
    assert said(recording, "end")
    assert ended_at == pytest.approx(said(recording, "end")[0]["at_s"] + 3.0, abs=0.2)


def test_a_turn_of_the_knob_in_the_idle_box_is_waited_for():
    """The light that shows the volume burns for 3 s."""
    _, ended_at = upgraded_at(30.0, "0:00:31 turn +1\n0:01:00 end")
    assert ended_at > 36.0


def test_a_lamp_that_cannot_be_written_does_not_keep_the_old_version():
    _, ended_at = upgraded_at(30.0, "0:00:05 press\n0:00:20 lose light\n0:00:25 hold\n0:02:00 end")
    assert ended_at == pytest.approx(33.0, abs=1.0)


def test_the_memory_is_kept_for_the_new_version():
    world = World(Config(), ("small",), Shelf())
    world.inbox.schedule(30.0, EndWhenIdle())
    world.play(parse_night("0:00:30.5 turn -2\n0:01:00 end", "n"))
    assert world.store.memory.volume_db == -23.0


def test_the_signal_of_the_package_is_posted():
    inbox = QueueInbox(SystemClock())
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        install_signals(inbox)
        assert callable(signal.getsignal(signal.SIGUSR1))  # else it would end the tests
        signal.raise_signal(signal.SIGUSR1)
        assert inbox.wait(-math.inf) == [EndWhenIdle()]
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(AskedToEnd):
            inbox.sleep(3600.0)
        assert inbox.wait(-math.inf) == [Terminate()]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# -- the supervisor ------------------------------------------------------------------------


class Notes:
    def __init__(self):
        self.said = []

    def notify(self, text):
        self.said.append(text)


def supervised(prepare=lambda world: None, text="0:00:05 press\n0:01:00 end"):
    notes = Notes()
    world = World(Config(), ("small",), Shelf(), supervisor=Systemd(notes, 30.0))
    world.tamper = lambda loop: prepare(world)
    world.play(parse_night(text, "n"))
    return notes.said


def test_systemd_hears_ready_and_a_beat_ten_times_per_watchdog_while_it_plays():
    said_to = supervised()
    assert said_to[0].startswith("READY=1\nSTATUS=")
    assert said_to.count("WATCHDOG=1") == 20  # at 0, then at 5, 8, 11 … 59 s


def test_an_idle_box_beats_three_times_per_watchdog():
    assert supervised(text="0:01:00 end").count("WATCHDOG=1") == 7


def lines(said_to):
    """What `systemctl status` showed, one after the other."""
    return [text.partition("STATUS=")[2] for text in said_to if "STATUS=" in text]


def test_systemd_hears_how_the_box_stands_whenever_that_changes():
    shown = lines(supervised(text="0:00:05 press\n0:04:00 lose sound\n0:04:30 hold\n0:04:40 end"))
    assert [line.rpartition(", no faults")[0] or line for line in shown] == [
        "idle, small is chosen, volume -20 dB, sound on a virtual card, simulated light",
        "plays Small Night at 0:00 of 9:00, stage arrive, volume -20 dB, sound on a virtual card, simulated light",
        "plays Small Night at 1:00 of 9:00, stage drift, volume -20 dB, sound on a virtual card, simulated light",
        "plays Small Night at 2:00 of 9:00, stage drift, volume -20 dB, sound on a virtual card, simulated light",
        "plays Small Night at 3:00 of 9:00, stage night, volume -20 dB, sound on a virtual card, simulated light",
        "plays Small Night at 3:55 of 9:00, stage night, volume -20 dB, no sound, simulated light, "
        "faults: the sound card has been unplugged",
        "plays Small Night at 4:25 of 9:00, stage night, volume -20 dB, no sound, simulated light, "
        "faults: the sound card has been unplugged",
        "idle, small is chosen, volume -20 dB, no sound, simulated light, "
        "faults: the sound card has been unplugged",
    ]


def test_an_idle_box_tells_systemd_nothing_twice():
    assert len(lines(supervised(text="3:00:00 end"))) == 1


def test_a_lamp_that_fails_and_comes_back_is_seen_in_the_status():
    text = "0:00:05 press\n0:00:20 lose light\n0:00:25 find light\n0:00:50 end"
    faulty = ["simulated light: " in line for line in lines(supervised(text=text))]
    assert faulty == [False, False, True, False]


def test_a_lamp_in_visible_steps_is_named():
    def plain(world):
        world.light.name = "the light on gpiozero (software PWM, visible steps)"

    assert all("visible steps" in line for line in lines(supervised(plain)))


def lamp_fails(world):
    world.light.fails = True


def test_an_idle_box_whose_lamp_fails_is_started_afresh():
    assert supervised(lamp_fails, "0:01:00 end").count("WATCHDOG=1") == 0


def test_a_lamp_that_fails_costs_nobody_the_night():
    text = "0:00:05 press\n0:00:20 lose light\n0:02:05 end"
    assert supervised(text=text).count("WATCHDOG=1") == 41  # at 0, then at 5, 8, 11 … 122 s


def test_no_beat_while_the_ring_does_not_turn():
    notes = Notes()

    class Stalling(VirtualSound):
        def is_turning(self, now):
            return now < 20.0

    systemd = Systemd(notes, 30.0)
    world = World(Config(), ("small",), Shelf(), sound=Stalling(), supervisor=systemd)
    world.play(parse_night("0:00:05 press\n0:01:00 end", "n"))
    assert notes.said.count("WATCHDOG=1") == 6  # at 0, then at 5, 8 … 17 s


def test_a_beat_is_wanted_three_times_per_watchdog_and_ten_times_in_a_session():
    assert Systemd(Notes(), 30.0).beat_every_s(running=False) == 10.0
    assert Systemd(Notes(), 30.0).beat_every_s(running=True) == 3.0
    assert Systemd(Notes(), None).beat_every_s(running=True) is None


def test_off_systemd_nobody_listens(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert isinstance(find_supervisor(), Nobody)
    assert Nobody().beat_every_s(running=True) is None


def test_stopping_is_said_before_the_light_goes():
    assert "STOPPING=1" in supervised(text="0:00:05 press\n0:00:30 stop service\n0:01:00 end")


# -- inbox, clocks, words --------------------------------------------------------------------


def test_the_inbox_gives_everything_that_was_posted():
    inbox = QueueInbox(SystemClock())
    assert inbox.wait(-math.inf) == []
    for item in (Terminate(), Reload(), Terminate()):
        inbox.post(item)
    assert inbox.wait(math.inf) == [Terminate(), Reload(), Terminate()]
    now = SystemClock().now()
    assert inbox.wait(now + 0.01) == []


def test_a_fast_clock_is_fast():
    clock = SystemClock(60.0)
    first = clock.now()
    assert clock.real_s(60.0) == 1.0
    assert clock.now() >= first
    assert clock.wall() > 1.7e9
    assert clock.boot() == SystemClock().boot()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (entries.Started("n", "Night", 65.0, -20.0, 0.0), "plays Night from 1:05 at -20 dB"),
        (entries.Paused(4000.0), "paused at 1:06:40"),
        (Refused("a\nb", "is empty"), "cannot play a\\x0ab: is empty"),
        (entries.CueSaid("rest {here}"), "says: rest {here}"),
    ],
)
def test_a_line_says_what_a_person_wants_to_know(entry, words):
    assert entry.sentence() == words


def test_untrusted_names_stay_on_one_line():
    assert printable('a\n"b\x1b[31m') == 'a\\x0a"b\\x1b[31m'


def test_the_log_warns_of_faults(caplog):
    diary = Diary(Log())
    with caplog.at_level("DEBUG", "nidra_box"):
        diary.write(0.0, Fault("light", "gone"))
        diary.write(0.0, entries.CueSaid("hello"))
        diary.write(0.0, entries.Stopped("a", 3.0))
    assert [r.levelname for r in caplog.records] == ["WARNING", "DEBUG", "INFO"]


def every(kind=entries.Entry):
    """All classes of entries that have a name."""
    for below in kind.__subclasses__():
        yield from every(below)
        if below.what:
            yield below


def test_every_entry_has_a_name_of_its_own_and_a_sentence_of_its_own_facts():
    kinds = {kind.__name__: kind for kind in every()}.values()
    assert len({kind.what for kind in kinds}) == len(kinds) > 35
    for kind in kinds:
        made = kind(**{f.name: "x" if f.type == "str" else 1 for f in fields(kind)})
        assert made.sentence()
        assert "{" not in made.sentence()


def test_a_night_ends_in_every_way_that_there_is_a_word_for():
    endings = {kind.ending for kind in every(entries.Ended)}
    assert endings == set(entries.Ending) - {entries.Ending.CUT}
