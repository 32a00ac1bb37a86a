"""The chart: what it promises to whoever looks at it, in numbers."""

import itertools
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nidra_box.config import Config
from nidra_box.library.person import Person
from nidra_box.library.recordings import score_by_header
from nidra_box.score.score import ClipFacts
from nidra_box.studio import chart
from nidra_box.studio.chart import colours
from nidra_box.studio.chart.axis import ONE_SCALE_S, axis_of, length_name, tick_name, ticks_of
from nidra_box.studio.chart.labels import APART, GUARD, Label, event_words, hang, told
from nidra_box.studio.chart.night import SAMPLES_HZ, envelope, runs_of
from nidra_box.studio.chart.panels import BAND, coverage, light_pixels
from nidra_box.studio.chart.picture import LEFT, RIGHT, layout_of, sheet_of
from nidra_box.studio.chart.sheet import WIDTH, own_settings, shortened, width_of
from nidra_box.studio.nights.night_script import parse_night
from nidra_box.studio.nights.replay import night_of_recording, replay
from nidra_box.units import RATE_HZ
from tests.nights.golden.replays import NIGHTS, replayed
from tests.support.box import shipped_catalogue
from tests.support.scripts import SMALL, changed, compiled
from tests.support.store import levels_with_bells, planned

BUSY = """\
0:00:05 press
0:10:00 turn -3
0:12:00 push
0:12:30 push
0:20:00 press
0:20:10 press
2:00:00 lose sound
2:00:20 find sound
3:00:00 press
4:20:00 hold
4:21:00 press
5:00:00 cut power
5:00:30 power
5:01:00 press
6:00:00 turn +2
6:00:10 turn -2
6:00:20 turn +2
6:00:30 push turn -2
6:01:00 double
6:30:00 lose sound
6:31:00 find sound
6:32:00 lose sound
6:33:00 find sound
7:00:00 stop service
7:01:00 power
8:30:00 end
"""

WAKES_LATE = changed(
    ('duration: "9:00"', 'duration: "8:00:00"'),
    ("ending: sleep-through", "ending: wake"),
    ('duration: "3:00"', 'duration: "7:37:00"'),
    (
        SMALL[SMALL.index("- id: leave") :],
        """\
- id: come-back
  kind: return
  duration: "20:00"
  bed: {id: brown, under_voice_lu: 18, fade_in: 200}
  light: {pattern: breath, colour: amber, floor: 4, peak: [10, 55], fade: 60}
  pace: {breath: even, rate: 8}
  cues:
  - {silence: 300}
  - {play: bowl, gain_db: -6}
  - {say: "Good morning.", pause: flex}
""",
    ),
)

CROWDED = (
    SMALL[: SMALL.index("- id: arrive")]
    .replace('"9:00"', '"10:40"')
    .replace("ending: sleep-through", "ending: open")
) + "".join(
    f"""\
- id: stage-number-{n}
  kind: scan
  duration: "0:{15 if n < 39 else 55}"
  bed: {{id: brown, lufs: -40, fade_in: 5}}
  light: {{pattern: breath, colour: amber, floor: 2, peak: 20}}
  pace: {{breath: even, rate: 10}}
"""
    for n in range(40)
)


@cache
def score(name):
    if name in ("wakes-late", "crowded"):
        bowl = {"bowl": ClipFacts("sound:bowl", 20 * RATE_HZ, -20.0)}
        return compiled({"wakes-late": WAKES_LATE, "crowded": CROWDED}[name], bowl)[0]
    if name.startswith("recording"):
        return score_by_header("An evening $5_^ 静か.flac", int(name.split()[1]) * RATE_HZ)
    return shipped_catalogue().load(name).score


@cache
def night(name):
    if name.endswith(".night"):
        return night_of_recording(replayed(name.removesuffix(".night")).recording, name)
    if name == "busy":
        config = Config(programmes=("lower-back-night", "breath-lamp"))
        played = replay(parse_night(BUSY, "busy"), config, shipped_catalogue())
        return night_of_recording(played.recording, "busy.night")
    if name == "idle":
        config = Config(programmes=("lower-back-night",))
        played = replay(parse_night("1:00:00 end", "idle"), config, shipped_catalogue())
        return night_of_recording(played.recording, "idle.night")
    return chart.night_of_score(score(name))


