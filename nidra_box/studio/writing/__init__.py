"""For those who write programmes and settings.

`template` is what a new programme begins as; `schema` makes the JSON Schemas with which an editor
completes, from the parsers, a `sample` of every form and the `comments` of the settings. `render`
writes a programme's sound to a file, `meter` measures while it does; `book` is the page of all
shipped programmes, `measures` each of them in numbers.
"""
