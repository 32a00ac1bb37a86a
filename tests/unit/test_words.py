"""What is said to people: no control characters, no `[Errno 2]`, and nothing ends for a letter."""

import ast
import builtins
import io
import sys

import pytest

from nidra_box.cli import main
from nidra_box.cli.common import last_words
from nidra_box.cli.common.leaving import styled, visible_only
from nidra_box.documents.node import Problem
from nidra_box.words import fitted, reason_of
from tests.support.box import ROOT
from tests.support.scripts import SMALL
from tests.unit.test_cli import home, run  # noqa: F401  (a fixture)

NASTY = "\x1b[2J\x9b31m\x07"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("night", "night "), ("nights", "nights"), ("nights.", "night…"), ("夜の音楽", "夜の… ")],
)
def test_a_column_is_filled_or_cut(text, shown):
    assert fitted(text, 6) == shown


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_the_list_of_programmes_is_cut_to_the_terminal(capsys, home, monkeypatch, columns):  # noqa: F811
    monkeypatch.setenv("COLUMNS", str(columns))
    (home / "library").mkdir()
    (home / "library" / ("long " * 40 + ".flac")).write_text("x")
    with monkeypatch.context() as terminal:
        terminal.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        _, out, _ = run(capsys, "programmes")
    *rows, refused = out.splitlines()
    assert max(len(row) for row in rows) <= columns
    assert "Lower Back" in out or columns == 40
    assert refused.endswith("—  waiting")
    assert max(len(row) for row in run(capsys, "programmes")[1].splitlines()) > 200


@pytest.mark.parametrize("command", ["show", "check", "programmes"])
def test_names_titles_keys_and_values_move_no_cursor(capsys, home, tmp_path, command):  # noqa: F811
    script = SMALL.replace("Small Night", r"\e[2J\x9b31m\a").replace("title: ", 'title: "', 1)
    head, _, rest = script.partition('title: "')
    title, _, rest = rest.partition("\n")
    text = f'{head}title: "{title}"\n"\\e[1mkey": 1\n{rest}'
    folder = home / "programmes"
    folder.mkdir(exist_ok=True)
    path = folder / "small.yaml"
    path.write_text(text if command == "check" else text.replace('"\\e[1mkey": 1\n', ""), "utf-8")
    words = [command] if command == "programmes" else [command, path]
    _, out, err = run(capsys, *words)
    assert "cannot be seen (U+001B)" in out + err  # refused, and named without moving anything
    assert not [c for c in out + err if not c.isprintable() and c != "\n"]


def test_the_name_of_a_file_moves_no_cursor(capsys, home):  # noqa: F811
    (home / "library").mkdir()
    (home / "library" / "\x1b[2J.flac").write_text("x")
    _, out, err = run(capsys, "programmes")
    assert "\\x1b[2J.flac" in out
    assert not [c for c in out + err if not c.isprintable() and c != "\n"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_the_terminal_cannot_show_is_replaced(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding, write_through=True))
    with visible_only():
        print(f"Grün ─ {NASTY} \udcff")
        styled("\x1b[32m─\x1b[0m", sys.stdout)
    said = raw.getvalue()
    assert b"\\x1b[2J" in said
    assert b"\x07" not in said
    assert said.endswith(b"\x1b[32m" + "─".encode(encoding, "replace") + b"\x1b[0m")


def test_a_list_goes_out_where_nothing_but_ascii_can(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii", write_through=True))
    assert main(["show", str(ROOT / "audio/programmes/lower-back-night.yaml")]) == 0
    assert b"Lower Back" in raw.getvalue()


def test_a_mistake_is_one_line_whatever_its_file_is_called():
    assert str(Problem("a\nb", 1, "x\r", "m")) == "a\\x0ab:1: x\\x0d: m"


def test_why_it_failed_is_said_in_words():
    missing = FileNotFoundError(2, "No such file or directory", "a.yaml")
    assert reason_of(missing) == "No such file or directory"
    assert reason_of(OSError("plain")) == "plain"
    assert last_words(missing, "look") == (["a.yaml: No such file or directory"], 1)
    assert last_words(OSError(28, "No space left"), "look") == (["No space left (look)"], 1)


def raw_errors(tree):
    """Where an error of the system is shown as Python writes it."""
    for handler in ast.walk(tree):
        if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
            continue
        kinds = [vars(builtins).get(getattr(node, "id", "")) for node in ast.walk(handler.type)]
        if not any(isinstance(kind, type) and issubclass(kind, OSError) for kind in kinds):
            continue
        for node in ast.walk(handler):
            shown = node.value if isinstance(node, ast.FormattedValue) else None
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "str":
                shown = node.args[0]
            if isinstance(shown, ast.Name) and shown.id == handler.name:
                yield node.lineno


def test_no_error_of_the_system_is_shown_as_python_writes_it():
    assert list(raw_errors(ast.parse("try: x()\nexcept OSError as e: say(f'{e}')"))) == [2]
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "nidra_box").rglob("*.py"))
        for line in raw_errors(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []
