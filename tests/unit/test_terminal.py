"""The box in a terminal: what the keys do, what is seen of it, and how it ends."""

import asyncio
import os
import pty
import re
import select
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest

pytest.importorskip("textual")

from nidra_box.appliance.clock import SystemClock
from nidra_box.config import Config, FolderSettings
from nidra_box.session.events import Phase
from nidra_box.session.hands import BUTTON
from nidra_box.sound.card.deck import Card
from nidra_box.sound.port import NoSound
from nidra_box.studio.nights.world import MemoryStore
from nidra_box.studio.terminal.app import LIT_FRAME_S, BoxApp, slow_mean
from nidra_box.studio.terminal.layout import keys_line
from nidra_box.studio.terminal.owner import Owner
from nidra_box.studio.terminal.picture import INK, Depth
from nidra_box.studio.terminal.screenshot import picture_of, without_fonts
from tests.support.box import shipped_catalogue, with_beds
from tests.unit.test_terminal_picture import colours


def config():
    return Config(folders=FolderSettings(state=str(with_beds().own)))


@asynccontextmanager
async def running(speed=20.0, size=(80, 24), depth=Depth.FULL, spoil=lambda owner: None):
    """The app on the real box, with nothing remembered; ended whatever happens."""
    owner = Owner(config(), None, SystemClock(speed), Card("", "dummy"), MemoryStore())
    spoil(owner)
    app = BoxApp(owner, depth)
    try:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: owner.diary.last(1) or owner.has_ended)
            yield app, pilot, owner
    finally:
        owner.terminate()
        owner.terminate()
        assert owner.end()


