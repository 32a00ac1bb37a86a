"""The command line as a person meets it: exit codes, one-line errors, examples."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from nidra_box.cli import BOX, STUDIO, build_parser, main
from nidra_box.cli.common import can_draw, folders_for
from nidra_box.config import Config, FolderSettings
from nidra_box.studio.cli import simulate
from nidra_box.units import RATE_HZ
from tests.support.box import ROOT, shipped_catalogue, with_beds
from tests.support.scripts import SMALL, changed
from tests.unit.test_sources import bad_files


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A person's own data folder, with the beds that were made already."""
    data = tmp_path / "data" / "nidra-box"
    data.mkdir(parents=True)
    with_beds()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    return data


def run(capsys, *words):
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def all_commands(*words):
    parser = build_parser(words)
    actions = next(a for a in parser._actions if hasattr(a, "choices") and a.choices)
    return sorted(actions.choices)


def test_a_command_loads_its_own_group_and_no_other():
    for group in [*BOX.values(), *STUDIO.values()]:
        for command in group:
            assert all_commands("-v", command, "--help") == sorted(group)
    assert all_commands("nonsense") == all_commands()


@pytest.mark.slow
def test_the_box_that_runs_all_night_carries_no_other_commands():
    code = "import sys; from nidra_box.cli import build_parser; build_parser(['run']); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.split()
    assert "nidra_box.cli.box" in loaded
    for heavy in ("doctor", "studio.cli", "studio.nights", "studio.chart"):
        assert f"nidra_box.{heavy}" not in loaded
    assert "_hashlib" not in loaded  # libcrypto: 4 MiB


def test_where_the_service_is_installed_its_library_is_meant(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    service = tmp_path / "service"
    assert folders_for(Config(), service).library != service / "library"
    service.mkdir()
    assert folders_for(Config(), service).library == service / "library"
    assert folders_for(Config(), service).beds == Path("/var/cache/nidra-box/beds")
    own = Config(folders=FolderSettings(state=str(tmp_path / "own")))
    assert folders_for(own, service).library == tmp_path / "own" / "library"
    disk = Config(folders=FolderSettings(recordings="/disk"))
    assert folders_for(disk, service).recordings == Path("/disk")
    assert folders_for(disk, service).state == service
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert tmp_path / "data" in folders_for(Config(), service).library.parents


def test_a_library_that_cannot_be_loaded_is_one_line(capsys, monkeypatch):
    def nowhere(*_):
        raise OSError("cannot load library 'libsndfile.so'")

    monkeypatch.setattr("nidra_box.cli.build_parser", nowhere)
    code, _, err = run(capsys, "beds")
    assert code == 1
    assert err.count("\n") == 1
    assert "libsndfile.so" in err


@pytest.mark.parametrize(
    ("textual", "why"),
    [("2.1.2", ""), ("0.1.13", "here is 0.1.13"), (None, "not installed")],
)
def test_without_a_textual_that_will_do_simulate_prints_plain_lines(textual, why, monkeypatch):
    def version(name):
        if textual is None:
            raise simulate.PackageNotFoundError(name)
        return textual

    monkeypatch.setattr(simulate, "version", version)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    said = simulate._why_plain()
    assert why in said
    assert bool(said) == bool(why)


def test_every_command_is_there():
    assert all_commands() == [
        "add",
        "beds",
        "book",
        "check",
        "describe",
        "doctor",
        "forget",
        "last-night",
        "new",
        "preview",
        "programmes",
        "render",
        "replay",
        "run",
        "schema",
        "show",
        "simulate",
        "status",
        "take-in",
        "take-stick",
        "voice",
    ]


@pytest.mark.parametrize(
    "command",
    [[], *[[c] for c in all_commands()], *[["voice", c] for c in ("build", "kit", "take")]],
    ids=" ".join,
)
def test_every_help_has_an_example(capsys, command):
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    assert left.value.code == 0
    assert "example" in capsys.readouterr().out


def test_a_wrong_word_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as left:
        main(["plai"])
    assert left.value.code == 2


@pytest.mark.parametrize(
    ("words", "meant"),
    [(["programs"], "programmes"), (["help", "shw"], "show"), (["voice", "biuld"], "build")],
)
def test_a_command_that_does_not_exist_asks_what_was_meant(capsys, words, meant):
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert f"(did you mean {meant!r}?)" in capsys.readouterr().err


def test_help_of_a_command_is_its_help(capsys):
    said = []
    for words in (["help", "voice", "kit"], ["voice", "kit", "--help"], ["help"], ["--help"]):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] != said[2] == said[3]


