"""What may be wrong with a machine: how to plant it on a good Pi Zero 2 W, and the one line
that the doctor must then say, word for word."""

import shutil

from nidra_box.config import Config, LightSettings, Pins, SoundSettings
from nidra_box.doctor.asks import User
from nidra_box.doctor.finding import Finding, Level
from nidra_box.doctor.lines import Line

CONFIG_TXT = "/boot/firmware/config.txt"


def pwm_missing(pi):
    pi.firmware("dtoverlay=max98357a")
    shutil.rmtree(pi.root / "sys/class/pwm")


def pwm_elsewhere(pi):
    pi.firmware("dtoverlay=max98357a", "dtoverlay=pwm")


def pwm_wrong_function(pi):
    pi.firmware("dtoverlay=pwm,pin=12,func=2")


def pwm_not_loaded(pi):
    shutil.rmtree(pi.root / "sys/class/pwm")


def overlay(name):
    return lambda pi: pi.firmware(f"dtoverlay={name}", "dtoverlay=pwm,pin=12,func=4")


def hat(name):
    return lambda pi: pi.put("proc/device-tree/hat/product", f"{name}\0")


def line(pin, user="", closed=None):
    return lambda pi: pi.lines.__setitem__(pin, Line(user, closed))


def who(*groups):
    return lambda pi: setattr(pi, "who", User("ann", False, frozenset({1001, *groups})))


def versions(**changed):
    return lambda pi: pi.versions.update(changed)


def mounts(*rows):
    return lambda pi: pi.put("proc/mounts", "".join(f"{row} 0 0\n" for row in rows))


def camera(pi):
    pi.cards(("C920", "HD Pro Webcam C920"))
    pi.remove("proc/asound/card0/pcm0p/info")
    (pi.root / "proc/asound/card0/pcm0p").rmdir()


def cards(*names):
    return lambda pi: pi.cards(*((name, f"title of {name}") for name in names))


def mixer(text):
    return lambda pi: pi.mixers.update(MAX98357A=f"Simple mixer control 'PCM',0\n  Mono: {text}\n")


def no_clock(pi):
    pi.remove("run/systemd/timesync/synchronized")


def heat(text):
    return lambda pi: pi.put("sys/class/thermal/thermal_zone0/temp", text)


KNOB_A = "connect it elsewhere and say so, such as pins: {knob_a: 17}"
PWM_12 = f"dtoverlay=pwm,pin=12,func=4 in {CONFIG_TXT}, then restart the Pi"
WRONG, WARNING, UNKNOWN = Level.WRONG, Level.WARNING, Level.UNKNOWN

