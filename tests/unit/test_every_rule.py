"""One error of every rule: each is reported once, on its line, and nothing else is.

RULES is CONTENT's paragraph on validation, sentence by sentence, with the number that each rule
has in docs/writing-a-programme.md, and what `check` says when it is broken. The scripts and why
they are several: tests/support/broken_scripts.py.
"""

import re
from dataclasses import replace

import pytest

from nidra_box.cli.look import check_file
from nidra_box.documents.node import Severity
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import Folders
from nidra_box.library.voices import Voice, VoiceClip, write_voice
from nidra_box.score import rules
from nidra_box.score.compile import compile_script
from nidra_box.score.curves import Curve
from nidra_box.score.script import KnownSounds
from nidra_box.units import RATE_HZ
from tests.support import broken_scripts
from tests.support.box import ROOT
from tests.support.scripts import read

RULES = {
    # E schema, enums, ids, quoted durations, safe loader, booleans named in the message
    "E1": r"title: is missing",
    "E2": r"colour: unknown key",
    "E3": r"'dancing' is not allowed; allowed: yoga-nidra \| body-scan \| breath \| sleep-sound",
    "E4": r"voice.wpm: must be a number, not 'fast'",
    "E5": r"'Every Rule' must be small letters, digits and hyphens",
    "E6": r'2:00 without quotes is read as a base-60 number by YAML: write "2:00"',
    "E7": r"words that begin with (!|& or \*) belong in double quotes",
    "E8": r"'off' without quotes is read as true/false by YAML; a light that is out is dark",
    "E9": r"(title|goal): stands twice \(first on line \d+\)",
    "E10": r"needs one of say, play, silence, each, repeat; has say and play",
    "E11": r"'words' stands twice \(first on line \d+\)",
    # E stage lengths sum to `duration` exactly
    "E12": r"the stages sum to 2:02:00, which is 10:58:00 less than 13:00:00",
    # E speech + fixed pauses fit the stage; > 30 s unclaimed without flex; W flex < 4 s; W > 60 %
    "E13": r"speech and fixed pauses are \d.\d s longer than the stage",
    "E14": r"58 s are left over; give one pause as flex",
    "E15": r"is not within its stage",
    "W1": r"only \d.\d s are left for a flex pause",
    "W2": r"words fill 71% of the stage",
    # E no word or bell after the drift stage unless a `return` stage of a waking programme
    "E16": r"no word and no bell after the drift stage",
    # E sleep stages dark, bed ≤ −30 LUFS, modulation ≤ 6 dB; ends in a fade ≥ 60 s (W < 5 min)
    "E17": r"a sleep stage is dark",
    "E18": r"-25 LUFS is too loud for sleep; at most -30",
    "E19": r"a bed does not rise while people sleep",
    "E20": r"ends in a fade of at least 60 s: lufs: \[-35, -90\]",
    "W3": r"the last fade is shorter than 5 minutes",
    "W4": r"a drift stage takes 2 to 4 minutes",
    # E light caps and colours; steps between stages ≤ 15 L* unless faded ≥ 3 s
    "E21": r"L\* 55 is over the cap of 30 for a scan stage",
    "E22": r"a drift stage ends dark: peak: \[12, 0\]",
    "E23": r"amber after red \(breathless on line \d+\)",
    "E24": r"a step of 19 L\* needs a fade of at least 3 s",
    "E25": r"the lamp is lit for \d:\d\d:\d\d; a programme that ends in sleep may be lit for 30:00",
    "E26": r"30 is above the peak, 20",
    "E27": r"breathes, but the stage has no pace",
    "E28": r"the light moves faster than 25 L\*/s",
    # E breath 4.5–16/min, continuous across stages (≤ 0.5 s of period), hold ≤ 40 %
    "E29": r"20 is out of range; allowed: 4.5 to 16 breaths/min",
    "E30": r"begins at 8 a minute, the stage before ends at 10: a breath may change by 0.5 s",
    "E31": r"holds take 45% of the breath; at most 40%",
    "E32": r"'odd' is not one of the patterns under breath: even, held",
    # E `sync` only with `pace`
    "E33": r"needs a pace in its stage: there is no breath to wait for",
    # E voice −26…−16 LUFS; bed 12–30 LU under; bed jumps > 3 LU need ≥ 10 s
    "E34": r"-10 is out of range; allowed: -26 to -16 LUFS",
    "E35": r"5 is out of range; allowed: 12 to 30 LU",
    "E36": r"a step of 10 LU needs at least 10 s",
    "W8": r"the box takes 9 s for this: nothing rises faster than 6 dB/s",
    # E cue ≤ 220 characters, ends with punctuation; W > 25 words, digits, abbreviations
    "E37": r"is \d{3} characters long; at most 220",
    "E38": r"must end with a full stop or a question mark",
    "W5": r"has 31 words; over 25 is more than one breath",
    "W6": r"has digits; write them as words",
    "W7": r"has an abbreviation; write it out",
    # E claims (cure, heal, treat, guarantee, detox …)
    "E39": r"claims too much: 'heals'",
    # E licence for what is shipped
    "E40": r"what is shipped needs an open licence, not personal",
    # E a comfort or opt-out cue in the first 90 s; red-flag caution with back tags
    "E41": r"no comfort or opt-out cue in the first 90 s",
    "E42": r"a programme about the back needs the red-flags caution",
    # E first sound fades ≥ 3 s, first word ≥ 5 s in
    "E43": r"the first sound fades in over at least 3 s",
    "E44": r"the first word comes at least 5 s after the bed",
    "E45": r"a night does not begin with a bell; at least 3 s after the bed",
    # of our own: what is light only is silent, nothing lasts over 12 hours; files and voices
    "E46": r"makes a sound, but the programme's kind is light-only",
    "E47": r"is over 12 hours",
    "E48": r"no clip was made from these words: '.*'|no clip says the title|a clip says what nobody is to say: '.*'",
    "E49": r"is 'other-name', so the file must be called other-name.yaml",
    "E50": r"the recording gone\.flac: no such file or directory; put a sound file",
    "N1": r"has no voice yet; its words are taken to need their time at 112 a minute",
}

