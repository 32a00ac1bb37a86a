"""The hardware: ports, and their adapters.

`ports` defines the interfaces; `gpio` implements them on gpiozero (real or mock pins), `pwm` on the
kernel's PWM; tests in virtual time have their own. `board` detects the Pi and the GPIO chip of its
header, `opening` waits for both at boot. Devices are built only once, at the start.
"""