async def until(pilot, holds, seconds=8.0):
    """Wait for it in small steps; how long it may take is only a guard."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "did not come"
        await pilot.pause(0.01)


def session(owner):
    return owner.box.loop.course.session


def pane(app, name):
    return app.screen_stack[0].query_one(f"#{name}").text


@pytest.mark.slow
def test_a_press_plays_a_turn_is_one_step_and_a_hold_ends_it():
    async def scenario():
        async with running() as (_, pilot, owner):
            assert session(owner).phase is Phase.IDLE
            await pilot.press("space")
            await until(pilot, lambda: session(owner).phase is Phase.PLAYING)
            volume, step_db = session(owner).volume_db, session(owner).settings.step_db
            await pilot.press("right")
            await until(pilot, lambda: session(owner).volume_db == volume + step_db)
            await pilot.press("left", "left", "minus")
            await until(pilot, lambda: session(owner).volume_db == volume - 2 * step_db)
            await pilot.press("pageup")
            await until(pilot, lambda: session(owner).volume_db == volume + 3 * step_db)
            await pilot.press("h")
            await until(pilot, lambda: session(owner).phase is Phase.IDLE)

    asyncio.run(scenario())


@pytest.mark.slow
def test_a_press_pauses_and_goes_on():
    async def scenario():
        async with running() as (_, pilot, owner):
            for phase in (Phase.PLAYING, Phase.PAUSED, Phase.PLAYING):
                await pilot.press("space")
                await until(pilot, lambda phase=phase: session(owner).phase is phase)
                await pilot.pause(0.12)  # a second press of the key, not its repeat

    asyncio.run(scenario())


@pytest.mark.slow
@pytest.mark.parametrize("key", ["d", "enter"])
def test_a_second_press_plays_the_next_programme(key):
    catalogue = shipped_catalogue()
    following = catalogue.load(catalogue.ids()[1]).score.title

    async def scenario():
        async with running() as (app, pilot, owner):
            chosen = session(owner).chosen
            await pilot.press(key)
            await until(pilot, lambda: session(owner).phase is Phase.PLAYING)
            assert session(owner).chosen != chosen
            await until(pilot, lambda: following in pane(app, "panel").plain)

    asyncio.run(scenario())


@pytest.mark.slow
def test_the_knob_is_pushed_for_the_light_and_pushed_and_turned_for_the_brightness():
    async def scenario():
        async with running() as (_, pilot, owner):
            await pilot.press("space")
            await until(pilot, lambda: session(owner).phase is Phase.PLAYING)
            await pilot.press("p")
            await until(pilot, lambda: not session(owner).light_on)
            await pilot.press("p")
            await until(pilot, lambda: session(owner).light_on)
            await pilot.press("b")
            await until(pilot, lambda: session(owner).brightness == 95.0)
            await pilot.press("B")
            await until(pilot, lambda: session(owner).brightness == 100.0)

    asyncio.run(scenario())


@pytest.mark.slow
def test_a_change_of_brightness_is_shown_in_the_dark():
    async def scenario():
        async with running(speed=1.0) as (app, pilot, owner):
            await pilot.press("space")
            await until(pilot, lambda: session(owner).phase is Phase.PLAYING)
            for key in ("p", "b", "b"):
                await pilot.press(key)
            await until(pilot, lambda: session(owner).brightness == 90.0)
            await until(pilot, lambda: "off · 90 %" in pane(app, "panel").plain)

    asyncio.run(scenario())


@pytest.mark.slow
def test_a_key_makes_time_faster_and_slower_without_a_jump():
    async def scenario():
        async with running(speed=1.0) as (app, pilot, owner):
            await pilot.press("space", "s")
            assert owner.look().speed == 10.0
            await until(pilot, lambda: "no sound at this speed" in pane(app, "panel").plain)
            await pilot.press("s", "S", "S", "S")
            assert owner.look().speed == 1.0
            assert 0.0 <= owner.look().position_s < 3600.0
            await until(pilot, lambda: "plays into nothing" in pane(app, "panel").plain)

    asyncio.run(scenario())


@pytest.mark.slow
@pytest.mark.parametrize("presses", [0, 2])
def test_a_key_leads_back_to_the_first_programme(presses):
    async def scenario():
        async with running(speed=1.0) as (_, pilot, owner):
            first = session(owner).settings.programmes[0]
            for _ in range(presses):
                before = session(owner).chosen
                await pilot.press("d")
                await until(pilot, lambda before=before: session(owner).chosen != before)
            await pilot.press("0")
            await until(pilot, lambda: session(owner).chosen == first, seconds=20.0)
            await until(pilot, lambda: session(owner).phase is Phase.PLAYING)

    asyncio.run(scenario())


@pytest.mark.slow
def test_at_its_own_speed_the_picture_is_black_then_lit_then_black():
    async def scenario():
        async with running(speed=1.0) as (app, pilot, owner):
            assert "▀" not in pane(app, "box").plain
            owner.inputs.set(BUTTON, True, owner.clock.now())
            await until(pilot, lambda: "(●)" in pane(app, "box").plain)
            owner.inputs.set(BUTTON, False, owner.clock.now())
            await until(pilot, lambda: "( )" in pane(app, "box").plain)
            await until(pilot, lambda: "▀" in pane(app, "box").plain)
            await until(pilot, lambda: owner.look().lightness > 10.0)
            await until(
                pilot, lambda: any(c[0] > 90 and c[2] < 60 for c in colours(pane(app, "box")))
            )
            assert "amber" in pane(app, "panel").plain
            await pilot.press("p")
            await until(pilot, lambda: owner.look().lightness == 0.0)
            await until(pilot, lambda: "▀" not in pane(app, "box").plain)
            assert session(owner).phase is Phase.PLAYING

    asyncio.run(scenario())


@pytest.mark.slow
def test_the_words_of_the_cue_its_stage_and_the_diary_are_on_the_screen():
    async def scenario():
        async with running(speed=5.0) as (app, pilot, owner):  # a slow machine must not miss it
            first = owner.look().score.clips[0].words
            await pilot.press("space")
            await until(pilot, lambda: pane(app, "words").plain == first)
            assert colours(pane(app, "words")) == {INK}
            assert "arrive (preparation)" in pane(app, "panel").plain
            assert "plays Lower Back, Long Night" in pane(app, "diary").plain
            assert "5 times as fast" in pane(app, "head").plain
            assert "▲" in pane(app, "curve").plain

    asyncio.run(scenario())


@pytest.mark.slow
@pytest.mark.parametrize("presses", [1, 2])
def test_quit_ends_softly_and_leaves_exit_code_0(presses):
    async def scenario():
        async with running(speed=1.0 if presses == 2 else 10.0) as (app, pilot, owner):
            await pilot.press("space")
            await until(pilot, lambda: owner.look().lightness > 0.5)
            await pilot.press("q")
            if presses == 2:
                await until(pilot, lambda: "q again" in pane(app, "keys").plain)
                assert not owner.has_ended
                await pilot.press("q")
            await until(pilot, lambda: owner.has_ended, seconds=1.5)
            await until(pilot, lambda: not app.is_running)
            assert app.return_value == 0
            assert owner.light.amber == owner.light.red == 0.0
            assert not owner.light.is_open

    asyncio.run(scenario())


def test_control_c_ends_softly_too():
    async def scenario():
        async with running() as (app, pilot, owner):
            await pilot.press("ctrl+c")
            await until(pilot, lambda: owner.has_ended)
            await until(pilot, lambda: not app.is_running)
            assert app.return_value == 0

    asyncio.run(scenario())


class BrokenSound(NoSound):
    """A sound that a bug kills after the first press."""

    def do(self, effect, score, now):
        raise RuntimeError("the sound has a bug")


def test_a_box_that_dies_takes_the_picture_with_it_and_says_why():
    def spoil(owner):
        owner.box.loop.sound.sound = BrokenSound()

    async def scenario():
        async with running(spoil=spoil) as (app, pilot, owner):
            await pilot.press("space")
            await until(pilot, lambda: not app.is_running)
            assert app.return_value == 1
            assert owner.error == "the sound has a bug"
            assert owner.light.amber == 0.0

    asyncio.run(scenario())


@pytest.mark.slow
@pytest.mark.parametrize("size", [(60, 15), (200, 60), (79, 23), (40, 10), (12, 4), (1, 1)])
def test_any_size_of_terminal_will_do(size):
    async def scenario():
        async with running(size=size) as (app, pilot, owner):
            await pilot.press("space")
            await until(pilot, lambda: owner.look().lightness > 5.0)
            await pilot.pause()
            await pilot.resize_terminal(80, 24)
            await until(pilot, lambda: "▀" in pane(app, "box").plain)
            await pilot.resize_terminal(*size)
            await pilot.pause(0.05)
            assert app.is_running
            if size == (60, 15):
                assert "Lower Back" in pane(app, "panel").plain
            if size == (200, 60):
                assert app.screen_stack[0].query_one("#box").size == (52, 22)

    asyncio.run(scenario())


def test_at_80_by_24_every_piece_has_its_place_and_the_keys_fit():
    async def scenario():
        async with running() as (app, pilot, _):
            await pilot.pause()
            regions = {p.id: p.region for p in app.screen_stack[0].query("Pane")}
            assert all(region.area > 0 for region in regions.values())
            assert max(region.bottom for region in regions.values()) == 24
            assert len(pane(app, "keys").plain) <= 78
            assert app.screen_stack[0].query_one("#diary").size.height == 3

    asyncio.run(scenario())


def test_without_colour_no_colour_is_sent(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def scenario():
        async with running(depth=None) as (app, pilot, _):
            assert app.depth is Depth.NONE
            await pilot.press("space")
            await until(pilot, lambda: set("▒▓█") & set(pane(app, "box").plain))
            await until(pilot, lambda: re.search(r"L\* \d+ amber", pane(app, "panel").plain))
            for name in ("box", "panel", "words", "curve", "diary", "keys"):
                assert not colours(pane(app, name)), name

    asyncio.run(scenario())


@pytest.mark.parametrize("columns", [6, 13, 24, 40, 59, 60, 78, 200])
def test_however_narrow_the_terminal_is_it_says_how_to_quit(columns):
    line = keys_line(False, columns)
    assert len(line) <= columns
    assert line.endswith("q quit")
    assert ("space press" in line) == (columns >= 40)
    assert ("sS speed" in line) == (columns == 200)


@pytest.mark.slow
def test_help_shows_the_keys_and_any_key_only_goes_back():
    async def scenario():
        async with running() as (app, pilot, owner):
            await pilot.press("question_mark")
            await until(pilot, lambda: len(app.screen_stack) == 2)
            assert "two minutes of red light" in app.screen.query_one("#keys-in-words").text.plain
            await pilot.press("space")
            await until(pilot, lambda: len(app.screen_stack) == 1)
            await pilot.press("question_mark", "q")
            await until(pilot, lambda: len(app.screen_stack) == 1)
            assert not owner.is_leaving
            assert session(owner).phase is Phase.IDLE

    asyncio.run(scenario())


def test_time_that_runs_sixty_times_as_fast_does_not_flicker():
    """Breaths would be ten flashes a second: the picture shows their slow mean."""

    async def scenario():
        async with running(speed=60.0) as (app, _, owner):
            look, now = owner.look(), time.monotonic()

            def calmed(frame, **light):
                return app._calmed(replace(look, **light), now + frame * LIT_FRAME_S)

            seen = [
                calmed(frame, lightness=level).lightness
                for frame, level in enumerate([45.0, 4.0] * 40)
            ]
            assert max(abs(b - a) for a, b in pairwise(seen)) < 3.5
            calmed(80, lightness=45.0, redness=0.0)
            fading = calmed(81, lightness=0.0, redness=1.0)
            assert fading.lightness > 0.0
            assert fading.redness == 0.0

    asyncio.run(scenario())


def test_the_slow_mean_settles_between_the_flashes_and_goes_dark_in_the_end():
    mean, seen = (0.0, 0.0), []
    for frame in range(100):
        mean = slow_mean(mean, 45.0 if frame % 2 else 5.0, frame / 20)
        seen.append(mean[0])
    assert seen[60:] == pytest.approx([25.0] * 40, abs=2.5)
    for frame in range(100, 200):
        mean = slow_mean(mean, 0.0, frame / 20)
    assert mean[0] == 0.0


# -- the picture for the README -------------------------------------------------------------------


@pytest.mark.slow
def test_the_screenshot_is_sound_xml_and_needs_nothing_from_elsewhere():
    svg = asyncio.run(picture_of(config(), at_s=0.8))
    ElementTree.fromstring(svg)
    assert "http" not in svg.replace("http://www.w3.org", "").replace(
        "https://www.textualize.io", ""
    )
    assert "@font-face" not in svg
    assert "▀" not in svg
    assert "Lower&#160;Back" in svg


def test_blocks_become_rectangles_as_high_as_they_are():
    text = (
        '<style>.m { line-height: 24.4px; }</style><text class="r1" x="12.2" y="44.4" '
        'textLength="36.6" clip-path="url(#t-line-1)">▀▀▄</text>'
    )
    heights = [float(h) for h in re.findall(r'height="([\d.]+)"', without_fonts(text))]
    assert heights == pytest.approx([12.5, 12.5])
    tops = [float(y) for y in re.findall(r' y="([\d.]+)"', without_fonts(text))]
    assert tops == pytest.approx([25.9, 25.9 + 12.2])


# -- in a real terminal ---------------------------------------------------------------------------

SHOW = """
import os, sys
from nidra_box.appliance.clock import SystemClock
from nidra_box.config import Config, FolderSettings
from nidra_box.sound.port import NoSound
from nidra_box.studio.terminal import app as terminal
from nidra_box.sound.card.deck import Card
class Chatty(NoSound):
    def do(self, effect, score, now):
        os.write(2, b"ALSA lib pcm.c: underrun occurred")
        if sys.argv[2] == "broken":
            raise RuntimeError("the sound has a bug")
