"""Classic Thirty: the eight parts in their old order, every place of the body by its name,
and two strokes of the bowl."""

from itertools import pairwise

import pytest

from nidra_box.score.vocabulary import Part
from tests.content.listening import has_word, in_order, shipped

# Palm, back of the hand and so on, on each side: the thumb is named with its side.
SIDE = (
    "second finger, third finger, fourth finger, little finger, palm, back of the hand, wrist, "
    "forearm, elbow, upper arm, shoulder, armpit, side of the chest, waist, hip, thigh, knee, "
    "shin, calf muscle, ankle, heel, sole, top of the foot, big toe, second toe, third toe, fourth toe, "
    "little toe"
)
BACK = (
    "right shoulder blade, left shoulder blade, right buttock, left buttock, spine, the whole back"
)
FRONT = (
    "crown of the head, forehead, right eyebrow, left eyebrow, the space between, right eyelid, "
    "left eyelid, right eye, left eye, right ear, left ear, right cheek, left cheek, nose, "
    "tip of the nose, upper lip, lower lip, chin, throat, right collarbone, left collarbone, "
    "right chest, left chest, middle of the chest, navel, belly"
)
WHOLE = (
    "the whole right leg, the whole left leg, both legs, the whole right arm, "
    "the whole left arm, both arms, the whole back, the whole front, the whole head, "
    "the whole body"
)
ROTATION = f"right thumb, {SIDE}, left thumb, {SIDE}, {BACK}, {FRONT}, {WHOLE}".split(", ")
CHANGES = (
    "Over on the left.",
    "Round to the back.",
    "Up and over, the front.",
    "And now in large pieces.",
)


@pytest.fixture(scope="module")
def classic():
    return shipped("classic-thirty")


def test_the_eight_parts_and_their_minutes(classic):
    assert classic.table == [
        ("preparation", "preparation", "0:00", "3:00"),
        ("intention", "intention", "3:00", "1:00"),
        ("rotation", "scan", "4:00", "8:00"),
        ("breath-counting", "breath", "12:00", "4:00"),
        ("opposites", "opposites", "16:00", "4:00"),
        ("imagery", "imagery", "20:00", "5:00"),
        ("intention-again", "intention", "25:00", "1:00"),
        ("return", "return", "26:00", "4:00"),
    ]
    assert classic.score.duration_s == 30 * 60
    assert [bed.id for bed in classic.score.beds] == ["drone"]


def test_between_450_and_650_words(classic):
    assert 450 <= classic.word_count <= 650


def test_the_bowl_rings_at_0_10_and_28_30_and_at_no_other_time(classic):
    assert classic.strikes("bowl") == pytest.approx([10, 28 * 60 + 30], abs=0.05)


def test_the_bowl_is_softer_than_the_voice_and_nobody_talks_into_it(classic):
    voice = classic.script.voice.lufs
    for clip in classic.score.clips:
        if clip.source == "sound:bowl":
            assert clip.lufs + clip.gain_db <= voice - 6
    for stroke in classic.strikes("bowl"):
        assert all(abs(line.at_s - stroke) >= 12 or line.end_s <= stroke for line in classic.lines)
    before = [line for line in classic.lines if line.end_s <= 28 * 60 + 30]
    assert "bowl" in before[-1].words


def test_you_may_stop_is_said_at_the_start(classic):
    (offer,) = classic.saying("you may stop")
    assert offer.end_s < 90


def test_the_ears_go_out_and_come_home_and_go_out_again(classic):
    in_order([x.words for x in classic.said_in("preparation")], "farthest", "nearer", "nearest")
    assert classic.saying("from near to far", "return")


def test_the_rotation_leaves_no_place_out(classic):
    said = [line.words for line in classic.said_in("rotation")]
    walk = said[said.index("Right thumb.") : said.index("The whole body.") + 1]
    names = [words.rstrip(".").lower() for words in walk if words not in CHANGES]
    assert names == ROTATION
    assert len(names) == 100


def test_every_change_of_side_is_told(classic):
    said = [line.words for line in classic.said_in("rotation")]
    in_order(
        said,
        "right hand first",
        "Right thumb",
        "Little toe",
        "on the left",
        "Left thumb",
        "Little toe",
        "to the back",
        "Right shoulder blade",
        "the front",
        "Crown",
        "large pieces",
        "The whole right leg",
        "The whole body",
    )


