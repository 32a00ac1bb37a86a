"""What the terminal draws: the lamp, the panel beside it, the words, the night's curve."""

import pytest

pytest.importorskip("textual")

from nidra_box.config import Config
from nidra_box.diary import entries
from nidra_box.diary.diary import Diary
from nidra_box.light.lightness import luminance
from nidra_box.session.events import Phase
from nidra_box.session.session import Session
from nidra_box.studio.terminal.app import frame_s
from nidra_box.studio.terminal.diary import ScreenDiary
from nidra_box.studio.terminal.night_curve import curve_of, draw_curve, night_of
from nidra_box.studio.terminal.owner import Look
from nidra_box.studio.terminal.panel import draw_panel, words_of
from nidra_box.studio.terminal.picture import NIGHT, Depth, Face, draw_box, lamp_rows
from tests.support.box import shipped_catalogue

NIGHT_ID = "lower-back-night"


def score_of(name=NIGHT_ID):
    return shipped_catalogue().load(name).score


def looking(position_s=None, **changes):
    """A look at a box that is idle, or plays the long night at `position_s`."""
    outline = shipped_catalogue().load(NIGHT_ID)
    settings = Config().settings((NIGHT_ID, "breath-lamp"))
    session = Session(settings, NIGHT_ID)
    if position_s is not None:
        session = Session(settings, NIGHT_ID, Phase.PLAYING, outline, position_s, since=100.0)
    return Look(**{"now": 100.0, "session": session, "score": outline.score, **changes})


@pytest.mark.parametrize("columns", [45, 30])
@pytest.mark.parametrize("position_s", [5.0, 1380.0, 9000.0])
def test_the_time_that_a_stage_has_left_is_never_cut(columns, position_s):
    rows = draw_panel(looking(position_s), columns, 12, Depth.NONE).plain.splitlines()
    stage = next(row for row in rows if row.startswith("stage"))
    assert stage.endswith(" left")
    assert len(stage) <= columns


def test_a_stage_that_is_called_like_its_kind_is_named_once():
    rows = [draw_panel(looking(at), 80, 12, Depth.NONE).plain for at in range(0, 29_000, 60)]
    assert any("drift  " in text for text in rows)
    assert not any("drift (drift)" in text for text in rows)


# -- the picture ------------------------------------------------------------------------------


def lamp(lightness, redness=0.0, depth=Depth.FULL, size=(28, 8)):
    return lamp_rows(Face.showing(lightness, redness, False, False, 0.5), *size, depth)


def colours(text):
    """Every colour that a Text uses, as (red, green, blue)."""
    found = set()
    for style in [text.style, *(span.style for span in text.spans)]:
        for colour in (getattr(style, "color", None), getattr(style, "bgcolor", None)):
            if colour is not None:
                found.add(tuple(colour.triplet))
    return found


def brightest(rows):
    return max((c for row in rows for c in colours(row)), key=sum, default=NIGHT)


def test_a_dark_lamp_is_the_night_itself():
    for depth in Depth:
        rows = lamp(0.0, depth=depth)
        assert not any(row.plain.strip() for row in rows)
        assert not any(colours(row) for row in rows)


def test_amber_and_red_shine_in_their_colours():
    red, green, blue = brightest(lamp(60.0, redness=0.0))
    assert (red, green) == pytest.approx((255, 158), abs=8)
    assert blue < 60
    red, green, blue = brightest(lamp(60.0, redness=1.0))
    assert red == pytest.approx(220, abs=8)
    assert green < 50
    assert blue < 60


def test_brightness_on_the_screen_follows_the_lightness_of_the_lamp():
    levels = [sum(brightest(lamp(level))) for level in (0.0, 1.0, 4.0, 12.0, 25.0, 45.0, 60.0)]
    assert levels == sorted(set(levels))
    # Half the lightness of the highest cap is about half as bright to the eye, not a tenth.
    full, half = (luminance(level) for level in (60.0, 30.0))
    shown = [
        ((c / 255.0 + 0.055) / 1.055) ** 2.4 for c in (brightest(lamp(x))[0] for x in (60, 30))
    ]
    assert shown[1] / shown[0] == pytest.approx(half / full, rel=0.25)