class Owner(terminal.Owner):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.box.loop.sound.sound = Chatty()
terminal.Owner = Owner
config = Config(folders=FolderSettings(state=sys.argv[1]))
sys.exit(terminal.show_box(config, None, SystemClock(20.0), Card("", "dummy"), lambda status: None))
"""


def in_a_terminal(folder, kind, keys, stderr=None, **environment):
    """Run `show_box` in a pseudo-terminal; (exit code, everything written to it). Each of
    `keys` is typed once the text before it has been seen."""
    (folder / "beds").symlink_to(with_beds().beds)
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", **environment)
        if stderr is not None:
            os.dup2(os.open(stderr, os.O_WRONLY | os.O_CREAT), 2)
        os.execv(sys.executable, [sys.executable, "-c", SHOW, str(folder), kind])
    written, ends = b"", time.monotonic() + 20.0
    while time.monotonic() < ends:
        if keys and keys[0][0].encode() in written:
            os.write(terminal, keys.pop(0)[1].encode())
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                written += os.read(terminal, 65536)
            except OSError:
                break
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), written.decode(errors="replace")


@pytest.mark.slow
def test_in_a_real_terminal_it_plays_quits_and_leaves_the_screen_in_order(tmp_path):
    code, written = in_a_terminal(tmp_path, "sound", [("ready:", " "), ("▀", "q")])
    assert code == 0
    assert written.rindex("\x1b[?1049l") > written.rindex("▀"), "back from the other screen"
    assert "Traceback" not in written
    assert "ALSA" not in written, "what libraries complain of is not drawn into the picture"


@pytest.mark.slow
def test_the_picture_is_drawn_on_the_terminal_where_stderr_is_a_file(tmp_path):
    log = tmp_path / "log"
    code, written = in_a_terminal(tmp_path, "sound", [("ready:", " "), ("▀", "q")], stderr=log)
    assert code == 0
    assert "▀" in written
    assert log.read_text() == ""


@pytest.mark.slow
def test_in_a_real_terminal_no_color_sends_no_colours(tmp_path):
    code, written = in_a_terminal(tmp_path, "sound", [("ready:", " "), ("▒", "q")], NO_COLOR="1")
    assert code == 0
    sent = set(";".join(re.findall(r"\x1b\[([0-9;]*)m", written)).split(";"))
    assert sent <= {"0", "1", "2", "39", "49", ""}, "only bold, dim and the terminal's own colours"


@pytest.mark.slow
def test_a_fault_is_one_line_after_the_screen_is_in_order(tmp_path):
    code, written = in_a_terminal(tmp_path, "broken", [("ready:", " ")])
    assert code == 1
    after = re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]", "", written[written.rindex("\x1b[?1049l") :])
    assert after.strip() == "nidra-box: the sound has a bug"