SHIPPED = ("lower-back-night", "breath-lamp", "classic-thirty", "down-to-sleep")
WRITTEN = (*SHIPPED, "wakes-late", "recording 10800", "recording 43200", "recording 10")
REPLAYED = ("busy", "idle", *(f"{name}.night" for name in NIGHTS))
ALL = (*WRITTEN, "crowded", *REPLAYED)


@cache
def sheet(name):
    with own_settings():
        return sheet_of(night(name))


def texts(name):
    """(words, extent) of everything that is written, as the renderer has it."""
    from matplotlib.text import Text

    drawn = sheet(name)
    renderer = drawn.figure.canvas.get_renderer()
    found = [t for t in drawn.figure.findobj(Text) if t.get_visible() and t.get_text()]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in found]


# -- what is written ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_no_words_touch_other_words_and_all_are_on_the_paper(name):
    written = texts(name)
    assert len(written) > 6
    drawn = sheet(name)
    for words, box in written:
        assert box.x0 >= 4, words
        assert box.x1 <= WIDTH - 4, words
        assert box.y0 >= 4, words
        assert box.y1 <= drawn.height - 4, words
    for (one, a), (other, b) in itertools.combinations(written, 2):
        apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0
        assert apart, f"{one!r} stands on {other!r}"


@pytest.mark.parametrize("name", WRITTEN)
def test_every_stage_is_named_once_where_it_begins(name):
    drawn, shown = night(name), layout_of(night(name))
    assert [hung.label.text for hung in shown.stages] == [
        stage.id.replace("-", " ") for stage in score(name).stages
    ]
    for hung, stage in zip(shown.stages, score(name).stages, strict=True):
        assert hung.label.x == pytest.approx(shown.axis.x(stage.start_s))
        clamped = hung.right == pytest.approx(RIGHT)
        assert clamped or hung.left == pytest.approx(hung.label.x, abs=6)
    written = [words for words, _ in texts(name)]
    for stage in {s.id for s in score(name).stages}:
        count = sum(s.id == stage for s in score(name).stages)
        assert written.count(stage.replace("-", " ")) == count
    assert drawn.stages[-1][1] == pytest.approx(score(name).duration_s)


@pytest.mark.parametrize("name", ["crowded", *REPLAYED])
def test_names_without_room_are_counted(name):
    shown = layout_of(night(name))
    counted = sum(1 + hung.label.more for hung in shown.stages)
    if name == "crowded":
        assert counted == 40
        assert len(shown.stages) >= 12
    assert sum(1 + hung.label.more for hung in shown.hands) == len(
        told(night(name).events, shown.axis)
    )


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.floats(100, 1500),
            st.text("abc", min_size=1, max_size=30),
            st.floats(1, 9000),
        ),
        max_size=25,
    ),
    st.integers(1, 6),
)
def test_names_find_room_wherever_they_stand(labels, rows):
    wanted = [Label(x, words, weight) for x, words, weight in labels]
    hung = hang(wanted, 100, 1500, rows, lambda words: 9.0 * len(words))
    assert sum(1 + one.label.more for one in hung) == len(wanted)
    assert [one.label.x for one in hung] == sorted(one.label.x for one in hung)
    for one in hung:
        assert 0 <= one.row < rows
        assert one.left >= 100
        assert one.right <= 1500
    for one, other in itertools.combinations(hung, 2):
        if one.row == other.row:
            assert one.right + APART <= other.left or other.right + APART <= one.left
        else:
            low, high = sorted((one, other), key=lambda h: h.row)
            assert not low.left - GUARD < high.label.x < low.right + GUARD


def test_a_title_is_plain_text_and_never_wider_than_the_paper(tmp_path):
    shown = chart.night_of_score(score("breath-lamp"))
    for title in ("costs $5 and $\\frac{1}", "two\nlines\tand \x1b[31m", "静か 🌙", "W" * 400, ""):
        shown.title = title
        with own_settings():
            drawn = sheet_of(shown)
        assert max(box.right for box in drawn.written) <= WIDTH
    drawn.save(tmp_path / "a.png")
    long = shortened("W" * 400, 27, RIGHT - LEFT, "bold")
    assert long.endswith("W…")
    assert RIGHT - LEFT - 40 < width_of(long, 27, "bold") <= RIGHT - LEFT


