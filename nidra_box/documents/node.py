"""A YAML document as plain values with line numbers. Pure: no YAML library, no files.

`Scalar.kind` keeps what YAML 1.1 made of an unquoted word, because three of its
habits bite people who write programmes: `8:07:24` is a base-60 number, `off` and
`yes` are booleans, `1_000` is an integer. The readers in `fields` name them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

from nidra_box.words import printable

MAX_ERRORS = 300


class ScalarKind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    SEXAGESIMAL = "base-60 number"
    BOOLEAN = "true/false"
    EMPTY = "empty"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word or number. `text` is as written; `line` counts from 1."""

    text: str
    kind: ScalarKind
    line: int


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    line: int
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    entries: tuple[Entry, ...]
    line: int


Node = Scalar | Sequence | Mapping


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where it is, what is wrong, what would be right.

    `path` is the key path (`stages[3].light.pattern`), empty for the whole file.
    `line` counts from 1; 0 when the file has no lines to point at.
    """

    file: str
    line: int
    path: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        where = f"{where}: " if where else ""
        path = f"{self.path}: " if self.path else ""
        kind = "" if self.severity is Severity.ERROR else f"{self.severity}: "
        return printable(f"{where}{kind}{path}{self.message}")


@dataclass(slots=True)
class Problems:
    """Collects the problems of one file while it is read. MAX_ERRORS end the reading, since
    every rule looks through all that was found before."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def error(self, line: int, path: str, message: str) -> None:
        self.found.append(Problem(self.file, line, path, message))
        if len(self.errors) >= MAX_ERRORS:
            last = Problem(self.file, line, "", f"{MAX_ERRORS} mistakes: the rest was not read")
            raise DocumentError([*self.errors, last])

    def stop(self, line: int, path: str, message: str) -> NoReturn:
        """Like `error` where a limit was broken that bounds the work: nothing more is read."""
        self.error(line, path, message)
        raise DocumentError(self.errors)

    def warn(self, line: int, path: str, message: str) -> None:
        self.found.append(Problem(self.file, line, path, message, Severity.WARNING))

    def note(self, line: int, path: str, message: str) -> None:
        """Something worth knowing that is no mistake."""
        self.found.append(Problem(self.file, line, path, message, Severity.NOTE))

    def blames(self, *paths: str) -> bool:
        """Whether an error was found at one of `paths`, inside it or at the mapping around it.

        A rule asks before it judges a value: what it would say of one that is wrong already
        only follows from the first mistake, and goes away with it.
        """
        return any(
            wrong.path == path
            or wrong.path.startswith((f"{path}.", f"{path}["))
            or path.startswith(f"{wrong.path}.")
            for wrong in self.found
            if wrong.severity is Severity.ERROR and wrong.path
            for path in paths
        )

    @property
    def errors(self) -> list[Problem]:
        return sorted(p for p in self.found if p.severity is Severity.ERROR)

    @property
    def warnings(self) -> list[Problem]:
        return sorted(p for p in self.found if p.severity is Severity.WARNING)

    @property
    def notes(self) -> list[Problem]:
        return sorted(p for p in self.found if p.severity is Severity.NOTE)


class DocumentError(Exception):
    """A document that cannot be used; `problems` holds every reason, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems
