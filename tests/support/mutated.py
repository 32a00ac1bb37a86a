"""Sound files of each common format, and the same spoilt by chance: flipped bytes, cut ends, blocks
put in, taken out or swapped, and other sizes where a header has one. A seed tells which."""

import random
import struct

from tests.support import cases

MAKERS = {
    "flac": ("-c:a", "flac", "-f", "flac"),
    "vorbis": ("-c:a", "libvorbis", "-q:a", "0", "-f", "ogg"),
    "opus": ("-c:a", "libopus", "-b:a", "16k", "-f", "ogg"),
    "mp3": ("-c:a", "libmp3lame", "-b:a", "32k"),
    "wav": ("-c:a", "pcm_s16le"),
    "m4a": ("-c:a", "aac", "-b:a", "24k"),
    "aiff": ("-c:a", "pcm_s16be", "-write_id3v2", "1"),
}
RATES = {"opus": 16_000, "mp3": 16_000}
# Behind one of these stands a size, a place, a time or a kind.
MARKS = [
    *(b"OggS", b"vorbis", b"OpusHead", b"OpusTags", b"fLaC", b"RIFF", b"WAVE", b"fmt ", b"data"),
    *(b"LIST", b"FORM", b"COMM", b"SSND", b"AIFF", b"ID3", b"TIT2", b"TPE1", b"Xing", b"Info"),
    *(b"ftyp", b"moov", b"mvhd", b"trak", b"mdhd", b"stsd", b"stts", b"stsc", b"stsz", b"stco"),
    *(b"mp4a", b"esds", b"udta", b"meta", b"ilst", b"\xa9nam", b"mdat", b"elst", b"LAME"),
]
EXTREMES = [0, 1, 2, 255, 65_535, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1]


def original(form, folder, seconds=1):
    """A whole file of that format, with tags."""
    ending = {"vorbis": "ogg", "opus": "ogg"}.get(form, form)
    place = folder / f"original.{ending}"
    rate = RATES.get(form, 8_000)
    source = (
        f"aevalsrc=0.2*sin(2*PI*330*t)*sin(2*PI*0.4*t)+0.01*(random(0)-0.5):s={rate}:d={seconds}"
    )
    tags = ["-metadata", "title=The sea", "-metadata", "artist=Ann", "-metadata", "comment=Wide"]
    options = ["-f", "lavfi", "-i", source, *tags, *MAKERS[form], str(place)]
    cases.subprocess.run(
        [cases.FFMPEG, "-v", "error", "-nostdin", "-y", "-bitexact", *options], check=True
    )
    data = place.read_bytes()
    place.unlink()
    return data


def mutated(data, seed):
    """`data` spoilt in one to four ways."""
    rng = random.Random(seed)
    spoilt = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        rng.choice(_WAYS)(spoilt, rng)
    if spoilt.startswith(b"OggS") and rng.random() < 0.7:
        _with_sums(spoilt)
    return bytes(spoilt)


def _place(data, rng):
    """Half of them near the beginning, where the headers are."""
    most = min(len(data), 600) if rng.random() < 0.5 else len(data)
    return rng.randrange(max(most, 1))


def _flip(data, rng):
    for _ in range(rng.choice((1, 1, 3, 30)) if data else 0):
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _cut(data, rng):
    del data[_place(data, rng) :]


def _put_in(data, rng):
    size = rng.choice((1, 2, 7, 64, 4096, 70_000))
    block = rng.choice((bytes(size), b"\xff" * size, rng.randbytes(size), bytes(data[:size])))
    data[(at := _place(data, rng)) : at] = block


def _take_out(data, rng):
    at = _place(data, rng)
    del data[at : at + rng.choice((1, 2, 7, 64, 1000))]


def _swap(data, rng):
    size = rng.choice((4, 64, 512))
    one, two = sorted((_place(data, rng), _place(data, rng)))
    if one + size <= two and two + size <= len(data):
        data[one : one + size], data[two : two + size] = (
            data[two : two + size],
            data[one : one + size],
        )


def _size(data, rng):
    """Another number near a mark, of two, four or eight bytes, either way round."""
    places = [at for mark in MARKS if (at := _some(data, mark, rng)) >= 0]
    at = (rng.choice(places) if places else _place(data, rng)) + rng.randrange(-8, 40)
    width = rng.choice((2, 4, 8))
    value = rng.choice((*EXTREMES, rng.getrandbits(64))) % (1 << 8 * width)
    if 0 <= at <= len(data) - width:
        data[at : at + width] = value.to_bytes(width, rng.choice(("little", "big")))


def _some(data, mark, rng):
    """Where the mark stands, one of its first and any other as likely; -1 for nowhere."""
    return data.find(mark, rng.choice((0, _place(data, rng))))


def _join(data, rng):
    data += data[: rng.choice((len(data), _place(data, rng)))]


_WAYS = (_flip, _cut, _put_in, _take_out, _swap, _size, _size, _join)


def _with_sums(data):
    """Pages of Ogg with sums that fit, so that what else is wrong in them is looked at."""
    at = 0
    while (at := data.find(b"OggS", at)) >= 0 and at + 27 <= len(data):
        table = data[at + 27 : at + 27 + data[at + 26]]
        end = at + 27 + len(table) + sum(table)
        if end <= len(data):
            data[at + 22 : at + 26] = bytes(4)
            data[at + 22 : at + 26] = struct.pack("<I", _sum(data[at:end]))
        at += 4


def _sum(page):
    found = 0
    for byte in page:
        found = ((found << 8) & 0xFFFFFFFF) ^ _SUMS[(found >> 24) ^ byte]
    return found


def _table():
    for byte in range(256):
        found = byte << 24
        for _ in range(8):
            found = ((found << 1) ^ (0x04C11DB7 if found & 1 << 31 else 0)) & 0xFFFFFFFF
        yield found


_SUMS = list(_table())
