"""A person's own folders, with an empty library and store, and commands that are run on them."""

import json

from nidra_box.cli import main
from tests.support.store import noise, put_recording


class Own:
    """`folder` holds `data/` and `state/`, which XDG's variables name."""

    def __init__(self, folder, monkeypatch):
        monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
        monkeypatch.delenv("STATE_DIRECTORY", raising=False)
        self.state = folder / "state/nidra-box"
        self.library = folder / "data/nidra-box/library"
        self.store = self.state / "recordings"
        self.library.mkdir(parents=True)
        self.store.mkdir(parents=True)

    def put(self, name="sea.m4a", seconds=20.0, **changes):
        """A recording that is ready, and a file in the library that it was made of."""
        (self.library / name).touch()
        return put_recording(self.store, noise(seconds), name, **changes)


def run(capsys, *words):
    """Exit code, stdout and stderr of a command."""
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def rows_of(capsys, *words):
    """What `programmes --json` lists."""
    code, out, _ = run(capsys, "programmes", "--json", *words)
    assert code == 0
    return json.loads(out)["programmes"]
