"""Spoilt sound files, by a seed: what parses a stranger's bytes in a process of ours says no or takes
them, and the real intake has a line for each.

`NIDRA_MUTATED=2857` puts so many of each format through the real intake (20,000 in all)."""

import contextlib
import io
import json
import os
import random
import re
import shutil
import sys

import pytest

from nidra_box.documents.untrusted import fill, parse_object
from nidra_box.library import sniff as may
from nidra_box.library.findings import findings
from nidra_box.library.intake import damage, probe, sniff, tags
from nidra_box.library.record import (
    INDEX,
    ITEMS,
    RECORD,
    Damage,
    Item,
    read_index,
    read_items,
    read_record,
    write_items,
)
from nidra_box.words import printable
from tests.support import cases
from tests.support.intakes import check_tidy, left_of, marked, states, take
from tests.support.mutated import MAKERS, mutated, original
from tests.support.store import noise, put_recording

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(cases.FFMPEG is None, reason="ffmpeg is not installed"),
    pytest.mark.filterwarnings("error"),
]

IN_PROCESS = 2000
REALLY = int(os.environ.get("NIDRA_MUTATED", "6"))
FIRST = int(os.environ.get("NIDRA_SEED", "0"))
AT_ONCE = 70
LIMIT_S = 60.0
"""For one file; all that were tried took under a second on average."""


@pytest.mark.parametrize("form", MAKERS)
def test_what_reads_bytes_in_our_own_process_never_breaks(form, tmp_path):
    whole, place = original(form, tmp_path), tmp_path / "spoilt"
    for seed in range(FIRST, FIRST + IN_PROCESS):
        data = mutated(whole, seed)
        place.write_bytes(data)
        may.may_be_sound(data[: may.HEAD_BYTES])
        with sniff.opened(place) as file, contextlib.redirect_stdout(io.StringIO()) as said:
            assert "\n" not in sniff.why_no_sound(file)
            sniff.kind_of(file)
            sniff.wav_of(file)
            tags.main(file.descriptor)
        if text := said.getvalue().encode():
            assert len(text) < tags.MOST_BYTES, seed
            fill(tags.Tags, parse_object(text))


ANSWER = {
    "streams": [{"codec_name": "aac", "channels": 2, "sample_rate": "48000", "duration": "61.5"}],
    "format": {"format_name": "mov,mp4,m4a", "duration": "61.5"},
    "chapters": [
        {"start_time": "0.000000", "tags": {"title": "One"}},
        {"start_time": "30.500000", "tags": {"title": "Two"}},
    ],
}


def test_what_ffprobe_answers_is_a_stranger_s_too(tmp_path):
    whole, found = json.dumps(ANSWER).encode(), 0
    for seed in range(FIRST, FIRST + IN_PROCESS):
        try:
            answer = parse_object(other_values(whole, seed))
        except ValueError:
            continue
        stream = (answer.get("streams") or [None])[0]
        if isinstance(stream, dict):
            with contextlib.suppress(sniff.Refused):
                said = probe._found(answer, stream, [], (), 0.0)
                assert said.channels in (1, 2)
                assert 0 <= said.seconds < 100 * 3600
                found += 1
    assert found > IN_PROCESS / 4


LINES = "".join(
    f"pkt_pos={96 * n}|pkt_size=96|pts_time={n * 0.024 + (3 if n > 40 else 0):.6f}|nb_samples=1152\n"
    for n in range(80)
)


class Said:
    """A child that has said this."""

    def __init__(self, data):
        self._pieces = [data[:1000], data[1000:], b""]

    def read(self):
        return self._pieces.pop(0)


def test_the_times_of_frames_are_a_stranger_s_too():
    assert spots(LINES.encode()) == [Damage(pytest.approx(41 * 0.024), pytest.approx(3.0))]
    for seed in range(FIRST, FIRST + IN_PROCESS):
        for spot in spots(other_values(LINES.encode(), seed)):
            assert 0 <= spot.at_s < 1e9
            assert 0 <= spot.lost_s < 1e9


def test_a_clock_that_jumps_over_a_thousand_years_is_no_loss_of_a_thousand_years():
    odd = LINES.replace("pts_time=3.984000", "pts_time=96076792050570.6")
    assert odd != LINES
    assert [spot.lost_s for spot in spots(odd.encode())] == [0.0]


def spots(data):
    return damage._merged(damage._gaps(damage._frames(Said(data)), 48_000, False))


ODD = [
    b"1e308",
    b"-1",
    b"NaN",
    b"Infinity",
    b"null",
    b'"x"',
    b"[]",
    b"{}",
    b"9" * 400,
    b"0",
    b"true",
]
ODD += [b'"\\ud800"', b'"\\u0000"', b'"\\u202e"', b"-0.0", b"1e10", b"[[]]", b"2147483648"]


_VALUE = re.compile(rb'(?<=: )("[^"]*"|-?[\d.]+|true|false)|(?<==)-?[\d.]+')


def other_values(data, seed):
    """Text of numbers and words with others in their place, or spoilt like a file."""
    rng = random.Random(seed)
    if rng.random() < 0.3:
        return mutated(data, seed)
    for _ in range(rng.choice((1, 1, 2, 5))):
        one = rng.choice(list(_VALUE.finditer(data)))
        data = data[: one.start()] + rng.choice(ODD) + data[one.end() :]
    return data


def test_a_spoilt_record_or_list_is_one_reason_and_no_more(tmp_path):
    record = put_recording(
        tmp_path, noise(11.0), notes=("it begins with 0:10 of silence",), damage=(Damage(3.0, 1.0),)
    )
    write_items(tmp_path, (Item("sea.m4a", "taking", share=0.5, left_s=3.0),))
    folder, good = tmp_path / record.id, 0
    for place, read in (
        (folder / RECORD, lambda: findings(read_record(folder))),
        (tmp_path / INDEX, lambda: read_index(tmp_path)),
        (tmp_path / ITEMS, lambda: read_items(tmp_path)),
    ):
        whole = place.read_bytes()
        for seed in range(FIRST, FIRST + IN_PROCESS):
            place.write_bytes(other_values(whole, seed))
            with contextlib.suppress(ValueError):
                read()
                good += 1
        place.write_bytes(whole)
    assert good > 100


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc what is left")
@pytest.mark.timeout(300 + 20 * REALLY)
def test_the_real_intake_has_a_line_for_each(tmp_path):
    """All formats together, of eleven seconds: long enough to be taken in where they can be."""
    wholes = {form: original(form, tmp_path, 11) for form in MAKERS}
    numbers = range(FIRST, FIRST + REALLY * len(MAKERS))
    ready = 0
    for begin in range(0, len(numbers), AT_ONCE):
        library, store = tmp_path / "library", tmp_path / "store"
        library.mkdir()
        for number in numbers[begin : begin + AT_ONCE]:
            form = list(MAKERS)[number % len(MAKERS)]
            (library / f"{number}.{form}").write_bytes(mutated(wholes[form], number))
        take(library, store, seconds=AT_ONCE * LIMIT_S, env=os.environ | {"PATH": marked(tmp_path)})
        assert not left_of(tmp_path)
        check_tidy(store)
        for name, (state, reason) in states(store).items():
            assert state in ("ready", "refused"), name
            assert (state == "ready") == (reason == ""), name
            assert printable(reason) == reason, name
            assert len(reason) < 200, name
            ready += state == "ready"
        assert len(states(store)) == len(numbers[begin : begin + AT_ONCE])
        shutil.rmtree(library)
        shutil.rmtree(store)
    assert 0.3 < ready / len(numbers) < 0.8