def test_each_panel_says_what_it_measures():
    written = {words for words, _ in texts("lower-back-night")}
    assert {"sound in LUFS, at full volume", "light in L*", "words", "amber", "red"} <= written
    replay_says = {words for words, _ in texts("busy")}
    assert {"sound in dBFS, with the volume", "light in L*", "words"} <= replay_says
    recording = {words for words, _ in texts("recording 10800")}
    assert any("taken to be at −14 LUFS" in words for words in recording)
    assert "words" not in recording


# -- what hands did -------------------------------------------------------------------------


def tell(*events):
    axis = axis_of(3600.0, [], LEFT, RIGHT)
    return [event_words(event) for event in told([chart.Event(*e) for e in events], axis)]


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([(600.0, "turn", -1), (600.05, "turn", -1), (600.1, "turn", -1)], ["turn −3"]),
        ([(600.0, "turn", 1), (630.0, "turn", -1)], ["turn +1", "turn −1"]),
        ([(5.0, "press"), (5.8, "hold")], ["hold"]),
        ([(5.0, "press"), (5.24, "second press")], ["double press"]),
        ([(5.0, "press"), (15.0, "press"), (25.0, "press")], ["press ×3"]),
        ([(5.0, "press"), (9.0, "press"), (9.2, "second press")], ["press", "double press"]),
        ([(5.0, "press"), (1000.0, "press")], ["press", "press"]),
        ([(5.0, "press"), (6.5, "hold")], ["press", "hold"]),
        ([(5.0, "lose sound"), (9.0, "find sound")], ["lose sound", "find sound"]),
    ],
)
def test_what_hands_did_is_told_as_a_person_would(events, words):
    assert tell(*events) == words


def test_a_busy_night_shows_what_happened_once():
    hands = [hung.label.words for hung in layout_of(night("busy")).hands]
    assert hands[:4] == ["press", "turn −3", "push ×2", "press ×2"]
    assert not {"sound lost", "sound found", "power cut", "end"} & set(hands)
    assert night("busy").title == "Lower Back, Long Night"
    assert night("busy").facts[:2] == ("busy.night", "8:30:00")


# -- time -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_time_only_ever_runs_to_the_right(name):
    shown = night(name)
    axis = layout_of(shown).axis
    times = np.linspace(0, shown.length_s, 5000)
    xs = np.array([axis.x(float(t)) for t in times])
    assert (np.diff(xs) > 0).all()
    assert (xs[0], xs[-1]) == (LEFT, pytest.approx(RIGHT))
    assert axis.pieces[0].begin_s == 0.0
    assert axis.pieces[-1].end_s == shown.length_s
    for before, after in itertools.pairwise(axis.pieces):
        assert before.end_s == after.begin_s
        assert after.left - before.right > 20
        assert before.is_close != after.is_close
    for piece in axis.pieces:
        middle = piece.times(np.array([piece.left, piece.right]))
        assert middle == pytest.approx([piece.begin_s, piece.end_s])
    if shown.length_s <= ONE_SCALE_S:
        assert not axis.has_two_scales


def test_the_long_night_shows_its_words_close_up_and_the_rest_from_afar():
    axis = layout_of(night("lower-back-night")).axis
    close, far = axis.pieces
    assert (close.is_close, far.is_close) == (True, False)
    assert 25 * 60 <= close.end_s <= 28 * 60
    assert close.width > 1.5 * far.width
    assert axis.times_closer() > 20
    seconds_in_a_pixel = close.seconds / close.width
    assert seconds_in_a_pixel < 60 / 11  # one pixel at least for the fastest breath
    assert "7 h 40, 28 × closer" in {w for w, _ in texts("lower-back-night")}


@pytest.mark.parametrize(
    ("name", "scales"),
    [
        ("breath-lamp", "c"),
        ("recording 10", "c"),
        ("recording 10800", "cf"),
        ("wakes-late", "cfc"),
        ("busy", "cfcf"),
        ("comfort-light.night", "cf"),
        ("whole-night.night", "cf"),
        ("idle", "c"),
    ],
)
def test_what_is_lit_or_spoken_is_close_and_a_hand_in_the_dark_is_not(name, scales):
    axis = layout_of(night(name)).axis
    assert "".join("c" if piece.is_close else "f" for piece in axis.pieces) == scales


