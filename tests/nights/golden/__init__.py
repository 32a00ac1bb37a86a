"""Golden nights: a script (`*.night`) of acts, what the box did in it (`*.jsonl`), and the
configuration of that night (`*.yaml` of the same name, else `usual.yaml`). `programmes/` holds
two small programmes that change only when a trace shall change. A trace is reviewed like code:
when behaviour changes on purpose, `python -m tests.nights.golden --update` writes the traces
anew, and the difference is part of the change.
"""
