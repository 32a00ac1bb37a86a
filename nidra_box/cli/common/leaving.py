"""The place where text leaves for a terminal: no control character of a name, title or value gets
past it, and no letter that the terminal cannot show ends a command."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any, TextIO, cast

from nidra_box.words import printable


class Visible:
    """A stream that writes lines of visible characters."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self.write_styled("\n".join(printable(line) for line in text.split("\n")))

    def write_styled(self, text: str) -> int:
        encoding = self._stream.encoding or "utf-8"
        return self._stream.write(text.encode(encoding, "replace").decode(encoding))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def styled(text: str, stream: TextIO) -> None:
    """Write our own colours and bars; strangers' words in them must be printable already."""
    getattr(stream, "write_styled", stream.write)(text)
    stream.flush()


@contextlib.contextmanager
def visible_only() -> Iterator[None]:
    """Everything that is printed meanwhile leaves as visible characters."""
    out, err = (cast(TextIO, Visible(stream)) for stream in (sys.stdout, sys.stderr))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield
