"""The diary: typed entries and the list of faults.

`entry` is what an entry is, `entries` and `wrong` all there are. `diary` hands each to its readers
and keeps `faults`, the one list of what is wrong now; `journal` is systemd's. `night_log` gathers
one line for each night, `nights` keeps them in a file, `morning` prints them for the user.
"""