# (fault, settings, the one line that is not ok)
FAULTS = {
    "the PWM overlay is missing": (
        pwm_missing, Config(),
        Finding("light", WARNING, "the PWM overlay is missing: software PWM, about 100 visible steps", PWM_12),
    ),
    "the PWM overlay is missing, and nothing else will do": (
        pwm_missing, Config(light=LightSettings(backend="kernel-pwm")),
        Finding("light", WRONG, "the PWM overlay is missing: no light", PWM_12),
    ),
    "the PWM overlay is on another pin": (
        pwm_elsewhere, Config(),
        Finding("light", WRONG, "the PWM overlay is on GPIO18, the lamp on GPIO12: it stays dark", f"{PWM_12} (in place of pwm)"),
    ),
    "the PWM overlay has another function": (
        pwm_wrong_function, Config(),
        Finding("light", WRONG, "the PWM overlay gives GPIO12 func=2: it stays dark", f"{PWM_12} (in place of pwm)"),
    ),
    "the PWM overlay was not loaded": (
        pwm_not_loaded, Config(),
        Finding("light", WARNING, "the PWM overlay has not been loaded: software PWM, about 100 visible steps", "restart the Pi"),
    ),
    "software PWM is asked for": (
        lambda pi: None, Config(light=LightSettings(backend="gpiozero")),
        Finding("light", WARNING, "software PWM, about 100 visible steps", "light: {backend: auto}, and the overlay dtoverlay=pwm,pin=12,func=4"),
    ),
    "IQaudio has pin 22": (
        overlay("iqaudio-digiampplus"), Config(),
        Finding("GPIO22 (knob A)", WRONG, "is taken by dtoverlay=iqaudio-digiampplus", KNOB_A),
    ),
    "DigiAMP+ under its new name has pin 22": (
        overlay("rpi-digiampplus,unmute_amp"), Config(),
        Finding("GPIO22 (knob A)", WRONG, "is taken by dtoverlay=rpi-digiampplus", KNOB_A),
    ),
    "JustBoom has pin 22": (
        overlay("justboom-dac"), Config(),
        Finding("GPIO22 (knob A)", WRONG, "is taken by dtoverlay=justboom-dac", KNOB_A),
    ),
    "a HAT that says in its own memory that it is a DigiAMP+": (
        hat("Pi-DigiAMP+"), Config(),
        Finding("GPIO22 (knob A)", WRONG, "is taken by the HAT Pi-DigiAMP+", KNOB_A),
    ),
    "AMP100 has pin 17": (
        overlay("hifiberry-amp100"), Config(pins=Pins(knob_push=17)),
        Finding("GPIO17 (knob push)", WRONG, "is taken by dtoverlay=hifiberry-amp100", "connect it elsewhere and say so, such as pins: {knob_push: 24}"),
    ),
    "a DAC Light's jumper is at pin 27": (
        overlay("hifiberry-dacplus-light"), Config(),
        Finding("GPIO27 (knob B)", WARNING, "may meet the filter jumper of a DAC Light", "leave that jumper open"),
    ),
    "a HAT that says in its own memory that it is a DAC Light": (
        hat("HiFiBerry DAC+ Light"), Config(),
        Finding("GPIO27 (knob B)", WARNING, "may meet the filter jumper of a DAC Light", "leave that jumper open"),
    ),
    "Pirate Audio has pin 13": (
        lambda pi: pi.firmware("dtoverlay=hifiberry-dac", "gpio=25=op,dh", "dtoverlay=pwm-2chan,pin=12,func=4,pin2=13,func2=4"),
        Config(pins=Pins(second_light=13), light=LightSettings(colours="two")),
        Finding("GPIO13 (second lamp)", WRONG, "is taken by Pirate Audio", "take away what else uses this pin"),
    ),
    "the button is on a pin of I2S that a DAC uses": (
        lambda pi: None, Config(pins=Pins(button=20)),
        Finding("GPIO20 (button)", WRONG, "is taken by dtoverlay=max98357a (I2S)", "connect it elsewhere and say so, such as pins: {button: 23}"),
    ),
    "the button is on a pin of I2S that nobody uses yet": (
        lambda pi: pi.firmware("dtoverlay=pwm,pin=12,func=4"), Config(pins=Pins(button=21)),
        Finding("GPIO21 (button)", WARNING, "is a pin of I2S, where a DAC board has its sound", "connect it elsewhere and say so, such as pins: {button: 23}"),
    ),
    "the button is on a pin of I2C": (
        lambda pi: None, Config(pins=Pins(button=3)),
        Finding("GPIO3 (button)", WARNING, "is a pin of I2C, with fixed pull-ups of 1.8 kΩ", "connect it elsewhere and say so, such as pins: {button: 23}"),
    ),
    "the knob is closed at rest": (
        lambda pi: [line(pin, closed=True)(pi) for pin in (22, 27)], Config(),
        Finding("knob", WARNING, "both contacts are closed at rest", "look for a short to ground; if it turns well: sudo nidra-box doctor --knob, which finds its steps_per_detent"),
    ),
    "the button is held at rest": (
        line(23, closed=True), Config(),
        Finding("GPIO23 (button)", WRONG, "is closed at rest: held down?", "let go of it; else look for a short to ground, or turn a four-legged button by 90°"),
    ),
    "another program holds the button's line": (
        line(23, user="gpio-keys"), Config(),
        Finding("GPIO23 (button)", WRONG, "is taken by gpio-keys", "end the program or take away the overlay that holds it (gpio-keys)"),
    ),
    "not in the group gpio": (
        who(29), Config(),
        Finding("group gpio", WRONG, "ann is not in it, so not for the button and the lamp", "sudo usermod -aG gpio ann, then log in again"),
    ),
    "not in the group audio": (
        who(986), Config(),
        Finding("group audio", WRONG, "ann is not in it, so not for the sound card", "sudo usermod -aG audio ann, then log in again"),
    ),
    "in the group, but not since this login": (
        lambda pi: setattr(pi, "who", User("pi", False, frozenset({1000, 29}))), Config(),
        Finding("group gpio", WRONG, "pi is in it, but not since this login", "log in again"),
    ),
    "the PWM may not be opened": (
        lambda pi: pi.shut.add("/sys/class/pwm/pwmchip0/export"), Config(),
        Finding("permissions", WRONG, "may not be opened by pi: /sys/class/pwm/pwmchip0/export", "the groups gpio and audio must own them; see the lines on groups, then restart the Pi"),
    ),
    "no sound card": (
        cards(), Config(),
        Finding("sound card", WRONG, "there is none", f"plug in a USB sound card, or name the DAC's overlay in {CONFIG_TXT}"),
    ),
    "the configured card is absent": (
        cards("vc4hdmi", "MAX98357A"), Config(sound=SoundSettings(card="plughw:CARD=sndrpihifiberry,DEV=0")),
        Finding("sound card", WRONG, "sndrpihifiberry is not there; there are: vc4hdmi, MAX98357A", 'plug it in, or sound: {card: "plughw:CARD=MAX98357A,DEV=0"}'),
    ),
    "two cards and none configured": (
        cards("vc4hdmi", "Device", "sndrpihifiberry"), Config(),
        Finding("sound card", WARNING, "none is configured; the box takes Device, not sndrpihifiberry", 'sound: {card: "plughw:CARD=Device,DEV=0"}'),
    ),
    "nothing but HDMI": (
        cards("vc4hdmi"), Config(),
        Finding("sound card", WRONG, "there is only HDMI (vc4hdmi), which the box does not take by itself", f"plug in a USB sound card, or name the DAC's overlay in {CONFIG_TXT}, or sound: {{card: \"plughw:CARD=vc4hdmi,DEV=0\"}}"),
    ),
    "nothing but a camera's microphone": (
        camera, Config(),
        Finding("sound card", WRONG, "there is none that plays, only C920", f"plug in a USB sound card, or name the DAC's overlay in {CONFIG_TXT}"),
    ),
    "a card by its number": (
        lambda pi: None, Config(sound=SoundSettings(card="hw:0,0")),
        Finding("sound card", WARNING, "hw:0,0 is a number, and numbers change; now it is MAX98357A", 'sound: {card: "plughw:CARD=MAX98357A,DEV=0"}'),
    ),
    "the card is muted": (
        mixer("Playback 100 [50%] [-10.00dB] [off]"), Config(),
        Finding("mixer", WRONG, "PCM of MAX98357A is muted", "alsamixer -c MAX98357A, then sudo alsactl store"),
    ),
    "the card is set low": (
        mixer("Playback 20 [10%] [-20.50dB] [on]"), Config(),
        Finding("mixer", WARNING, "MAX98357A is set low: PCM -20.5 dB", "alsamixer -c MAX98357A, then sudo alsactl store"),
    ),
    "the state folder is not ours, and no service's": (
        lambda pi: pi.shut.add("/var/lib/nidra-box"), Config(),
        Finding("state folder", WRONG, "pi may not write /var/lib/nidra-box", "sudo chown -R pi /var/lib/nidra-box"),
    ),
    "the state folder is on a read-only disk": (
        mounts("/dev/mmcblk0p2 / ext4 ro,noatime"), Config(),
        Finding("state folder", WRONG, "/var/lib/nidra-box is read-only (/)", "sudo mount -o remount,rw /; if it comes back, the SD card is worn out"),
    ),
    "the root is an overlay": (
        mounts("overlay / overlay rw,lowerdir=/lower"), Config(),
        Finding("state folder", WARNING, "/var/lib/nidra-box lies on an overlay: nothing is remembered over a restart", "folders: {state: …} on a partition of its own, or switch the overlay off (sudo raspi-config, Performance)"),
    ),
    "the disk is full": (
        lambda pi: setattr(pi, "free", 1 << 20), Config(),
        Finding("free space", WRONG, "the disk is full: 1 MiB where /var/lib/nidra-box lies", "make room; until then volume, place and nights are not remembered"),
    ),
    "no clock": (
        no_clock, Config(),
        Finding("clock", WARNING, "no RTC and not synchronised: dates may be wrong, nights are not", "sudo timedatectl set-ntp true and a network now and then, or an RTC with a battery"),
    ),
    "under-voltage": (
        lambda pi: pi.put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n"), Config(),
        Finding("power", WRONG, "under-voltage: the Pi gets less than 4.63 V", "a 5.1 V supply of the Pi's maker and a short, thick cable"),
    ),
    "too hot": (
        heat("84000\n"), Config(), Finding("temperature", WRONG, "84 °C: the Pi slows down", "let air to it"),
    ),
    "gpiozero is too old": (
        versions(gpiozero="1.6.2"), Config(),
        Finding("gpiozero", WRONG, "1.6.2 is too old, 2.0 is needed", "Raspberry Pi OS Bookworm or later has it"),
    ),
    "lgpio is empty": (
        versions(lgpio="0.0.0.2"), Config(),
        Finding("lgpio", WRONG, "0.0.0.2 of PyPI is an empty package", "sudo pip uninstall --break-system-packages lgpio; sudo apt install python3-lgpio"),
    ),
    "systemd cannot be told": (
        lambda pi: pi.modules.clear(), Config(),
        Finding("systemd", WRONG, "systemd.daemon cannot be imported, so the service never counts as started", "sudo apt install python3-systemd"),
    ),
    "pygame is not there": (
        versions(pygame=None), Config(),
        Finding("pygame", WRONG, "is not installed", "sudo apt install python3-pygame"),
    ),
}  # fmt: skip
