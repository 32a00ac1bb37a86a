"""A file is written whole or not at all, never through a link, and nothing is left beside it."""

import os
import stat

import pytest

from nidra_box.files import folder_for, forget_unfinished, no_link, whole, write_whole


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_there_and_nothing_else(tmp_path):
    write_whole(tmp_path / "a", "grün")
    write_whole(tmp_path / "a", b"\x00")
    assert (tmp_path / "a").read_bytes() == b"\x00"
    assert os.listdir(tmp_path) == ["a"]


def test_a_new_file_is_for_whom_the_umask_says_and_an_old_one_keeps_its_mode(tmp_path):
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "new", "")
        (tmp_path / "old").touch()
        (tmp_path / "old").chmod(0o600)
        write_whole(tmp_path / "old", "x")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == 0o640
    assert mode(tmp_path / "old") == 0o600


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_root_leaves_a_file_to_its_owner(tmp_path):
    (tmp_path / "a").touch()
    os.chown(tmp_path / "a", 1234, 4321)
    write_whole(tmp_path / "a", "x")
    assert ((tmp_path / "a").stat().st_uid, (tmp_path / "a").stat().st_gid) == (1234, 4321)


def test_a_link_is_replaced_and_never_followed(tmp_path):
    (tmp_path / "secret").write_text("mine")
    (tmp_path / "link").symlink_to("secret")
    write_whole(tmp_path / "link", "x")
    assert (tmp_path / "secret").read_text() == "mine"
    assert (tmp_path / "link").read_text() == "x"
    assert not (tmp_path / "link").is_symlink()
    (tmp_path / "nights").symlink_to("secret")
    with pytest.raises(OSError, match="symbolic links"):
        no_link(str(tmp_path / "nights"), os.O_WRONLY)


def test_the_unfinished_file_has_another_name_every_time(tmp_path):
    names = set()
    for _ in range(2):
        with whole(tmp_path / "a"):
            names |= set(os.listdir(tmp_path)) - {"a"}
    assert len(names) == 2


@pytest.mark.parametrize("ending", [OSError(28, "full"), KeyboardInterrupt()])
def test_a_file_that_was_not_finished_leaves_the_old_one(tmp_path, ending):
    write_whole(tmp_path / "a", "old")

    def interrupted():
        with whole(tmp_path / "a") as stream:
            stream.write(b"new")
            raise ending

    with pytest.raises(type(ending)):
        interrupted()
    assert (tmp_path / "a").read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]


def test_what_a_power_cut_left_is_forgotten_and_nothing_else(tmp_path):
    with whole(tmp_path / "a"):
        left = tmp_path / (set(os.listdir(tmp_path)) - {"a"}).pop()
    left.touch()
    (tmp_path / "a.part").touch()
    forget_unfinished(tmp_path)
    forget_unfinished(tmp_path / "nowhere")
    assert sorted(os.listdir(tmp_path)) == ["a", "a.part"]


def test_a_folder_that_stays_empty_goes_with_those_made_for_it(tmp_path):
    (tmp_path / "theirs").mkdir()

    def interrupted(folder):
        with folder_for(folder):
            raise KeyboardInterrupt

    for folder in (tmp_path / "theirs", tmp_path / "theirs" / "ours" / "too"):
        with pytest.raises(KeyboardInterrupt):
            interrupted(folder)
    assert os.listdir(tmp_path) == ["theirs"]
    assert os.listdir(tmp_path / "theirs") == []
    with folder_for(tmp_path / "b" / "c") as made:
        (made / "x").touch()
    assert (tmp_path / "b" / "c" / "x").is_file()
