"""After a power cut: silent and dark, unless the settings and the state say otherwise."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nidra_box.appliance.after_cut import GoOn, after_cut, was_cut
from nidra_box.appliance.memory import Memory, memory_of
from nidra_box.appliance.store import FileStore
from nidra_box.config import Config, TimerSettings
from nidra_box.light.lamp import wanted
from nidra_box.session import events as e
from nidra_box.session.session import Session
from nidra_box.session.transitions import step
from nidra_box.studio.promises import check
from tests.unit.test_appliance import NIGHT, Shelf, play, said
from tests.unit.test_store import Clocks

WALL = 1.79e9
CUT = Memory(
    playing="night",
    position_s=1000.0,
    saved_boot="first",
    saved_at=77.0,
    saved_wall=WALL,
    was_playing=True,
    timer_left_s=1800.0,
    fade_s=300.0,
)
OUTLINE = e.Outline("night", "Night", 3600.0, (e.SleepSpan(600.0, 3600.0),))
RETURNING = Config(resume_after_power_loss=True)


@pytest.mark.parametrize(
    ("changes", "boot", "cut"),
    [
        ({}, "second", True),
        ({}, "first", False),  # crashed, killed, upgraded: the power was on
        ({"was_playing": False}, "second", False),  # stopped, paused, ended, shut down
        ({"saved_boot": ""}, "second", False),  # nobody can tell
        ({}, "", False),
    ],
)
def test_a_power_cut_is_told_from_a_restart(changes, boot, cut):
    assert was_cut(replace(CUT, **changes), boot) == cut


@pytest.mark.parametrize(
    ("changes", "wall", "goes_on"),
    [
        ({}, WALL + 60.0, GoOn(1060.0, 1740.0, 60.0)),
        ({}, WALL, GoOn(1000.0, 1800.0, 0.0)),
        ({}, WALL - 5.0, GoOn(1000.0, 1800.0, 0.0)),  # it runs back: not believed
        ({}, 0.0, GoOn(1000.0, 1800.0, 0.0)),
        ({"saved_wall": 0.0}, WALL, GoOn(1000.0, 1800.0, 0.0)),  # it had no time then
        ({}, WALL + 1799.0, GoOn(2799.0, 1.0, 1799.0)),
        ({}, WALL + 1800.0, "the sleep timer would have ended by now"),
        ({"timer_left_s": 9000.0}, WALL + 2600.0, "Night would be over by now"),
        ({"position_s": 3600.0}, WALL - 5.0, "Night would be over by now"),  # shorter meanwhile
        ({"timer_left_s": 0.0}, WALL - 5.0, "the sleep timer would have ended by now"),
        ({}, WALL + 3 * 86400.0, "Night would be over by now"),
    ],
)
def test_where_the_night_is_by_the_time_that_is_known(changes, wall, goes_on):
    assert after_cut(replace(CUT, **changes), OUTLINE, wall) == goes_on


@given(
    st.floats(0.0, 4000.0),
    st.floats(-10.0, 4000.0),
    st.floats(-1e7, 1e7),
    st.sampled_from([0.0, WALL]),
)
def test_whatever_the_clock_says_nothing_plays_longer_than_it_would_have(
    position_s, left_s, off_s, saved_wall
):
    memory = replace(CUT, position_s=position_s, timer_left_s=left_s, saved_wall=saved_wall)
    found = after_cut(memory, OUTLINE, WALL + off_s)
    if isinstance(found, GoOn):
        assert position_s <= found.position_s < OUTLINE.duration_s
        assert 0.0 < found.left_s <= left_s
        # Both run on alike.
        assert found.position_s - position_s == pytest.approx(left_s - found.left_s, abs=1e-6)


# -- what the state says ----------------------------------------------------------------------


def a_session(*events, timer_s=0.0):
    session = Session(e.Settings(("night",), timer_s=timer_s), "night")
    for event in events:
        session, effects = step(session, event)
        if any(isinstance(effect, e.Load) for effect in effects):
            session, _ = step(session, e.Loaded(event.at, OUTLINE))
    return session


@pytest.mark.parametrize(
    ("events", "playing"),
    [
        ([], False),
        ([e.Press(1.0)], True),
        ([e.Press(1.0), e.Press(5.0)], False),  # paused
        ([e.Press(1.0), e.Press(5.0), e.Press(9.0)], True),
        ([e.Press(1.0), e.Press(5.0), e.Hold(5.8)], False),
        ([e.Press(1.0), e.Shutdown(5.0)], False),
        ([e.Press(1.0), e.Tick(601.0)], True),  # the timer fades
        ([e.Press(1.0), e.Tick(601.0), e.Tick(901.0)], False),  # and has ended
        ([e.Press(1.0), e.PowerReturned(5.0, OUTLINE, 700.0, 90.0, 60.0)], True),
    ],
)
def test_the_state_knows_whether_it_plays(events, playing):
    memory = memory_of(a_session(*events, timer_s=900.0), 650.0, Clocks())
    assert memory.was_playing == playing
    assert (memory.timer_left_s != 0.0) == playing


def test_everything_that_a_return_depends_on_is_saved_when_it_changes():
    playing = a_session(e.Press(1.0), timer_s=900.0)
    paused, _ = step(playing, e.Press(2.0))
    fading, _ = step(playing, e.Tick(601.0))
    for session, event in (
        (paused, e.Press(3.0)),  # a pause had stopped the regular saving
        (fading, e.Press(610.0)),  # the timer has more time
        (playing, e.Push(3.0)),  # the light was switched off
    ):
        _, effects = step(session, event)
        assert any(isinstance(effect, e.Remember) for effect in effects), event


def test_an_older_box_can_read_it_and_what_it_writes_plays_nothing(tmp_path):
    FileStore(tmp_path).save(CUT)
    written = json.loads((tmp_path / "state.json").read_text())
    assert written["version"] == 1
    new = {"was_playing", "timer_left_s", "fade_s", "light_on"}
    older = {key: value for key, value in written.items() if key not in new}
    assert older["playing"] == "night"
    (tmp_path / "state.json").write_text(json.dumps(older))
    memory, complaints = FileStore(tmp_path).load()
    assert (memory.was_playing, memory.position_s, complaints) == (False, 1000.0, [])


def test_a_state_that_was_overtaken_brings_nothing_back(tmp_path):
    store = FileStore(tmp_path)
    store.save(CUT)
    store.save(replace(CUT, was_playing=False))
    (tmp_path / "state.json").unlink()  # the power went between the two renames
    assert store.load() == (replace(CUT, was_playing=False), [])


# -- the session that goes on -------------------------------------------------------------------

IDLE = Session(e.Settings(("night",)), "night", volume_db=-6.0)


def returned(position_s=700.0, left_s=5000.0, fade_s=300.0, light_on=True):
    return step(IDLE, e.PowerReturned(10.0, OUTLINE, position_s, left_s, fade_s, light_on))


def test_it_comes_back_slowly_and_no_louder_than_a_start():
    session, effects = returned()
    assert [type(effect) for effect in effects[:2]] == [e.SetVolume, e.StartSound]
    assert effects[0].db == -20.0
    assert (effects[1].position_s, effects[1].rise_s) == (700.0, 45.0)
    assert session.ends_at == 5010.0
    assert session.comfort is None  # no hand, no light
    assert not effects[1].announces


def test_a_card_that_comes_late_is_as_soft_until_a_hand_comes():
    session, _ = returned()
    late, effects = step(session, e.SoundFound(40.0))
    assert [x.rise_s for x in effects if isinstance(x, e.StartSound)] == [45.0]
    touched, _ = step(late, e.Turn(50.0, -1))
    _, effects = step(touched, e.SoundFound(60.0))
    assert [x.rise_s for x in effects if isinstance(x, e.StartSound)] == [0.0]


def test_in_the_middle_of_the_fade_it_fades_on():
    session, effects = returned(left_s=120.0)
    assert session.phase is e.Phase.WINDING_DOWN
    assert e.WindDown(-170.0, 130.0) in effects
    ended, _ = step(session, e.Tick(130.0))
    assert ended.phase is e.Phase.IDLE
    back, _ = step(session, e.Press(20.0))
    assert back.phase is e.Phase.PLAYING


def test_only_an_idle_box_goes_on_by_itself():
    session = a_session(e.Press(1.0))
    after, effects = step(session, e.PowerReturned(5.0, OUTLINE, 700.0, 90.0, 60.0))
    assert (after, effects) == (session, [])


def test_the_light_comes_as_slowly_and_stays_off_if_it_was():
    def lit(light_on, after_s):
        session, _ = returned(position_s=30.0, light_on=light_on)
        level = wanted(session, NIGHT, 10.0 + after_s)
        return level.lightness / max(NIGHT.lightness(session.position(10.0 + after_s)), 1e-9)

    assert lit(True, 0.0) == 0.0
    assert lit(True, 22.5) == pytest.approx(0.5)
    assert lit(True, 47.0) == pytest.approx(1.0)
    assert lit(False, 47.0) == 0.0


# -- the whole box ------------------------------------------------------------------------------

CUT_AND_BACK = "0:00:05 press\n0:01:00 cut power\n0:01:20 power\n0:20:00 end"


def test_the_power_returns_and_the_night_goes_on():
    _, recording = play(CUT_AND_BACK, config=RETURNING)
    starts = said(recording, "start")
    assert [round(s["from_s"]) for s in starts] == [0, 75]
    assert said(recording, "end")[0]["at_s"] == pytest.approx(545.0, abs=0.1)  # when it would have
    assert check(recording, RETURNING) == []


def test_without_the_setting_it_is_silent_and_dark():
    _, recording = play(CUT_AND_BACK)
    assert len(said(recording, "start")) == 1
    assert check(recording, Config()) == []


def restart_in_the_same_boot(*at_s):
    """What killed the box was no power cut: systemd starts it afresh."""

    def prepare(world):
        def same():
            world.clock.boots -= 1

        for when in at_s:
            world.inbox.schedule(when - 0.01, same)

    return prepare


def test_a_box_that_crashed_comes_back_silent_and_stays_so_over_a_power_cut():
    text = CUT_AND_BACK.replace("0:20:00", "0:03:00 cut power\n0:03:10 power\n0:20:00")
    world, recording = play(text, config=RETURNING, prepare=restart_in_the_same_boot(80.0))
    assert len(said(recording, "power cut")) == 2
    assert len(said(recording, "start")) == 1
    assert not world.store.memory.was_playing


def test_a_box_that_falls_over_on_its_way_back_finds_the_cut_used_up():
    worlds = []

    class Bug(Exception):
        pass

    class Torn(Shelf):
        def load(self, programme):
            if worlds[0].clock.boots > 1 and not worlds[0].store.memory.was_playing:
                raise Bug
            return super().load(programme)

    def prepare(world):
        worlds.append(world)
        world.catalogue = Torn()

    with pytest.raises(Bug):
        play(CUT_AND_BACK, config=RETURNING, prepare=prepare)
    assert worlds[0].clock.time == 80.0
    assert not worlds[0].store.memory.was_playing


def test_a_cut_in_a_box_that_stays_silent_is_used_up():
    """Who then changes the setting and starts the service again is not played to."""
    world, _ = play(CUT_AND_BACK)
    assert not world.store.memory.was_playing
    assert world.store.memory.position_s == pytest.approx(0.0, abs=60.0)


def test_a_state_that_cannot_be_written_brings_nothing_back():
    def prepare(world):
        world.inbox.schedule(70.0, lambda: setattr(world.store, "full", True))

    _, recording = play(CUT_AND_BACK, config=RETURNING, prepare=prepare)
    assert len(said(recording, "start")) == 1
    assert said(recording, "fault")[0]["part"] == "state"


def test_a_programme_that_is_broken_by_now_is_not_replaced_by_another():
    def prepare(world):
        def broken():
            world.store.memory = replace(world.store.memory, playing="broken")

        world.inbox.schedule(70.0, broken)

    _, recording = play(CUT_AND_BACK, config=RETURNING, prepare=prepare)
    assert len(said(recording, "start")) == 1
    assert said(recording, "refused")[0]["programme"] == "broken"


def test_the_timer_counts_on_while_the_power_is_off():
    timed = replace(RETURNING, timer=TimerSettings(minutes=5.0, wind_down_minutes=2.0))
    for text, back in (
        ("0:00:05 press\n0:01:00 cut power\n0:02:00 power\n0:20:00 end", True),
        ("0:00:05 press\n0:01:00 cut power\n0:04:00 power\n0:20:00 end", True),  # it fades already
        ("0:00:05 press\n0:01:00 cut power\n0:05:10 power\n0:20:00 end", False),
    ):
        _, recording = play(text, config=timed)
        assert len(said(recording, "power returned")) == back
        assert [t["at_s"] for t in said(recording, "timer")] == (
            [pytest.approx(305.0, abs=0.1)] if back else []
        )
        assert check(recording, timed) == []
