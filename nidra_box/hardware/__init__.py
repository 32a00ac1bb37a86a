"""The hardware: what the box needs of the world as ports, and who provides it.

`ports` says what is asked; `gpio` answers with gpiozero (real or mock pins), `pwm` with the
kernel's PWM; nights in virtual time have ports of their own. `board` finds out whether this is a
Pi and which chip has its header, `opening` waits for both at boot. Devices are built once, at the
start, never at run time.
"""
