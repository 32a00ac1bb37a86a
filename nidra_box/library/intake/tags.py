"""Title, teacher, album, language, date and comment of a file, read by mutagen in a child."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from dataclasses import dataclass
from typing import Any

from nidra_box.documents.untrusted import fill, parse_object
from nidra_box.library.intake.sniff import Opened
from nidra_box.library.intake.watched import ChildFailed, running

MOST_LETTERS = 500
MOST_BYTES = 64 << 10
_CPU_S = 30
# mutagen's "easy" names, and those of Vorbis comments, of MP4 and of ID3 where they differ.
_NAMES = {
    "title": ("title", "\xa9nam", "TIT2", "Title"),
    "teacher": ("artist", "\xa9ART", "TPE1", "Author", "Artist"),
    "album": ("album", "\xa9alb", "TALB", "WM/AlbumTitle", "Album"),
    "language": ("language", "TLAN", "WM/Language", "Language"),
    "date": ("date", "\xa9day", "TDRC", "TYER", "WM/Year", "Year"),
    "comment": ("comment", "description", "\xa9cmt", "desc", "COMM", "Description", "Comment"),
}


@dataclass(frozen=True, slots=True)
class Tags:
    title: str = ""
    teacher: str = ""
    album: str = ""
    language: str = ""
    date: str = ""
    comment: str = ""


def cleaned(found: object, most: int = MOST_LETTERS) -> str:
    """A stranger's text as one line of letters: no control codes, nothing that turns the line
    round, composed (NFC), not too long."""
    if not isinstance(found, str):
        return ""
    text = unicodedata.normalize("NFC", found[: 4 * most])
    text = re.sub(r"\s+", " ", text)
    kept = (c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return "".join(kept).strip()[:most].strip()


def read_tags(file: Opened) -> Tags:
    """None of them where mutagen is missing, finds none, or breaks."""
    command = [sys.executable, "-P", "-m", __name__, str(file.descriptor)]
    try:
        with running(command, _CPU_S, (file.descriptor,)) as child:
            answer = child.all_output(MOST_BYTES)
            child.ended()
        return fill(Tags, parse_object(answer))
    except (ChildFailed, ValueError):
        return Tags()


def main(descriptor: int) -> int:
    """In the child: the tags as JSON on stdout."""
    try:
        import mutagen
    except ImportError:
        return 1
    try:
        with open(f"/dev/fd/{descriptor}", "rb") as stream:
            found: Any = mutagen.File(stream)
        tags = found.tags if found is not None else None
        values = {name: _first(tags, names) for name, names in _NAMES.items() if tags is not None}
    except Exception:  # noqa: BLE001 (a stranger's bytes in a library: it has many ways to break)
        return 1
    print(json.dumps(values))  # noqa: T201
    return 0


def _first(tags: Any, names: tuple[str, ...]) -> str:
    """The first of these tags that says something."""
    for name in names:
        try:
            found = tags.getall(name) if hasattr(tags, "getall") else tags[name]
        except (KeyError, ValueError):
            continue
        for each in found if isinstance(found, list) else [found]:
            inner = getattr(each, "text", None) or getattr(each, "value", None) or each
            inner = inner[0] if isinstance(inner, list) and inner else inner
            if text := cleaned(str(inner)):
                return text
    return ""


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