SCRIPTS = {
    "read": broken_scripts.READ,
    "night": broken_scripts.NIGHT,
    "bell": broken_scripts.BELL,
    "silent": broken_scripts.SILENT,
    "yaml": broken_scripts.YAML,
    "aliases": broken_scripts.ALIASES,
}
WITHOUT_A_LINE = ("N1",)  # about the whole file
NEEDS_A_VOICE = ("E48",)  # below


def marks_of(text):
    """(rule, line) of every mark in a script."""
    return [
        (rule, number)
        for number, line in enumerate(text.splitlines(), start=1)
        for rule in re.findall(r"[EWN]\d+", line.partition("#")[2])
    ]


def found_in(folder, name, text):
    """What `check` says of a shipped script."""
    programmes = folder / "audio" / "programmes"
    programmes.mkdir(parents=True)
    path = programmes / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return check_file(path, Catalogue(Folders.inside(folder, folder / "own")))


def severity_of(rule):
    return {"E": Severity.ERROR, "W": Severity.WARNING, "N": Severity.NOTE}[rule[0]]


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_rule_is_reported_once_on_its_line_and_nothing_else(tmp_path, name):
    text = SCRIPTS[name]
    left = found_in(tmp_path, name, text)
    missing = []
    for rule, line in marks_of(text):
        line = 0 if rule in WITHOUT_A_LINE else line
        fits = [
            problem
            for problem in left
            if problem.line == line
            and problem.severity is severity_of(rule)
            and re.search(RULES[rule], str(problem))
        ]
        if len(fits) != 1:
            missing.append((rule, line, RULES[rule]))
        left = [problem for problem in left if problem not in fits]
    assert not missing, "\n".join(map(str, left))
    assert not left, "\n".join(map(str, left))


def test_every_rule_is_broken_somewhere():
    marked = {rule for text in SCRIPTS.values() for rule, _ in marks_of(text)}
    assert marked | set(NEEDS_A_VOICE) == set(RULES)