def test_control_c_is_130(capsys, home, monkeypatch):
    def interrupted(config):
        raise KeyboardInterrupt

    monkeypatch.setattr("nidra_box.cli.programmes.catalogue_for", interrupted)
    assert run(capsys, "programmes")[0] == 130


@pytest.mark.parametrize(("term", "draws"), [("dumb", False), ("xterm", True)])
def test_a_dumb_terminal_gets_plain_lines(monkeypatch, term, draws):
    monkeypatch.setenv("TERM", term)
    terminal = SimpleNamespace(isatty=lambda: True)
    assert (can_draw(terminal), can_draw(io.StringIO())) == (draws, False)


def test_programmes(capsys, home):
    (home / "library").mkdir()
    bad_files(home / "library")
    code, out, _ = run(capsys, "programmes")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:2] == ["lower-back-night", "8:07:24"]
    assert sum(line.endswith("  waiting") for line in lines) == 9
    assert any("line\\x0abreak" in line for line in lines)
    code, out, _ = run(capsys, "programmes", "--json")
    document = json.loads(out)
    assert document["format"] == "nidra-box-programmes/1"
    assert len({tuple(row) for row in document["programmes"]}) == 1  # the same fields in each
    assert {row["id"] for row in document["programmes"]} >= {
        "lower-back-night",
        "breath-lamp",
        "good.flac",
    }


def test_show_prints_stages_times_and_words(capsys, home):
    code, out, _ = run(capsys, "show", "lower-back-night")
    assert code == 0
    assert "1:30  knees" in out
    assert "0:11  There. You are lying down" in out
    assert "594 words" in out


def test_an_unknown_programme_is_one_line_with_a_hint(capsys, home):
    code, out, err = run(capsys, "show", "lower-back-nigt")
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert "did you mean 'lower-back-night'" in err


@pytest.mark.slow
def test_check_is_silent_when_all_is_well(capsys, home):
    code, out, err = run(capsys, "check", ROOT / "audio/programmes", ROOT / "config/nidra-box.yaml")
    assert (code, out, err) == (0, "", "")


def test_check_names_every_mistake_of_every_file(capsys, home, tmp_path):
    script, config, night = tmp_path / "small.yaml", tmp_path / "b.yaml", tmp_path / "c.night"
    script.write_text(
        changed(
            ("pattern: dark", "pattern: off"),
            ('duration: "2:00"', "duration: 2:00"),
            ('duration: "9:00"', 'duration: "9:30"'),
        )
    )
    config.write_text("volume: {start_db: 5}\nlokc: none\n")
    night.write_text("0:01:00 dance\n")
    code, out, err = run(capsys, "check", script, config, night, tmp_path / "missing.yaml")
    assert code == 78
    assert len([line for line in out.splitlines() if ": warning:" not in line]) == 3 + 2 + 2 + 1
    assert "8 errors" in err


@pytest.mark.slow
def test_check_finds_words_without_clips(capsys, home, tmp_path):
    own = home / "programmes"
    own.mkdir()
    text = (ROOT / "audio/programmes/lower-back-night.yaml").read_text()
    (own / "lower-back-night.yaml").write_text(
        text.replace("Unhook the jaw.", "Let go of the jaw.")
    )
    code, out, _ = run(capsys, "check", own)
    assert code == 78
    assert "no clip was made from these words: 'Let go of the jaw. The teeth stand apart.'" in out
    assert "a clip says what nobody is to say: 'Unhook the jaw" in out
    (own / "small.yaml").write_text(SMALL)
    code, out, _ = run(capsys, "check", own / "small.yaml")
    assert code == 0
    assert "note: has no voice yet" in out


