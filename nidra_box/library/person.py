"""What a person says of a recording: `person.yaml` in its folder of the store.

Written by `nidra-box describe` (or by hand), read by the intake, which plans softening and
gain by it, and by the box. Nothing in it is needed: a missing or broken one is the default, and
its mistakes are reported.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from nidra_box.documents.fields import Fields
from nidra_box.documents.load import parse_document, read_lines
from nidra_box.documents.node import DocumentError, Problem, Problems
from nidra_box.files import write_whole
from nidra_box.score.vocabulary import (
    ACTIVITIES,
    AUDIENCES,
    GOALS,
    MAX_BREATH_RATE,
    MIN_BREATH_RATE,
)
from nidra_box.words import format_duration

FORMAT = "nidra-person/1"
MODE = 0o664
"""The group that may put recordings into the library may also describe them."""
USUAL_LIT_S = 20 * 60.0
SHORTEST_LIT_S = 60.0
LONGEST_LIT_S = 30 * 60.0  # the most that a programme that ends in sleep may be lit
SOFTEN = ("auto", "always", "never")


class Lamp(StrEnum):
    """What the light of a recording does before the dark."""

    BREATH = "breath"
    STEADY = "steady"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Light:
    """`rates` are breaths per minute, first and last."""

    lamp: Lamp = Lamp.BREATH
    rates: tuple[float, float] = (11.0, 6.0)
    lit_s: float = USUAL_LIT_S


@dataclass(frozen=True, slots=True)
class Person:
    """Empty texts are: nothing said. `rating` 0 is none, else 1 to 5."""

    title: str = ""
    kind: str = ""  # one of ACTIVITIES
    goal: str = ""  # one of GOALS
    tags: tuple[str, ...] = ()
    suitable_for: tuple[str, ...] = ()
    note: str = ""
    rating: int = 0
    light: Light = Light()
    loop: bool = False
    soften: str = "auto"

    @property
    def lit_s(self) -> float:
        """When the dark part begins."""
        return 0.0 if self.light.lamp is Lamp.NONE else self.light.lit_s

    @property
    def soft_from_s(self) -> float:
        """From where on a recording is heard in the dark: a loop from its beginning on, since
        that comes round again."""
        return 0.0 if self.loop else self.lit_s


def read_person(path: Path) -> tuple[Person, list[Problem]]:
    """What the file says, and every mistake in it. Defaults where there is none."""
    if not path.exists():
        return Person(), []
    try:
        return parse_person(read_lines(path), str(path)), []
    except DocumentError as error:
        return Person(), list(error.problems)


def parse_person(text: str, file: str) -> Person:
    """What the text of such a file says. Raises DocumentError with every mistake."""
    problems = Problems(file)
    person = _person(Fields(parse_document(text, problems), "", problems))
    if problems.errors:
        raise DocumentError(problems.errors)
    return person


def person_text(person: Person) -> str:
    """The file that says this, every key of it, so that it can be changed by hand."""
    light = person.light
    first, last = light.rates
    lines = {
        "format": FORMAT,
        "title": _quoted(person.title),
        "kind": _quoted(person.kind),
        "goal": _quoted(person.goal),
        "tags": _listed(person.tags),
        "suitable_for": _listed(person.suitable_for),
        "note": _quoted(person.note),
        "rating": str(person.rating),
        "light": f"{{lamp: {light.lamp}, rates: [{first:g}, {last:g}], "
        f'length: "{format_duration(light.lit_s)}"}}',
        "loop": str(person.loop).lower(),
        "soften": person.soften,
    }
    return "".join(f"{key}: {value}\n" for key, value in lines.items())


def write_person(path: Path, person: Person) -> None:
    """`path` says this from now on, whole or not at all, with the mode it had. What would not be
    read again as it is, is not written. Raises DocumentError and OSError."""
    text = person_text(person)
    if parse_person(text, str(path)) != person:
        raise ValueError(f"{path}: would not be read as it was written")
    write_whole(path, text, mode=None if path.is_file() else MODE)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _listed(words: tuple[str, ...]) -> str:
    return f"[{', '.join(_quoted(word) for word in words)}]"


def _person(top: Fields) -> Person:
    top.choice("format", (FORMAT,))
    light = top.fields("light", None)
    person = Person(
        title=top.text("title", ""),
        kind=top.choice("kind", ("", *ACTIVITIES), ""),
        goal=top.choice("goal", ("", *GOALS), ""),
        tags=top.texts("tags", ()),
        suitable_for=top.texts("suitable_for", (), AUDIENCES),
        note=top.text("note", ""),
        rating=top.integer("rating", 0, 5, "", 0),
        light=Light() if light is None else _light(light),
        loop=top.flag("loop", False),
        soften=top.choice("soften", SOFTEN, "auto"),
    )
    top.finish()
    return person


def _light(fields: Fields) -> Light:
    lamp = Lamp(fields.choice("lamp", tuple(Lamp), str(Lamp.BREATH)))
    first, last = fields.numbers(
        "rates", (2,), MIN_BREATH_RATE, MAX_BREATH_RATE, "breaths a minute", (11.0, 6.0)
    )
    lit_s = fields.duration("length", USUAL_LIT_S)
    if not SHORTEST_LIT_S <= lit_s <= LONGEST_LIT_S:
        fields.error("length", "a light is 1:00 to 30:00 long")
        lit_s = USUAL_LIT_S
    fields.finish()
    return Light(lamp, (first, last), lit_s)
