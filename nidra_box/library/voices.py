"""The rendered voice of a programme: a folder of clips and a manifest that ties each of
them to the words and the settings it was made from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nidra_box.score.score import ClipFacts

FORMAT = "nidra-voice/1"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class VoiceClip:
    """One clip: `words` as the engine was given them, `key` a hash of words, engine and
    settings, `frames` at 48 kHz, measured `lufs` and `true_peak_db`."""

    file: str
    words: str
    key: str
    frames: int
    lufs: float
    true_peak_db: float


@dataclass(frozen=True, slots=True)
class Voice:
    """A programme's voice: who speaks, under which licence, and the clips."""

    programme: str
    engine: str
    licence: str
    clips: tuple[VoiceClip, ...]

    def facts(self) -> dict[str, ClipFacts]:
        """Spoken words → what the compiler needs."""
        return {
            clip.words: ClipFacts(f"voice:{self.programme}/{clip.file}", clip.frames, clip.lufs)
            for clip in self.clips
        }


def read_voice(folder: Path) -> Voice | None:
    """The voice in `folder`, or None when there is none. Raises ValueError for a manifest
    that is damaged."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: cannot be read as a voice manifest") from error
    try:
        if found["format"] != FORMAT:
            raise ValueError(f"{path}: is not {FORMAT}")
        clips = tuple(_clip(item, path) for item in found["clips"])
        return Voice(str(found["programme"]), str(found["engine"]), str(found["licence"]), clips)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: is not a voice manifest ({error})") from error


def _clip(item: dict[str, Any], path: Path) -> VoiceClip:
    clip = VoiceClip(
        file=str(item["file"]),
        words=str(item["words"]),
        key=str(item["key"]),
        frames=int(item["frames"]),
        lufs=float(item["lufs"]),
        true_peak_db=float(item["true_peak_db"]),
    )
    if Path(clip.file).name != clip.file or not 0 < clip.frames < 2**31:
        raise ValueError(f"{path}: {clip.file!r} is not a clip beside it")
    return clip


def write_voice(folder: Path, voice: Voice) -> None:
    """Write the manifest, whole or not at all. Raises OSError."""
    content = {
        "format": FORMAT,
        "programme": voice.programme,
        "engine": voice.engine,
        "licence": voice.licence,
        "clips": [asdict(clip) for clip in voice.clips],
    }
    part = folder / (MANIFEST + ".part")
    part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST)
