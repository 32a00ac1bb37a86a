"""The sheet to record from: every cue with its number, words, tone, seconds and file name."""

import re
from html.parser import HTMLParser

from nidra_box.cli import main
from nidra_box.score.breath import BreathLine
from nidra_box.score.compile import breath_of, estimated_s
from nidra_box.studio.voice.cues import cues_of, file_stem
from nidra_box.studio.voice.fit import longest_s
from nidra_box.studio.voice.kit import kit_html
from tests.support.box import shipped_catalogue
from tests.support.scripts import SMALL, changed, read


class Sheet(HTMLParser):
    """What stands on a sheet, and whether every tag is closed in its turn."""

    VOID = ("meta", "br")

    def __init__(self, text):
        super().__init__()
        self.open, self.found, self.tags, self.links = [], {}, [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "style")]
        if tag not in self.VOID:
            self.open.append((tag, dict(attrs).get("class", "")))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open and data.strip():
            self.found.setdefault(self.open[-1][1] or self.open[-1][0], []).append(data.strip())


def shipped():
    catalogue = shipped_catalogue()
    script, _, _ = catalogue.compile(catalogue.scripts()["lower-back-night"])
    return script, cues_of(script, breath_of(script, {}))


def test_every_cue_stands_on_the_sheet_in_its_order():
    script, cues = shipped()
    sheet = Sheet(kit_html(script, cues))
    assert sheet.found["number"] == [str(n) for n in range(1, 58)]
    assert sheet.found["words"] == [cue.text for _, cue in script.spoken()]
    files = [name for name in sheet.found["code"] if re.fullmatch(r"\d+\.wav", name)]
    assert files[2:] == [f"{n:02}.wav" for n in range(1, 58)]  # two stand in the advice
    assert len(sheet.found["h2"]) == 11
    assert "Warm hands" in sheet.found["h2"]
    assert (
        "The most important sentence of the night. Friendly, not a warning." in sheet.found["note"]
    )
    assert "Begins with an out-breath of the light." in sheet.found["note"]


def test_the_seconds_are_those_of_the_script_and_of_the_compiler():
    script, cues = shipped()
    sheet = Sheet(kit_html(script, cues))
    breath = breath_of(script, {})
    assert sheet.found["b"] == [f"{estimated_s(cue, script):.1f} s" for _, cue in script.spoken()]
    most = [text for text in sheet.found["facts"] if text.startswith("at most")]
    assert most == [f"at most {longest_s(script, c.words, {}, breath):.1f} s" for c in cues]


def test_the_sheet_needs_nothing_but_itself():
    sheet = Sheet(kit_html(*shipped()))
    assert sheet.links == []
    assert not {"script", "link", "img", "iframe", "object"} & set(sheet.tags)
    assert "url(" not in kit_html(*shipped())
    assert "@import" not in kit_html(*shipped())


def test_words_cannot_become_markup():
    script, problems = read(
        changed(
            (
                '"Breathe out."',
                "\"<script>alert('1')</script> & \\\"so\\\".\", note: '<b>loud</b>'",
            ),
            ("title: Small Night", "title: '</title><img src=x onerror=y>'"),
        )
    )
    assert not problems.errors
    sheet = Sheet(kit_html(script, cues_of(script, BreathLine())))
    assert sheet.found["words"][1] == "<script>alert('1')</script> & \"so\"."
    assert any("<b>loud</b>" in note for note in sheet.found["note"])
    assert not {"script", "img"} & set(sheet.tags)


def test_words_that_come_again_are_recorded_once():
    text = SMALL.replace("Nothing more to do.", "Breathe out.")
    script, _ = read(text)
    cues = cues_of(script, breath_of(script, {}))
    assert [(cue.number, cue.say.text, cue.times) for cue in cues] == [
        (1, "Leave out whatever hurts.", 1),
        (2, "Breathe out.", 2),
    ]
    assert "Heard 2 times; record it once." in kit_html(script, cues)


def test_the_notes_of_a_rotation_are_kept():
    script, _ = read(
        changed(
            (
                '{say: "Nothing more to do.", pause: flex}',
                '{each: ["Thumb.", "Palm."], gap: 50, note: "Slowly."}',
            )
        )
    )
    assert [cue.note for _, cue in script.spoken()][2:] == ["Slowly.", "Slowly."]


def test_a_person_reads_the_words_and_not_the_spelling_for_engines():
    script, _ = read(
        changed(('say: "Breathe out."', 'say: "Breathe out.", say_tts: "Breeth out."'))
    )
    cues = cues_of(script, BreathLine())
    text = kit_html(script, cues)
    assert "Breathe out." in text
    assert "Breeth" not in text
    assert cues[1].words == "Breeth out."


def test_names_of_files_sort_as_the_cues_do():
    assert [file_stem(n, 57) for n in (1, 12)] == ["01", "12"]
    assert [file_stem(n, 120) for n in (1, 120)] == ["001", "120"]


def test_the_command_writes_the_sheet_here_or_where_it_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert main(["voice", "kit", "lower-back-night"]) == 0
    assert capsys.readouterr().out == "lower-back-night-kit.html\n"
    text = (tmp_path / "lower-back-night-kit.html").read_text(encoding="utf-8")
    assert text == kit_html(*shipped())
    (tmp_path / "my.yaml").write_text(SMALL)
    assert main(["voice", "kit", "./my.yaml", "-o", "sheet.html"]) == 0
    assert "Small Night" in (tmp_path / "sheet.html").read_text()
    assert {p.name for p in tmp_path.iterdir()} == {
        "lower-back-night-kit.html",
        "my.yaml",
        "sheet.html",
    }


def test_a_script_with_mistakes_makes_no_sheet(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.yaml").write_text(changed(("Breathe out.", "This cures you.")))
    assert main(["voice", "kit", "my.yaml"]) == 78
    assert "claims too much" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["my.yaml"]