def test_words_and_clips_that_do_not_fit_each_other(tmp_path):
    voice = Voice("bell", "x", "x", (VoiceClip("a.opus", "Something else.", "k", 480, -20, -3),))
    (tmp_path / "own" / "voice" / "bell").mkdir(parents=True)
    write_voice(tmp_path / "own" / "voice" / "bell", voice)
    text = broken_scripts.BELL.replace("{play: bowl, pause: 12}", "{silence: 12}")
    text = text.replace("  track: gone.flac", "")
    found = found_in(tmp_path, "bell", text)
    assert len(found) == 3  # the first words, the title, and what nobody is to say
    assert all(re.search(RULES["E48"], str(problem)) for problem in found)


def test_a_bed_that_swells_by_more_than_6_db_is_not_for_sleep():
    """None that we have does: the rule is for the next one."""
    known = KnownSounds(beds={"brown": 6.5}, struck=["bowl"])
    found = [str(problem) for problem in read(known=known)[1].errors]
    assert len(found) == 2
    assert "brown swells by 6.5 dB; in sleep at most 6" in found[0]


# The compiled score: monotonic, no overlap, exact end, light continuous, never above its cap
# at any frame. No script that passes the other rules breaks these, so the score is bent here.
BENT = {
    "ends elsewhere": (lambda s: replace(s, frames=s.frames + 1), "does not end on its last frame"),
    "overlaps": (
        lambda s: replace(s, clips=(replace(s.clips[0], frames=60 * RATE_HZ), *s.clips[1:])),
        "'Breathe out.' begins before 'Leave out whatever hurts.' has ended",
    ),
    "too bright": (
        lambda s: replace(
            s, light=replace(s.light, peak=Curve((0.0,), (61.0,)), floor=Curve((0.0,), (61.0,)))
        ),
        "the light is over its cap of 60, 0:",
    ),
    "jumps": (
        lambda s: replace(
            s,
            light=replace(
                s.light,
                peak=Curve((0.0, 30.0, 30.0, 60.0, 60.0), (5.0, 5.0, 25.0, 25.0, 0.0)),
                floor=Curve((0.0, 30.0, 30.0, 60.0, 60.0), (5.0, 5.0, 25.0, 25.0, 0.0)),
            ),
        ),
        "the light moves faster than 25 L*/s (lower the peak or slow it), 0:30 into the night",
    ),
}


@pytest.mark.parametrize("name", BENT)
def test_a_score_that_breaks_its_promise_is_refused(name):
    bend, words = BENT[name]
    script, problems = read()
    score = compile_script(script, {}, problems).score
    rules.check_score(script, score, problems)
    assert problems.errors == []
    rules.check_score(script, bend(score), problems)
    assert any(words in str(problem) for problem in problems.errors), problems.errors


GUIDE = ROOT / "docs" / "writing-a-programme.md"


def rows_of_the_guide():
    """(rule, message) of every row of the guide's table."""
    rows = re.findall(r"^\| ([EWN]\d+) \|.*\| `([^`]+)` \|$", GUIDE.read_text("utf-8"), re.M)
    return [(rule, message.replace("\\|", "|")) for rule, message in rows]


def test_the_guide_lists_every_rule():
    assert [rule for rule, _ in rows_of_the_guide()] == sorted(
        RULES, key=lambda rule: ("EWN".index(rule[0]), int(rule[1:]))
    )


def test_every_message_in_the_guide_is_real(tmp_path):
    said = {}
    for name, text in SCRIPTS.items():
        for problem in found_in(tmp_path / name, name, text):
            for rule, pattern in RULES.items():
                if re.search(pattern, str(problem)):
                    said.setdefault(rule, []).append(problem.message)
    for rule, message in rows_of_the_guide():
        pattern = ".+".join(re.escape(part) for part in message.split("…"))
        if rule not in NEEDS_A_VOICE:
            assert any(re.search(pattern, words) for words in said[rule]), (rule, message)
