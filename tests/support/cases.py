"""Sound files as people have them, small, each of a kind that was reported somewhere. Made by
ffmpeg, and then spoilt by hand; `MAKERS` has all by name."""

import os
import random
import shutil
import struct
import subprocess

FFMPEG = shutil.which("ffmpeg")


def ffmpeg(*arguments, source="", given=None):
    """What ffmpeg writes to its stdout for a `source` of its own sounds, or for `given` bytes."""
    inputs = ["-f", "lavfi", "-i", source] if source else ["-i", "pipe:0"]
    command = [FFMPEG, "-v", "error", "-nostdin", *inputs, "-bitexact", *arguments, "pipe:1"]
    if given is not None:
        command.remove("-nostdin")
    done = subprocess.run(command, input=given, capture_output=True, check=True)
    return done.stdout


def tone(hz=300, seconds=12, rate=22050, channels=1):
    side = f"0.25*sin(2*PI*{hz}*t)"
    return f"aevalsrc={'|'.join([side] * channels)}:s={rate}:d={seconds}"


def noise(seconds=40, quiet=10, rate=22050):
    return f"aevalsrc='if(lt(t,{quiet}),0.0005,0.3)*(random(0)-0.5)':s={rate}:d={seconds}"


def mp3(source, folder, *options, table=True):
    """An MP3, whose table of length can only be written into a file."""
    place = folder / "made.mp3"
    command = [FFMPEG, "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source]
    command += ["-c:a", "libmp3lame", "-write_xing", str(int(table)), "-id3v2_version", "0"]
    subprocess.run([*command, *options, str(place)], check=True)
    data = place.read_bytes()
    place.unlink()
    return data


def m4a(source, folder, *options):
    """An MP4, whose table is written at its end."""
    place = folder / "made.m4a"
    command = [FFMPEG, "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source]
    subprocess.run([*command, "-c:a", "aac", "-b:a", "32k", *options, str(place)], check=True)
    data = place.read_bytes()
    place.unlink()
    return data


def id3(size):
    picture = b"\0image/jpeg\0\3\0" + random.Random(size).randbytes(size)
    body = b"APIC" + struct.pack(">I", len(picture)) + b"\0\0" + picture
    n = len(body)
    length = bytes([(n >> 21) & 127, (n >> 14) & 127, (n >> 7) & 127, n & 127])
    return b"ID3\3\0\0" + length + body


def wav(pcm, riff=None, data=None, rate=8000, channels=1, bits=16, form=1):
    """A WAV around raw samples, whose header says what it is told to."""
    frame = channels * bits // 8
    fmt = struct.pack("<IHHIIHH", 16, form, channels, rate, rate * frame, frame, bits)
    data = len(pcm) if data is None else data
    riff = data + 36 if riff is None else riff
    head = b"RIFF" + struct.pack("<I", riff) + b"WAVEfmt " + fmt + b"data"
    return head + struct.pack("<I", data) + pcm


def pcm(seconds=12):
    return ffmpeg("-f", "s16le", source=tone(440, seconds, 8000))


def joined(folder):
    return b"".join(mp3(tone(hz, 12, 44100), folder, "-b:a", "64k") for hz in (300, 600, 900))


def table_says_0_frames(folder):
    data = bytearray(mp3(noise(), folder, "-q:a", "5"))
    at = data.find(b"Xing")
    assert at > 0
    data[at + 8 : at + 12] = bytes(4)
    return bytes(data)


def no_table(folder):
    return mp3(noise(), folder, "-q:a", "5", table=False)


def two_tags(folder):
    return id3(300) + id3(6000) + mp3(noise(), folder, "-q:a", "5")


def cover_counted(folder):
    size = 150_000
    item = struct.pack("<II", size, 2) + b"Cover Art (Front)\0" + random.Random(3).randbytes(size)
    tag = b"APETAGEX" + struct.pack("<IIII", 2000, len(item) + 32, 1, 0) + bytes(8)
    return mp3(tone(), folder, "-b:a", "32k", table=False) + item + tag


def damaged(folder):
    data = bytearray(mp3(tone(300, 40), folder, "-b:a", "32k"))
    half = len(data) // 2
    data[half : half + 12_000] = bytes(12_000)
    return bytes(data)


def cut_download(folder):
    data = mp3(noise(), folder, "-q:a", "5")
    return data[: len(data) * 4 // 10]


def flac_from_pipe(folder):
    data = ffmpeg("-c:a", "flac", "-f", "flac", source=tone())
    assert not any(data[22:26])  # the length in its header
    return data


def flac(source, *options):
    return ffmpeg("-c:a", "flac", *options, "-f", "flac", source=source)


def gsm(folder):
    place = folder / "gsm.wav"
    command = [FFMPEG, "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", tone(440, 12, 8000)]
    subprocess.run([*command, "-c:a", "libgsm_ms", str(place)], check=True)
    data = place.read_bytes()
    place.unlink()
    return data


def opus(source):
    return ffmpeg("-c:a", "libopus", "-b:a", "16k", "-f", "opus", source=source)


def vorbis(source):
    return ffmpeg("-c:a", "libvorbis", "-f", "ogg", source=source)


def chained(folder):
    return opus(tone(300, 12, 48000)) + opus(tone(600, 12, 48000))


def late_bell(folder):
    quiet = "if(between(t,1500,1503),0.9,0.003)*sin(2*PI*440*t)"
    return flac(f"aevalsrc='{quiet}':s=8000:d=1530")


def header_says_less(folder):
    sound = pcm()
    return wav(sound, data=len(sound) * 6 // 10)


MAKERS = {
    "joined.mp3": joined,
    "table-says-0-frames.mp3": table_says_0_frames,
    "mp3-named.wav": no_table,
    "two-id3-tags.mp3": two_tags,
    "cover-counted.mp3": cover_counted,
    "damaged.mp3": damaged,
    "cut-download.mp3": cut_download,
    "from-pipe.flac": flac_from_pipe,
    "length-ffffffff.wav": lambda folder: wav(pcm(), 0xFFFFFFFF, 0xFFFFFFFF),
    "recorder-killed.wav": lambda folder: wav(pcm(), 0x7FFFFFFF + 36, 0x7FFFFFFF),
    "gsm.wav": gsm,
    "chained.opus": chained,
    "late-bell.flac": late_bell,
    "just-ends.flac": lambda folder: flac(noise(15, 0, 8000)),
    "voice-memo.m4a": lambda folder: m4a(tone(), folder),
    "header-says-less.wav": header_says_less,
}
NO_FILES = ("fifo.flac", "folder.flac", "device.flac", "empty.flac")
NOT_TAKEN_IN = (*(name for name in MAKERS if not name.endswith(".m4a")), *NO_FILES)
"""What a box may try to play before the intake has seen it, by these names."""


def put_no_files(folder):
    """What is no ordinary file, or has nothing in it."""
    os.mkfifo(folder / "fifo.flac")
    (folder / "folder.flac").mkdir()
    (folder / "device.flac").symlink_to("/dev/zero")
    (folder / "empty.flac").touch()
