"""The library: what can be played. Reads folders and files; decides nothing.

`catalogue` knows every programme, shipped or a person's own, and compiles the one that is
asked for; `judge` says how much of it will be heard; `voices` knows the rendered clips;
`recordings` makes a programme of any sound file; `folders` says where all of it lies. `record` is
what is known of a recording that was taken in, `person` what a person says of it, `findings` says
both in sentences; `names` finds a programme by whatever it is called.
"""