def test_the_halo_falls_off_towards_the_edge_and_ends_before_it():
    middle = lamp(60.0)[4]
    reds = [0] * 28
    for span in middle.spans:
        for x in range(span.start, min(span.end, 28)):
            reds[x] = span.style.color.triplet[0] if span.style.color else NIGHT[0]
    assert reds[14:] == sorted(reds[14:], reverse=True)
    assert reds[14] > 200
    assert reds[27] < 60
    assert len(set(reds)) > 6


def test_without_colours_shades_say_how_bright_it_is():
    def weight(level):
        rows = lamp(level, depth=Depth.NONE)
        assert not any(colours(row) for row in rows)
        return sum(" ░▒▓█".index(char) for row in rows for char in row.plain)

    assert 0 == weight(0.0) < weight(5.0) < weight(20.0) < weight(60.0)


def test_few_colours_get_shades_in_the_colour_of_the_lamp():
    rows = lamp(50.0, depth=Depth.FEW)
    assert {"▓", "░"} <= {char for row in rows for char in row.plain}
    assert brightest(rows)[0] > 150


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (12, 6), (30, 11), (52, 22)])
def test_the_box_fills_exactly_the_room_it_is_given(size):
    for depth in Depth:
        lines = draw_box(Face.showing(40.0, 0.5, True, True, 1.0), *size, depth).plain.split("\n")
        assert len(lines) == size[1]
        assert {len(line) for line in lines} == {size[0]}


def test_a_pressed_button_and_the_pointer_of_the_knob_are_seen():
    idle = draw_box(Face.showing(0.0, 1.0, False, False, 0.0), 30, 11, Depth.FULL).plain
    pressed = draw_box(Face.showing(0.0, 1.0, True, False, 1.0), 30, 11, Depth.FULL).plain
    assert "( )" in idle
    assert "(●)" in pressed
    assert "(╴)" in idle
    assert "(╶)" in pressed


# -- the panel, the words, the curve ------------------------------------------------------------


def test_the_panel_says_programme_stage_time_and_volume_in_the_words_of_the_field():
    text = draw_panel(looking(30.0), 45, 11, Depth.FULL).plain
    for words in (
        "Lower Back, Long Night",
        "arrive (preparation)  1:00 left",
        "0:30  ·  8:06:54 left",
        "−20 dB",
        "11.0 a minute",
        "playing",
    ):
        assert words in text
    assert all(len(line) <= 45 for line in text.split("\n"))


def test_the_volume_bar_grows_with_the_volume_and_marks_the_night_ceiling():
    def bar(volume_db, position_s):
        look = looking(position_s)
        session = Session(
            **{
                **{name: getattr(look.session, name) for name in Session.__slots__},
                "volume_db": volume_db,
            }
        )
        panel = draw_panel(looking(session=session), 60, 11, Depth.FULL).plain
        return next(line for line in panel.split("\n") if line.startswith("volume"))

    assert bar(-50.0, 30.0).count("━") < bar(-20.0, 30.0).count("━") < bar(-2.0, 30.0).count("━")
    assert "┊" in bar(-20.0, 30.0)
    asleep = bar(-2.0, 4000.0)
    assert "−10 dB" in asleep, "what sounds is under the ceiling of the night"
    assert "╌" in asleep, "what waits over it is drawn differently"


def test_words_are_shown_while_they_are_said_and_linger_a_little():
    clip = score_of().clips[0]
    begin, end = clip.start / 48_000, clip.end / 48_000
    assert words_of(looking(begin - 1.0)) == ("", False)
    assert words_of(looking((begin + end) / 2)) == (clip.words, True)
    assert words_of(looking(end + 1.0)) == (clip.words, False)
    assert words_of(looking(end + 6.0)) == ("", False)
    assert words_of(looking()) == ("", False)


def test_the_night_of_eight_hours_shows_its_first_part_and_its_hours():
    curve = curve_of(night_of(score_of()), 78)
    axis = curve.axis
    last_word = max(c.end for c in score_of().clips) / 48_000
    assert axis.column_of(last_word) > 78 * 0.5, "the words have most of the width"
    assert axis.column_of(0.0) == 0
    assert axis.column_of(axis.length_s) == 77
    columns = [axis.column_of(t) for t in range(0, int(axis.length_s), 60)]
    assert columns == sorted(columns)
    axis_row = draw_curve(curve, None, 4, Depth.FULL).plain.split("\n")[-1]
    assert "5 min" in axis_row
    assert "6 h" in axis_row