@pytest.mark.slow
def test_check_says_why_a_voice_of_one_s_own_is_not_used(capsys, home):
    own = home / "voice" / "lower-back-night"
    shutil.copytree(ROOT / "audio/voice/lower-back-night", own)
    manifest = own / "manifest.json"
    manifest.write_text(manifest.read_text().replace("festival cmu_us_slt_arctic_hts", "me"))
    next(own.glob("drift-*.opus")).unlink()
    code, out, _ = run(capsys, "check", ROOT / "audio/programmes")
    assert code == 0
    assert out.count("\n") == 1
    assert "your own voice is not used: it lacks 1 of 57 cues" in out


def test_a_broken_configuration_is_exit_78_with_all_lines(capsys, home, tmp_path):
    config = tmp_path / "box.yaml"
    config.write_text(
        "pins: {light: 99}\nvolume: {start_db: loud, cieling_db: 1}\nlock: maybe\ntimer: {minutes: x}\n"
    )
    for command in (["run"], ["replay", "--out", tmp_path / "n"], ["programmes"]):
        code, _, err = run(capsys, *command, "--config", config)
        assert code == 78
        assert err.count(str(config)) == 5


def test_run_off_a_pi_says_so(capsys, home, monkeypatch):
    from nidra_box.hardware.board import revision

    if revision() is not None:
        pytest.skip("this is a Pi")
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    code, _, err = run(capsys, "run")
    assert code == 78
    assert "this is not a Raspberry Pi" in err
    assert "nidra-box simulate" in err


@pytest.mark.slow
def test_replay_writes_what_it_says(capsys, home, tmp_path):
    out = tmp_path / "night"
    code, said, err = run(capsys, "replay", "--out", out, "--sound", "0:05..0:20")
    assert code == 0
    assert "seven promises of night safety were kept" in err
    trace = [json.loads(line) for line in (out / "trace.jsonl").read_text().splitlines()]
    assert all({"at_s", "what"} <= set(line) for line in trace)
    rows = (out / "curve.csv").read_text().splitlines()
    assert rows[0] == "at_s,sound_dbfs,lightness,colour,phase,stage"
    assert len(rows) == 8 * 3600 + 15 * 60 + 2
    assert rows[30].endswith(",playing,arrive")
    assert rows[20_000].split(",")[2:] == ["0.0", "", "playing", "night"]
    assert (out / "night.png").read_bytes()[:4] == b"\x89PNG"
    sound, rate = soundfile.read(out / "sound.flac")
    assert (rate, len(sound)) == (RATE_HZ, 15 * RATE_HZ)
    assert np.abs(sound).max() > 0.001
    for name in ("trace.jsonl", "curve.csv", "night.png", "sound.flac"):
        assert name in said


@pytest.mark.slow
def test_two_replays_are_identical(capsys, home, tmp_path):
    night = tmp_path / "n.night"
    night.write_text("0:00:05 press\n0:03:00 turn +4\n0:10:00 double\n0:10:30 hold\n2:00:00 end\n")
    for name in ("a", "b"):
        assert run(capsys, "replay", night, "--out", tmp_path / name, "--no-chart")[0] == 0
    for file in ("trace.jsonl", "curve.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.slow
def test_preview_is_a_picture(capsys, home, tmp_path):
    for name in shipped_catalogue().scripts():
        code, out, _ = run(capsys, "preview", name, "-o", tmp_path / f"{name}.png")
        assert code == 0
        assert (tmp_path / f"{name}.png").stat().st_size > 20_000
        assert f"{name}.png" in out


@pytest.mark.parametrize("suffix", ["flac", "wav", "ogg", "opus"])
def test_render_writes_exactly_what_was_asked(capsys, home, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    code, _, err = run(
        capsys, "render", "lower-back-night", "-o", path, "--from", "0:10", "--to", "0:16"
    )
    assert code == 0
    assert "real time" in err
    info = soundfile.info(path)
    assert (info.samplerate, info.channels) == (RATE_HZ, 2)
    assert info.frames == 6 * RATE_HZ


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["render", "lower-back-night", "-o", "x.txt"], 1, "the name must end in"),
        (
            ["render", "lower-back-night", "-o", "/nowhere/x.flac", "--to", "1"],
            1,
            "/nowhere/x.flac",
        ),
        (
            ["render", "lower-back-night", "-o", "x.flac", "--from", "5", "--to", "3"],
            2,
            "is not after --from",
        ),
        (["render", "lower-back-night", "-o", "night.wav"], 1, "over 4 GiB"),
        (["preview", "breath-lamp", "-o", "/nowhere/x.png"], 1, "/nowhere"),
        (["simulate", "--speed", "0"], 2, "between 1 and 1000"),
    ],
)
def test_what_cannot_be_done_is_one_line(capsys, home, tmp_path, monkeypatch, words, code, hint):
    monkeypatch.chdir(tmp_path)
    got, _, err = run(capsys, *words)
    assert got == code
    assert hint in err
    assert "Traceback" not in err
    assert os.listdir(tmp_path) == ["data"]


