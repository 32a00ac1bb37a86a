"""Documents: YAML text into nodes that remember their line, and every mistake at once.

Scripts and the configuration are both written by people, so both are read the same
way: `load` parses (the only module that touches PyYAML), `node` holds the pure tree,
`fields` takes typed values out of it and collects a `Problem` for whatever is wrong
instead of stopping at the first; `mistakes` answers those that words invite in YAML, `edit` changes
a value and leaves the rest. `untrusted` reads the JSON of state, nights and manifests. Nothing here
knows what a script or a setting is.
"""
