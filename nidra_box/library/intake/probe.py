"""What ffprobe says of a file, within bounds. Its words are a stranger's, too: only numbers and
short texts get through."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from nidra_box.documents.untrusted import parse_object
from nidra_box.library.intake.sniff import Opened, Refused, kind_of, wav_of
from nidra_box.library.intake.tags import cleaned
from nidra_box.library.intake.watched import ChildFailed, running
from nidra_box.library.record import Chapter

MOST_ANSWER_BYTES = 8 << 20
MOST_CHAPTERS, MOST_CHAPTER_LETTERS = 1000, 200
LONGEST_PROMISE_S = 100 * 3600.0
PROBE_CPU_S = 60

# Formats that hold sound themselves. Never one that names other files or addresses: a playlist,
# concat, HLS, SDP, subtitles. Names are those of ffmpeg's demuxers.
FORMATS = (
    "aac,ac3,eac3,aiff,amr,amrnb,amrwb,ape,asf,asf_o,au,avi,caf,dsf,dts,flac,flv,gsm,iff,"
    "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpc,mpc8,mpeg,mpegts,ogg,rf64,shn,spdif,swf,tak,tta,"
    "truehd,voc,w64,wav,wv,xwma"
)
# Of these the length stands in the header, and is a promise. (In Ogg it is read off the end.)
_PROMISING = {"mp3", "flac", "wav", "w64", "aiff", "caf", "mov", "ape", "wv", "tta"}
_ENTRIES = (
    "format=format_name,duration:stream=codec_name,channels,sample_rate,duration:"
    "chapter=start_time:chapter_tags=title"
)
_CONTAINERS = {
    "mov": "MP4",
    "ogg": "Ogg",
    "matroska": "Matroska",
    "wav": "WAV",
    "aiff": "AIFF",
    "caf": "CAF",
    "asf": "Windows Media",
    "mpegts": "MPEG-TS",
    "avi": "AVI",
    "amr": "AMR",
}
_CODECS = {
    "aac": "AAC",
    "mp3": "MP3",
    "flac": "FLAC",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "alac": "ALAC",
    "gsm_ms": "GSM",
    "wavpack": "WavPack",
    "ape": "Monkey's Audio",
    "wmav2": "WMA",
    "amr_nb": "AMR",
    "amr_wb": "AMR",
    "adpcm_ms": "ADPCM",
    "adpcm_ima_wav": "ADPCM",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a file is. `channels` are those of the decoded sound, 1 or 2; `seconds` its length as
    far as the header knows it (0: it does not), a promise if `promises`."""

    kind: str
    codec: str
    channels: int
    seconds: float
    promises: bool = False
    rate_hz: int = 0  # of the original; 0: nobody said
    mixed_from: int = 0  # so many channels, if they are mixed down
    chapters: tuple[Chapter, ...] = ()
    options: tuple[str, ...] = ()  # for ffmpeg, before its input
    header_says_less: float = 0.0  # the share that a WAV's header tells of, if more follows


