"""The box in a virtual Raspberry Pi: a real kernel with GPIO lines, a sound card, systemd and a disk
that can lose what was not flushed, under QEMU. `build` makes the image, `python -m tests.rig` is
the command line, `Guest` (guests.py) is what the tests here use, guest/ and kmod/ are what runs
inside. README.md says what it can show and what it cannot."""
