"""The appliance: the one thread that acts.

`loop` owns everything while the box runs: it takes what others post to the `inbox`, asks
the session what that means, and carries it out. `store` keeps the little that outlives
the power, `supervisor` talks to systemd, `diary` says what a person wants to know (`journal`
says it to systemd's journal, with fields), `night_log` and `nights` keep a line of it for the
morning (`writer` gives both kinds of memory a thread of their own), `status` and `status_socket`
answer who asks, and `assemble` puts a box together from a configuration.
"""
