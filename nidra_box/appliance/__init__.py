"""The appliance: the one thread that acts.

`loop` owns everything while the box runs: it takes what others post to the `inbox`, passes it to
the session, carries out what follows, and asks the `parts` in turn. `assemble` says which parts
there are; `box` opens a real one, `service` runs it under systemd, `presence` is its lock and its
status file. `store` keeps the little that outlives the power; `supervisor` speaks to systemd.
"""