def test_voice_build_says_what_it_did(capsys, home):
    code, out, _ = run(
        capsys,
        "voice",
        "build",
        ROOT / "audio/programmes/lower-back-night.yaml",
        "--into",
        ROOT / "audio/voice",
    )
    assert code == 0
    assert out == "lower-back-night: 0 rendered, 58 kept, 0 removed\n"
    assert run(capsys, "voice", "build", "lower-back-night", "--into", ROOT / "audio/voice") == (
        code,
        out,
        "",
    )
    for name in ("breath-lamp", ROOT / "audio/programmes/breath-lamp.yaml"):  # only its title
        code, out, err = run(capsys, "voice", "build", name, "--into", ROOT / "audio/voice")
        assert (code, out, err) == (0, "breath-lamp: 0 rendered, 1 kept, 0 removed\n", "")
    said = run(capsys, "voice", "build", "recordings", "--into", ROOT / "audio/voice")
    assert said == (0, "recordings: 0 rendered, 20 kept, 0 removed\n", "")


def test_it_is_a_program_and_closes_its_output_quietly(home):
    command = f"{sys.executable} -m nidra_box show lower-back-night | head -1"
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert "Lower Back, Long Night" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_bug_is_one_line_and_verbose_shows_where(capsys, home, monkeypatch):
    def broken(arguments):
        raise RuntimeError("a bug")

    parser = build_parser()
    actions = next(a for a in parser._actions if hasattr(a, "choices") and a.choices)
    actions.choices["programmes"].set_defaults(run=broken)
    monkeypatch.setattr("nidra_box.cli.build_parser", lambda words: parser)
    code, _, err = run(capsys, "programmes")
    assert code == 1
    assert "RuntimeError: a bug" in err
    assert "Traceback" not in err
    code, _, err = run(capsys, "-v", "programmes")
    assert code == 1
    assert "in broken\n" in err


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["render", "breath-lamp", "--to", "1", "-o", "mine.flac"],
        ["preview", "breath-lamp", "-o", "mine.png"],
        ["book", "-o", "mine.md"],
        ["schema", "script", "-o", "mine.json"],
        ["voice", "kit", "lower-back-night", "-o", "mine.html"],
        ["replay", "--no-chart", "--out", "mine"],
        ["new", "mine"],
    ],
    ids=lambda words: words[0],
)
def test_no_command_replaces_what_is_there_unless_it_is_told_to(
    capsys, home, tmp_path, monkeypatch, words
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    names = ["mine.flac", "mine.png", "mine.md", "mine.json", "mine.html", "mine.yaml"]
    for name in [*names, "mine/trace.jsonl"]:
        (tmp_path / name).write_text("mine")
    code, out, err = run(capsys, *words)
    assert (code, out) == (1, "")
    assert "is there already" in err
    for name in [*names, "mine/trace.jsonl"]:
        assert (tmp_path / name).read_text() == "mine"
    assert os.listdir(tmp_path / "mine") == ["trace.jsonl"]


def test_force_replaces_a_link_and_not_what_it_leads_to_and_never_a_folder(capsys, home, tmp_path):
    (tmp_path / "tape.flac").write_text("mine")
    link = tmp_path / "link.flac"
    link.symlink_to("tape.flac")
    render = ("render", "breath-lamp", "--to", "1", "--force", "-o")
    assert run(capsys, *render, link)[0] == 0
    assert (tmp_path / "tape.flac").read_text() == "mine"
    assert soundfile.info(link).frames == RATE_HZ
    (tmp_path / "folder.flac").mkdir()
    assert run(capsys, *render, tmp_path / "folder.flac")[0] == 1
    assert os.listdir(tmp_path / "folder.flac") == []