def test_the_curve_is_lit_only_where_the_night_is_and_ends_in_silence():
    curve = curve_of(night_of(score_of()), 78)
    lit = [column.lightness > 0.0 for column in curve.columns]
    assert lit[0]
    assert not any(lit[curve.axis.column_of(1500.0) + 1 :])
    assert curve.columns[0].redness == 0.0
    assert curve.columns[20].redness == 1.0
    levels = [column.level_db for column in curve.columns]
    assert levels[-1] < levels[60] < max(levels[:40])


def test_the_cursor_of_the_curve_is_where_the_night_is():
    curve = curve_of(night_of(score_of()), 78)
    for column in (0, 30, 77):
        rows = draw_curve(curve, column, 4, Depth.FULL).plain.split("\n")
        assert [len(row) for row in rows] == [78] * 4
        assert rows[-1].index("▲") == column
    assert "▲" not in draw_curve(curve, None, 4, Depth.FULL).plain


@pytest.mark.parametrize("name", [NIGHT_ID, "breath-lamp"])
@pytest.mark.parametrize("size", [(20, 2), (58, 3), (198, 8)])
def test_every_curve_fits_its_room(name, size):
    rows = draw_curve(curve_of(night_of(score_of(name)), size[0]), 3, size[1], Depth.NONE)
    lines = rows.plain.split("\n")
    assert len(lines) == size[1]
    assert {len(line) for line in lines} == {size[0]}


def test_the_diary_keeps_its_last_lines_and_one_line_for_a_turned_knob():
    screen = ScreenDiary(kept=3)
    diary = Diary(screen)
    diary.write(1.0, entries.StageBegan("knees", "posture"))
    for db in (-19.0, -17.5, -16.0):
        diary.write(2.0, entries.VolumeChanged(db))
    diary.write(3.0, entries.CueSaid("shown elsewhere"))
    assert [line.text for line in screen.last(5)] == ["stage knees (posture)", "volume -16 dB"]
    diary.write(4.0, entries.Stopped("", 5.0))
    diary.write(5.0, entries.Stopped("", 6.0))
    assert len(screen.last(5)) == 3
    assert screen.last(0) == ()


def test_turning_the_pushed_knob_is_one_line_and_a_push_alone_another():
    screen = ScreenDiary()
    diary = Diary(screen)
    diary.write(1.0, entries.LightSwitched(0))
    for at, percent in ((2.0, 95.0), (3.0, 90.0)):
        diary.write(at, entries.LightSwitched(1))
        diary.write(at + 0.1, entries.BrightnessChanged(percent))
        diary.write(at + 0.1, entries.LightSwitched(0))
    assert [line.text for line in screen.last(9)] == [
        "the light was switched by hand",
        "brightness 90 %",
    ]
    diary.write(4.0, entries.LightSwitched(1))
    assert len(screen.last(9)) == 3
    diary.write(5.0, entries.Ignored("push"))
    diary.write(5.1, entries.BrightnessChanged(85.0))
    assert screen.last(1)[0].text == "brightness 85 %"
    assert len(screen.last(9)) == 4


def test_the_log_names_a_stage_once_that_is_called_like_its_kind():
    assert entries.StageBegan("drift", "drift").sentence() == "stage drift"
    assert entries.StageBegan("knees", "posture").sentence() == "stage knees (posture)"


def test_a_dark_box_is_drawn_a_few_times_a_second_and_a_lit_one_often(monkeypatch):
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    assert frame_s(looking(), lively=False) == 0.5
    assert frame_s(looking(5000.0), lively=False) == 0.25
    assert frame_s(looking(30.0, lightness=5.0), lively=False) <= 1 / 20
    assert frame_s(looking(), lively=True) <= 1 / 20
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.2 40000 10.0.0.3 22")
    assert frame_s(looking(30.0, lightness=5.0), lively=False) >= 1 / 12