@pytest.mark.parametrize("name", ALL)
def test_the_named_times_have_room(name):
    for piece in layout_of(night(name)).axis.pieces:
        times = ticks_of(piece)
        names = [tick_name(t) for t in times]
        assert len(set(names)) == len(names)
        for a, b in itertools.pairwise(times):
            reach = (b - a) / piece.seconds * piece.width
            assert reach > width_of(names[-1], 16) + 10


def test_times_and_lengths_in_words():
    assert [tick_name(t) for t in (0, 30, 60, 90, 1500, 3600, 16_200, 43_200)] == [
        *("0", "30 s", "1 min", "1:30 min", "25 min", "1 h", "4:30 h", "12 h"),
    ]
    assert [length_name(t) for t in (60, 1620, 27_620, 36_000)] == [
        *("1 minute", "27 minutes", "7 h 40", "10 h"),
    ]


# -- light ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lower-back-night", "breath-lamp", "wakes-late"])
def test_the_light_lies_between_the_floor_and_the_peak_of_each_stage(name):
    """Within half an L*: of the curves as they are written, and of what is drawn of them."""
    shown, written = night(name), score(name)
    floor, peak = shown.envelope()
    for stage in written.stages:
        begin, end = (round(t * SAMPLES_HZ) for t in (stage.start_s, stage.end_s))
        margin = min(15 * SAMPLES_HZ, (end - begin) // 3)
        inside = slice(begin + margin, end - margin)
        times = np.arange(len(shown.lightness))[inside] / SAMPLES_HZ
        light = written.light
        assert floor[inside].min() == pytest.approx(light.floor.over(times).min(), abs=0.5)
        if light.peak.over(times).max() - light.peak.over(times).min() < 1:
            assert peak[inside].max() == pytest.approx(light.peak.over(times).max(), abs=0.5)
            assert peak[inside].min() == pytest.approx(light.peak.over(times).min(), abs=0.5)
        else:  # it slides: by so much in a breath
            slide = np.abs(np.diff(light.peak.over(times))).max() * SAMPLES_HZ * 11
            assert (np.abs(peak[inside] - light.peak.over(times)) < slide + 0.5).all()
    assert (floor <= shown.lightness + 1e-9).all()
    assert (peak >= shown.lightness - 1e-9)[peak > 0].all()


def test_the_replayed_light_has_the_floor_and_the_peak_of_the_score():
    shown = night("whole-night.night")
    begin = next(start for start, _, name in shown.stages if name == "arrive")
    floor, peak = shown.envelope()
    for stage in score("lower-back-night").stages[:10]:
        middle = (stage.start_s + stage.end_s) / 2
        at = round((begin + middle) * SAMPLES_HZ)
        light = score("lower-back-night").light
        assert floor[at] == pytest.approx(light.floor.at(middle), abs=0.5), stage.id
        assert peak[at] == pytest.approx(light.peak.at(middle), abs=0.5), stage.id


def test_every_column_of_the_picture_shows_floor_and_peak():
    """No column looks brighter or darker than its neighbours because of where samples fell."""
    shown = night("lower-back-night")
    piece = layout_of(shown).axis.pieces[0]
    rows, highest = 250, 50.0
    pixels = light_pixels(piece, shown, highest, rows)
    assert pixels.shape == (rows, round(piece.width), 4)
    assert ((pixels >= 0) & (pixels <= 1)).all()
    lamp, paper = np.array(colours.AMBER), np.array(colours.rgb(colours.PANEL))
    for begin, end, floor, peak in ((10, 75, 4, 45), (105, 200, 4, 40)):
        left, right = (int(piece.over(np.array([t]))[0] - piece.left) for t in (begin, end))
        columns = pixels[::-1, left:right]
        tops = columns[:, :, 3].sum(axis=0) / rows * highest
        assert np.abs(tops - peak).max() <= 0.5
        strength = ((columns[:, :, :3] - paper) / (lamp - paper))[:, :, 0]
        full = (strength > 0.995).sum(axis=0) / rows * highest
        lowest = np.lib.stride_tricks.sliding_window_view(full, 4).min(axis=1)  # in a breath
        assert np.abs(lowest - floor).max() <= 0.5
        half = strength[int((floor + peak) / 2 / highest * rows)]
        middle = np.convolve(half, np.ones(12) / 12, "valid")  # over two breaths
        assert middle.mean() == pytest.approx(BAND + (1 - BAND) * 0.5, abs=0.05)
        assert np.ptp(middle) < 0.2


def test_the_share_of_the_time_is_counted_row_by_row():
    heights = np.array([[0.0, 2.0, 4.0, 4.0], [1.5, 1.5, 1.5, 1.5]])
    assert coverage(heights, 4).tolist() == [[0.75, 0.75, 0.5, 0.5], [1.0, 0.5, 0.0, 0.0]]


def test_an_envelope_fills_breaths_and_nothing_else():
    times = np.arange(0, 120, 1 / SAMPLES_HZ)
    breath = 20 + 10 * np.sin(2 * np.pi * times / 10)
    breath[(times < 20) | (times > 60)] = 0.0
    floor, peak = envelope(breath)
    lit = (times > 35) & (times < 45)
    assert floor[lit] == pytest.approx(10, abs=0.2)
    assert peak[lit] == pytest.approx(30, abs=0.2)
    assert (peak[(times < 20) | (times > 60)] == 0).all()
    paused = breath.copy()
    paused[(times > 40) & (times < 43)] = 0.0
    assert (envelope(paused)[1][(times > 40) & (times < 43)] == 0).all()
    assert runs_of(np.array([True, False, True, True]), 0.5) == [(0.0, 0.5), (1.0, 2.0)]


# -- sound and words ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lower-back-night", "wakes-late", "recording 10800"])
def test_the_level_is_that_of_the_score(name):
    shown = night(name)
    for at in range(0, len(shown.sound_s), 977):
        expected = score(name).level_at(float(shown.sound_s[at]))
        assert shown.sound_db[at] == pytest.approx(expected, abs=0.01)


def marks(name):
    from matplotlib.patches import Rectangle

    ink = colours.rgb(colours.INK)
    found = [
        patch
        for patch in sheet(name).figure.findobj(Rectangle)
        if patch.get_facecolor()[:3] == pytest.approx(ink, abs=0.01)
    ]
    return sorted((p.get_x(), p.get_width()) for p in found)


def test_all_words_are_marked_to_the_last():
    shown = night("lower-back-night")
    drawn = marks("lower-back-night")
    axis = layout_of(shown).axis
    assert len(drawn) == len(score("lower-back-night").clips) == len(shown.words)
    assert min(width for _, width in drawn) >= 2.5  # pixels
    assert drawn[-1][0] == pytest.approx(axis.x(shown.words[-1][0]))
    assert 24 * 60 < shown.words[-1][0] < 24.5 * 60


def test_replayed_words_last_as_long_as_their_clips():
    heard, written = night("whole-night.night").words, night("lower-back-night").words
    assert len(heard) == len(written)
    lengths = [end - begin for begin, end in heard]
    assert lengths == pytest.approx([end - begin for begin, end in written], abs=0.01)
    paused = night("pause.night")
    assert all(begin < end for begin, end in paused.words)


def test_a_bell_is_no_word():
    shown = night("wakes-late")
    assert (len(shown.words), len(shown.bells)) == (4, 1)
    assert "a bell (○)" in shown.facts


def test_a_panel_of_which_nothing_could_be_seen_is_not_there():
    lamp = layout_of(night("breath-lamp"))
    assert lamp.sound is None
    assert lamp.light is not None
    assert lamp.words_at is None
    idle = layout_of(night("idle"))
    assert idle.light is None
    assert {"silent", "Nothing was played"} <= {words for words, _ in texts("idle")}


@pytest.mark.parametrize("end", ["0:00:00", "0:00:00.3", "0:00:01", "40:00:00"])
def test_a_night_may_be_over_at_once_or_very_long(end, tmp_path):
    acts = parse_night(f"0:00:00 press\n{end} end", "n")
    played = replay(acts, Config(programmes=("breath-lamp",)), shipped_catalogue())
    chart.draw(night_of_recording(played.recording, "n"), tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 5000


# -- paper ----------------------------------------------------------------------------------


def grey(colour):
    """Relative luminance (WCAG)."""
    parts = np.array(colours.rgb(colour) if isinstance(colour, str) else colour)
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one, other):
    dark, light = sorted((grey(one), grey(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ALL)
def test_every_word_can_be_read_on_a_telephone(name):
    """390 pixels across, a letter is as high as in the small print of a page."""
    from matplotlib.text import Text

    dots = [t.get_fontsize() * 100 / 72 for t in sheet(name).figure.findobj(Text) if t.get_text()]
    assert min(dots) * 390 / WIDTH >= 10.4


def test_the_paper_is_white():
    assert colours.PAPER == "#ffffff"
    assert contrast(colours.AMBER, colours.FAR_PANEL) >= 1.5


def test_printed_in_grey_it_can_still_be_read():
    for ground in (colours.PAPER, colours.PANEL, colours.FAR_PANEL):
        for ink in (colours.INK, colours.QUIET, colours.HAND, colours.SOUND):
            assert contrast(ink, ground) >= 4.5
        for name in (colours.AMBER_NAME, colours.RED_NAME):
            assert contrast(name, ground) >= 4.5
        assert contrast(colours.RED, ground) >= 2.5
    assert contrast(colours.AMBER, colours.RED) >= 2.5
    assert contrast(colours.SOUND, colours.BED) >= 4.5


@pytest.mark.parametrize("name", ["lower-back-night", "busy", "recording 10800"])
def test_the_file_is_small_and_the_same_every_time(name, tmp_path):
    for file in ("a.png", "b.png"):
        chart.draw(night(name), tmp_path / file)
    data = (tmp_path / "a.png").read_bytes()
    assert data == (tmp_path / "b.png").read_bytes()
    assert 10_000 < len(data) < 250_000
    assert int.from_bytes(data[16:20], "big") == 780


def test_a_settings_file_of_the_person_changes_nothing(tmp_path):
    import matplotlib

    chart.draw(night("breath-lamp"), tmp_path / "a.png")
    with matplotlib.rc_context({"savefig.bbox": "tight", "lines.linewidth": 9, "font.size": 30}):
        chart.draw(night("breath-lamp"), tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


WITHOUT = """\
import sys
from pathlib import Path
from nidra_box.studio import chart
from nidra_box.studio.nights import replay
assert "matplotlib" not in sys.modules
sys.modules["matplotlib"] = sys.modules["matplotlib.figure"] = None
sys.modules["matplotlib.backends"] = sys.modules["matplotlib.backends.backend_agg"] = None
import numpy as np
zeros = np.zeros(11)
night = chart.Night("t", (), 10.0, zeros, zeros, "s", zeros, zeros, [])
try:
    chart.draw(night, Path("never.png"))
except chart.ChartsMissing as error:
    print(error)
"""

pytestmark = pytest.mark.slow


def test_without_matplotlib_there_is_a_hint():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("charts need matplotlib: ")


# -- late jolts of a recording -------------------------------------------------------------------


def belled(**person):
    levels = levels_with_bells(7200.0, (700.0, 2500.0, 5200.0))
    return planned(levels, person=Person(**person))


def test_a_chart_marks_the_late_jolts_of_a_recording_and_how_they_are_held(tmp_path):
    shown = chart.night_of_score(belled())
    assert [round(jolt.begin_s) for jolt in shown.jolts] == [2500, 5200]
    assert all(jolt.over_db == pytest.approx(45.0, abs=1.0) for jolt in shown.jolts)
    assert all(jolt.held_db == pytest.approx(37.5, abs=0.5) for jolt in shown.jolts)
    assert "2 late jolts held down" in shown.facts
    chart.draw(shown, tmp_path / "night.png")
    loud = chart.night_of_score(belled(soften="never"))
    assert [jolt.held_db for jolt in loud.jolts] == [0.0, 0.0]
    assert "2 late jolts as they are" in loud.facts
    assert loud.sound_db.max() > shown.sound_db[shown.sound_s > 1200.0].max() + 25.0
