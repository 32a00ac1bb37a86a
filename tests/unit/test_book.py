"""The book of programmes and the table of measures."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from nidra_box.library.folders import Folders
from nidra_box.score import vocabulary as v
from nidra_box.score.compile import compile_script
from nidra_box.score.score import ClipFacts
from nidra_box.studio import chart
from nidra_box.studio.writing import measures
from nidra_box.studio.writing.book import Chapter, digest, page
from nidra_box.units import RATE_HZ
from tests.support.box import ROOT, shipped_catalogue, with_beds
from tests.support.scripts import SMALL, compiled, read
from tests.unit.test_cli import home, run  # noqa: F401  (a fixture)

BOOK = ROOT / "docs" / "programmes.md"
TWO = ["breath-lamp", "lower-back-night"]
SCRIPTS = sorted(path.stem for path in (ROOT / "audio" / "programmes").glob("*.yaml"))


def test_the_book_is_current(capsys):
    code, out, err = run(capsys, "book", "--check", BOOK)
    assert (code, out, err) == (0, "", ""), err


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_book_has_every_programme_with_a_small_chart(name):
    text = BOOK.read_text("utf-8")
    assert text.count(f'<a id="{name}"></a>') == 1
    chart = BOOK.parent / "programmes" / f"{name}.png"
    assert f"(programmes/{name}.png)" in text
    assert chart.read_bytes()[:4] == b"\x89PNG"
    assert 5_000 < chart.stat().st_size < 150_000
    score = shipped_catalogue().load(name).score
    plain = re.sub(r"\\(.)", r"\1", text)
    for clip in score.clips:
        assert clip.words in plain


@pytest.fixture
def share(tmp_path, monkeypatch):
    """What is shipped, in a folder that may be changed."""
    found = tmp_path / "share"
    (found / "audio" / "programmes").mkdir(parents=True)
    for name in TWO:
        script = f"audio/programmes/{name}.yaml"
        shutil.copy(ROOT / script, found / script)
    voice = "audio/voice/lower-back-night"
    shutil.copytree(ROOT / voice, found / voice)
    folders = Folders.inside(found, tmp_path)
    monkeypatch.setattr(Folders, "find", classmethod(lambda *_: folders))
    return found


@pytest.mark.slow
def test_a_change_of_words_voice_or_programmes_makes_it_old(capsys, share, tmp_path):
    out = tmp_path / "book.md"
    assert run(capsys, "book", "-o", out)[0] == 0
    assert sorted(p.stem for p in (tmp_path / "book").iterdir()) == TWO
    check = ("book", "--check", out)
    assert run(capsys, *check) == (0, "", "")
    script = share / "audio" / "programmes" / "breath-lamp.yaml"
    before = script.read_text("utf-8")
    script.write_text(before.replace("# No words", "# Not a word"), encoding="utf-8")
    code, _, err = run(capsys, *check)
    assert code == 1
    assert "is out of date" in err
    script.write_text(before, encoding="utf-8")
    manifest = share / "audio" / "voice" / "lower-back-night" / "manifest.json"
    known = manifest.read_text("utf-8")
    manifest.write_text(known.replace('"engine": "', '"engine": "x'), encoding="utf-8")
    assert run(capsys, *check)[0] == 1
    manifest.write_text(known, encoding="utf-8")
    assert run(capsys, *check)[0] == 0
    (tmp_path / "book" / "breath-lamp.png").unlink()
    code, _, err = run(capsys, *check)
    assert code == 1
    assert "breath-lamp.png: is missing" in err
    (share / "audio" / "programmes" / "ninth.yaml").write_text(
        SMALL.replace("id: small", "id: ninth"), encoding="utf-8"
    )
    code, _, err = run(capsys, "book", "-o", out)
    assert code == 1
    assert "is there already; --force replaces it" in err
    assert run(capsys, "book", "--force", "-o", out)[0] == 0
    assert sorted(p.stem for p in (tmp_path / "book").iterdir()) == [*TWO, "ninth"]
    assert '<a id="ninth"></a>' in out.read_text("utf-8")


@pytest.mark.slow
def test_charts_of_its_own_go_with_their_programme_and_other_pictures_stay(capsys, share, tmp_path):
    out, folder = tmp_path / "book.md", tmp_path / "book"
    folder.mkdir()
    (folder / "holiday.png").write_bytes(b"sea")
    assert run(capsys, "book", "-o", out)[0] == 0
    (share / "audio" / "programmes" / "breath-lamp.yaml").unlink()
    assert run(capsys, "book", "--force", "-o", out)[0] == 0
    assert sorted(p.stem for p in folder.iterdir()) == ["holiday", "lower-back-night"]


def test_no_page_and_no_folder_where_nothing_can_be_drawn(capsys, share, tmp_path, monkeypatch):
    def missing(*_):
        raise chart.ChartsMissing("no charts here")

    monkeypatch.setattr(chart, "draw", missing)
    assert run(capsys, "book", "-o", tmp_path / "deep" / "book.md")[0] == 1
    assert list(tmp_path.glob("deep*")) == []


@pytest.mark.slow
def test_two_drawings_of_one_night_are_the_same_bytes(capsys, share, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run(capsys, "book", "-o", tmp_path / name / "x.md")
    for file in ("x.md", "x/breath-lamp.png", "x/lower-back-night.png"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_script_s_words_are_no_markdown():
    text = SMALL.replace("Breathe out.", "A *star* <b>and</b> [one](x) | two.")
    script, problems = read(text)
    score = compile_script(script, {}, problems).score
    found = page([Chapter(script, score, (b"x",), "p.png")])
    assert r"A \*star\* \<b\>and\</b\> \[one\](x) \| two." in found
    assert digest((b"x",)) in found
    assert digest((b"a", b"b")) != digest((b"ab",))


def test_every_caution_has_its_words():
    assert set(v.CAUTION_WORDS) == set(v.CAUTIONS)


def test_the_numbers_of_a_score():
    clips = {
        "Leave out whatever hurts.": ClipFacts("voice:small/a.opus", 2 * RATE_HZ, -20.0),
        "Breathe out.": ClipFacts("voice:small/b.opus", RATE_HZ, -20.5),
        "Nothing more to do.": ClipFacts("voice:small/c.opus", 3 * RATE_HZ, -20.0),
    }
    score, _ = compiled(clips=clips)
    found = measures.of_score(score)
    assert (found.length_s, found.words, found.estimated) == (540.0, 10, False)
    assert found.words_per_minute == pytest.approx(10 * 60 / 6)
    assert found.speech_share == pytest.approx(6 / 180)
    assert found.lit_s == 180.0
    assert (found.slowest_breath, found.fastest_breath) == (pytest.approx(8), pytest.approx(10))
    assert found.last_sound_s == 540.0
    assert measures.guided_spans(score) == [(0, 180 * RATE_HZ)]
    assert measures.sleep_span(score) == (240 * RATE_HZ, 300 * RATE_HZ)
    assert measures.of_score(compiled()[0]).estimated
    lamp = measures.of_score(shipped_catalogue().load("breath-lamp").score)
    assert (lamp.words, lamp.words_per_minute, lamp.last_sound_s) == (0, None, None)
    assert lamp.lit_s == 480.0


class Noise:
    """Every source is noise at BED_LUFS or so; for `of_sound`."""

    channels = 1

    def __init__(self, frames=10 * RATE_HZ, level=0.1):
        self.frames = frames
        random = np.random.default_rng(3)
        self.sound = random.normal(size=(frames, 1)).astype(np.float32) * level

    def read(self, start, n):
        return self.sound[(start + np.arange(n)) % self.frames]

    def close(self):
        """Nothing is open."""


@pytest.mark.slow
def test_the_numbers_of_the_sound_follow_the_levels():
    score, _ = compiled(
        clips={"Leave out whatever hurts.": ClipFacts("voice:x/a", 2 * RATE_HZ, -20.0)}
    )
    shares = []
    found = measures.of_sound(score, lambda name: Noise(), shares.append)
    wordless = replace(score, clips=(), longest_clip=0)
    louder = measures.of_sound(wordless, lambda name: Noise(level=0.2))
    quiet = measures.of_sound(wordless, lambda name: Noise())
    # A minute at -38 LUFS, fading in, and two at -40: -39.3 together; then -42.
    assert found.bed_lufs - found.sleep_lufs == pytest.approx(2.7, abs=0.2)
    assert louder.bed_lufs - found.bed_lufs == pytest.approx(6.02, abs=0.1)
    assert louder.true_peak_db - quiet.true_peak_db == pytest.approx(6.02, abs=0.1)
    assert quiet.true_peak_db < found.true_peak_db - 3
    assert (louder.voice_lufs, quiet.bed_lufs) == (None, found.bed_lufs)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


@pytest.mark.slow
def test_a_clip_that_cannot_be_read_is_told():
    score, _ = compiled(clips={"Breathe out.": ClipFacts("voice:x/a", RATE_HZ, -20.0)})
    complaints = []

    def open_source(name):
        if name.startswith("voice"):
            raise OSError("is torn")
        return Noise()

    measures.of_sound(score, open_source, complain=lambda *words: complaints.append(words))
    assert complaints == [("voice:x/a", "is torn")]


@pytest.mark.slow
def test_the_table_of_measures(capsys, home, tmp_path):  # noqa: F811
    with_beds()
    config = tmp_path / "two.yaml"
    config.write_text(f"programmes: [{', '.join(TWO)}]\n")
    code, out, _ = run(capsys, "programmes", "--measure", "--json", "--config", config)
    assert code == 0
    rows = {row["id"]: row for row in json.loads(out)["programmes"]}
    assert sorted(rows) == TWO
    night = rows["lower-back-night"]
    assert night["length_s"] == 29_244
    assert night["words"] == 594
    assert 105 <= night["words_per_minute"] <= 125
    assert 0.10 <= night["speech_share"] <= 0.35
    assert night["lit_s"] == 1500
    assert (night["slowest_breath"], night["fastest_breath"]) == (6.0, 11.0)
    assert night["voice_lufs"] == pytest.approx(-20.0, abs=0.5)
    assert night["bed_lufs"] == pytest.approx(-38.0, abs=0.5)
    assert night["sleep_lufs"] == pytest.approx(-42.0, abs=0.5)
    assert -12.0 < night["true_peak_db"] <= -3.0
    assert night["last_sound_s"] == 29_244
    assert rows["breath-lamp"]["true_peak_db"] is None


def test_a_programme_in_numbers_is_one_line(capsys, home, tmp_path):  # noqa: F811
    config = tmp_path / "one.yaml"
    config.write_text("programmes: [breath-lamp, nothing]\n")
    code, out, _ = run(capsys, "programmes", "--measure", "--config", config)
    assert code == 0
    heads, lamp, units, missing = out.splitlines()
    assert heads.split()[:3] == ["programme", "length", "words"]
    assert lamp.split()[:3] == ["breath-lamp", "8:00", "—"]
    assert "6.0–11.0" in lamp
    assert "LUFS" in units
    assert missing.startswith("nothing cannot be played: there is no programme")