def test_the_rotation_keeps_one_beat(classic):
    lines = classic.said_in("rotation")
    begin = next(n for n, line in enumerate(lines) if line.words == "Right thumb.")
    end = next(n for n, line in enumerate(lines) if line.words == "The whole body.")
    for a, b in pairwise(lines[begin : end + 1]):
        gap = 4.0 if a.words in CHANGES else 3.0
        assert b.at_s - a.end_s == pytest.approx(gap, abs=0.01), (a.words, b.words)
        assert 3.0 <= b.at_s - a.at_s <= (7.0 if gap == 4.0 else 5.5), (a.words, b.words)
    assert classic.silence_after(lines[-1]) >= 15


def test_there_is_time_for_twenty_one_breaths_out(classic):
    first = next(line for line in classic.lines if line.words == "Twenty-one.")
    (stop,) = classic.saying("numbers away", "breath-counting")
    out = 0
    was = classic.score.breath_at(first.at_s - 0.1).part
    for tick in range(int((stop.at_s - first.at_s) * 20)):
        now = classic.score.breath_at(first.at_s + tick / 20).part
        out += now is Part.EXHALE and was is not Part.EXHALE
        was = now
    assert 21 <= out <= 25


def test_the_first_two_numbers_are_said_on_two_breaths_in_a_row(classic):
    one = next(line for line in classic.lines if line.words == "Twenty-one.")
    two = next(line for line in classic.lines if line.words == "Twenty.")
    first, second = (classic.score.breath_at(line.at_s + 0.05) for line in (one, two))
    assert first.part == second.part == Part.EXHALE
    assert second.index == first.index + 1
    assert [line.words for line in classic.said_in("breath-counting")].count("Twenty-one.") == 1
    assert classic.saying("again", "breath-counting")  # nobody can fail at it


def test_the_breath_is_at_six_when_the_counting_is_over(classic):
    assert classic.rate(12 * 60 + 0.1) == pytest.approx(8.0, abs=0.05)
    assert classic.rate(16 * 60) <= 6.5
    assert classic.rate(21 * 60) == pytest.approx(6.0, abs=0.05)


def test_opposites_come_in_pairs_and_then_all_at_once(classic):
    lines = classic.said_in("opposites")
    in_order([line.words for line in lines], "Be heavy", "Be light", "Be cold", "Be warm")
    last = lines[-1]
    assert has_word(last.words, "heavy")
    assert all(has_word(last.words, word) for word in ("light", "cold", "warm"))
    for words in ("Be light", "Be cold", "Be warm", "Heavy and light"):
        assert classic.silence_after(classic.saying(words)[0]) >= 30


def test_quick_pictures_and_then_one_that_stays(classic):
    lines = classic.said_in("imagery")
    first, last = in_order([line.words for line in lines], "kettle", "A gate")
    pictures = lines[first : last + 1]
    assert len(pictures) >= 8
    assert all(7 <= b.at_s - a.end_s <= 9 for a, b in pairwise(pictures))
    assert all(not has_word(line.words, "blood", "grave", "knife", "fire") for line in lines)
    scene = lines[last + 1 :]
    assert "gate" in scene[0].words
    assert sum(classic.silence_after(line) for line in scene) >= 150


def test_the_intention_comes_twice_and_three_times_each(classic):
    for stage in ("intention", "intention-again"):
        (asked,) = classic.saying("three times", stage)
        assert classic.silence_after(asked) >= 20
    assert classic.saying("sentence again, word for word", "intention-again")


def test_the_way_back_from_breath_to_floor_to_room_to_bowl_to_sitting(classic):
    lines = classic.said_in("return")
    in_order(
        [x.words for x in lines],
        "breath",
        "ground",
        "room",
        "Listen",
        "bowl",
        "fingers",
        "side",
        "hands",
    )
    stroke = classic.strikes("bowl")[1]
    moving = [x for x in lines if has_word(x.words, "spread", "bend both", "come up")]
    assert len(moving) == 3
    assert all(line.at_s > stroke for line in moving)


def test_both_sides_are_the_same_recording(classic):
    starts = {"right": "Right thumb.", "left": "Left thumb."}
    clips = [clip for clip in classic.score.clips if clip.stage == "rotation"]
    heard = {}
    for side, words in starts.items():
        begin = next(n for n, clip in enumerate(clips) if clip.words == words)
        heard[side] = [clip.source for clip in clips[begin + 1 : begin + 29]]
    assert heard["right"] == heard["left"]
    assert all(heard["right"])
