"""The mistakes that words invite in YAML: each is answered by what to do, on its own line."""

import contextlib

import pytest
import yaml

from nidra_box.config import parse_config
from nidra_box.documents import load
from nidra_box.documents.load import parse_document
from nidra_box.documents.node import DocumentError, Problems
from tests.support.scripts import changed, read


def said_of(text):
    problems = Problems("f")
    with contextlib.suppress(DocumentError):
        parse_document(text, problems)
    return [str(problem) for problem in problems.errors]


QUOTES = 'put the words in double quotes (")'
MISTAKES = {
    "a colon": ("- say: Now: in\n", 1, f"a colon stands inside the words: {QUOTES}"),
    "a colon in braces": ("a: {say: Now: in, pause: 3}\n", 1, f"{QUOTES}, or a comma"),
    "a colon, further down": ("a: 1\nb:\n  c: d: e\n", 3, "a colon stands inside"),
    "an apostrophe": (
        "b:\n  a: 'it's late'\n",
        2,
        "the words end at the ' before \"s late'\": put the words in double",
    ),
    "an apostrophe first": ("a: 'tis late\nb: 1\nc: 2\n", 1, f"the ' is never closed: {QUOTES}"),
    "a quote inside": ('b:\n  a: "say "hi" now"\n', 2, 'write \\" for a quote inside'),
    "a quote not closed": ('a: 1\nb: "x\nc: 2\n', 2, 'the " is never closed'),
    "a curly quote that closes": ('a: "x”\nb: 1\n', 1, 'double quotes ("), on both sides'),
    "curly quotes": ("a: 1\nb: “x”\n", 2, "b: “ is no quote for YAML"),
    "a comma": (
        "a: {say: In, and out, pause: 3}\n",
        1,
        "'and out' has no value: words with a comma",
    ),
    "no comma": ('a: {say: "In" pause: 3}\n', 1, "or a comma before the next key"),
    "a tab": ("pins:\n\tlight: 12\n", 2, "a tab stands before the words: write spaces"),
    "a tab later": ("pins:\n  light: 12\n\tbutton: 23\n", 3, "write spaces"),
    "no space": ("a: 1\nlock:night\nb: 2\n", 2, "write lock: night"),
    "no space at first": ("lock:night\nb: 2\n", 1, "write lock: night"),
    "no space anywhere": ("lock:night\n", 1, "write lock: night"),
    "no space in braces": ("pins: {light:12}\n", 1, "write light: 12"),
    "a space that is none": ("lock:\u00a0night\n", 1, "write lock: night"),
    "an equals sign": ("lock = night\na: 1\n", 1, "write lock: night"),
    "too far right": ("a:\n  b: 1\n   c: 2\n", 3, "must begin in the same column"),
    "too far left": ("a:\n  b: 1\n c: 2\n", 3, "must begin in the same column"),
    "two lines of words": ("a: 1\nand on\nb: 2\n", 2, "words of several lines belong in double"),
    "a brace not closed": ("a: 1\nb: {c: 1\nd: 2\n", 3, "the { of line 2 is not closed"),
    "a bracket not closed": ("a: [1, 2\n", 2, "the [ of line 1 is not closed"),
    "a bracket too many": ("a: [1, 2]]\n", 1, "] cannot begin words"),
    "a sign first": ("a: @home\n", 1, f"@ cannot begin words: {QUOTES}"),
    "a star first": ("a: *in*\n", 1, f"* cannot begin words: {QUOTES}"),
    "words lost to an anchor": ("a: &b c\n", 1, "words that begin with & or *"),
    "an exclamation mark first": ("a: !in out\n", 1, "words that begin with ! belong"),
    "a backslash": ('a: "C:\\music"\n', 1, "a \\ in double quotes stands for something else"),
    "two documents": ("a: 1\n---\nb: 1\n", 2, "a file holds one document"),
    "unseen": ("a: 1\nb: x\x07\n", 2, "a character that cannot be seen (U+0007)"),
    "unseen by its number": ('a: 1\nb: "x\\0"\n', 2, "b: holds a character that cannot be seen"),
}


@pytest.mark.parametrize("loader", [load._LOADER, yaml.SafeLoader])
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_that_says_what_to_do(name, loader, monkeypatch):
    monkeypatch.setattr(load, "_LOADER", loader)
    text, line, words = MISTAKES[name]
    [said] = said_of(text)
    assert said.startswith(f"f:{line}: ")
    assert words in said
    assert "YAML" not in said.replace("no quote for YAML", "")


@pytest.mark.parametrize(
    "text",
    [
        'a: "“In,” she says: out’s"\n',
        "a: it’s “late”\n",
        "a:\n  - b\nc: {d: , e: }\n",
        "a: 'x: y'\n",
    ],
)
def test_what_is_well_written_stays_so(text):
    assert said_of(text) == []


def config_errors(text):
    with pytest.raises(DocumentError) as caught:
        parse_config(text, "f")
    return [str(problem) for problem in caught.value.problems]


def test_a_key_that_stands_twice_hides_no_other_mistake():
    text = 'lock: none\nlock: night\nvolume: {start_db: 99}\nsound: {card: "a\\0"}\nlok: none\n'
    assert [said.split(":")[1] for said in config_errors(text)] == ["2", "3", "4", "5"]
    found = read(changed(("goal: back", "goal: back\ngoal: back\ncolour: red")))[1].errors
    assert [problem.path for problem in found] == ["goal", "colour"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pins: {button: GPIO23}", "not 'GPIO23': write 23"),
        ("pins: {button: 'BCM 23'}", "write 23"),
        ("pins: {button: '23'}", "write 23"),
        ("volume: {start_db: -20 dB}", "write -20"),
        ("volume: {start_db: −20}", "write -20"),
        ("volume: {step_db: '1,5'}", "write 1.5"),
        ("pins: {button: 0x17}", "in decimal digits"),
        ("hold_programme:", "nothing stands here"),
        ("hold_programme: off", 'write "off"'),
        ("hold_programme: [a]", "words that begin with [ belong in double quotes"),
        ("hold_programme:\n  Rain: soft", "words with a colon belong in double quotes"),
        ("programmes:\n  -a\n  -b", "a space belongs after the -"),
        ("pins:\n  light:12", "write light: 12"),
    ],
)
def test_a_value_of_another_kind_is_answered_by_what_to_write(text, says):
    [said] = config_errors(text)
    assert says in said


@pytest.mark.parametrize("pin", ["pin 16", "GPIO99", "2 or 3"])
def test_nothing_is_proposed_that_may_be_wrong(pin):
    [said] = config_errors(f"pins: {{button: {pin}}}")
    assert "write" not in said