def asked_of_ffmpeg(descriptor: int) -> list[str]:
    """Arguments that open the file `descriptor` as a file of sound only, and nothing else."""
    return [
        *("-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS),
        *("-i", f"file:/dev/fd/{descriptor}"),
    ]


def probe(ffprobe: str, file: Opened) -> Found:
    """Raises Refused for what ffmpeg finds no sound in."""
    options, less = _wav_options(file)
    command = [ffprobe, "-v", "warning", "-hide_banner", "-of", "json", "-select_streams", "a:0"]
    command += ["-show_entries", _ENTRIES, "-show_chapters", *options]
    command += asked_of_ffmpeg(file.descriptor)
    try:
        with running(command, PROBE_CPU_S, (file.descriptor,)) as child:
            answer = child.all_output(MOST_ANSWER_BYTES)
            failure, warnings = child.ended(), child.errors
    except ChildFailed as error:
        raise Refused(f"it cannot be made out what it is: {error}") from error
    try:
        found = parse_object(answer) if not failure else {}
    except ValueError:
        found = {}
    streams = found.get("streams")
    if not isinstance(streams, list) or not streams or not isinstance(streams[0], dict):
        raise Refused(_why_not(file, warnings, bool(found)))
    return _found(found, streams[0], warnings, options, less)


def _found(
    found: dict[str, Any],
    stream: dict[str, Any],
    warnings: list[str],
    options: tuple[str, ...],
    less: float,
) -> Found:
    form = found.get("format") if isinstance(found.get("format"), dict) else {}
    assert isinstance(form, dict)
    container = str(form.get("format_name", "")).split(",")[0]
    codec, channels = str(stream.get("codec_name", "")), _number(stream.get("channels"))
    if not 1 <= channels <= 64 or not 1000 <= _number(stream.get("sample_rate")) <= 1_000_000:
        raise Refused(f"it is {kind_name(codec, container)}, but it says nothing of its sound")
    seconds = _number(stream.get("duration")) or _number(form.get("duration"))
    guessed = any("Estimating duration" in line for line in warnings)
    known = 0 < seconds < LONGEST_PROMISE_S
    return Found(
        kind=kind_name(codec, container),
        codec=codec,
        channels=min(int(channels), 2),
        seconds=seconds if known else 0.0,
        promises=known and container in _PROMISING and not guessed,
        rate_hz=int(_number(stream.get("sample_rate"))),
        mixed_from=int(channels) if channels > 2 else 0,
        chapters=_chapters(found.get("chapters")),
        options=options + (("-err_detect", "crccheck+explode") if codec == "flac" else ()),
        header_says_less=less,
    )


def kind_name(codec: str, container: str) -> str:
    """`AAC in MP4`; just `FLAC` where the container says no more."""
    if codec.startswith("pcm_"):
        return _CONTAINERS.get(container, container.upper())
    name, inside = _CODECS.get(codec, codec.upper()), _CONTAINERS.get(container, "")
    return name if not inside or inside == name else f"{name} in {inside}"


def _wav_options(file: Opened) -> tuple[tuple[str, ...], float]:
    """The length in a WAV's header is not believed where what follows it is more sound; the
    share of it that the header tells of then."""
    wav = wav_of(file)
    if wav is None or wav.is_honest or wav.begin + wav.promised >= file.size:
        return (), 0.0
    held = file.size - wav.begin
    return ("-ignore_length", "1"), wav.promised / held if held else 0.0


def _why_not(file: Opened, warnings: list[str], is_media: bool) -> str:
    told = " ".join(warnings)
    if "moov atom not found" in told:
        return (
            "it is cut off: an MP4 keeps its table of contents at the end, and that is missing; "
            "copy or download it again"
        )
    if "Format not on whitelist" in told or not kind_of(file):
        return "there is no sound in it that could be found"
    kind = kind_of(file)
    if is_media:
        return f"it is {kind}, but there is no sound in it"
    return f"it is {kind}, but damaged from its beginning: copy or download it again"


def _chapters(found: object) -> tuple[Chapter, ...]:
    chapters: list[Chapter] = []
    for number, each in enumerate(found if isinstance(found, list) else (), 1):
        if not isinstance(each, dict) or len(chapters) >= MOST_CHAPTERS:
            break
        tags = each.get("tags")
        title = cleaned(tags.get("title") if isinstance(tags, dict) else None, MOST_CHAPTER_LETTERS)
        start = _number(each.get("start_time"))
        if not chapters or start > chapters[-1].start_s:
            chapters.append(Chapter(title or f"chapter {number}", max(start, 0.0)))
    return tuple(chapters) if len(chapters) > 1 else ()


def _number(found: object) -> float:
    """0 for what is none."""
    text = str(found)[:30]
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return 0.0
    number = float(text)
    return number if math.isfinite(number) else 0.0
