"""To see the box as the box sees itself: root may do everything, the service may not.

What it is given to open (a bed, a recording) is opened with its rights, too.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nidra_box
from nidra_box.doctor.machine import SERVICE


def become_service_user(
    package: Path = Path(nidra_box.__file__).parent,
    find: Callable[[str], pwd.struct_passwd] = pwd.getpwnam,
) -> str:
    """From here on this process is the user that runs the box, with its groups and no more.

    Returns the user's name; empty where nothing was changed: for anybody but root, where there
    is no such user, and where that user cannot read this program (a copy in somebody's home).
    """
    if os.geteuid() != 0:
        return ""
    try:
        user = find(SERVICE)
    except KeyError:
        return ""
    if not _is_open(package):
        return ""
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ["HOME"] = user.pw_dir
    return user.pw_name


@contextmanager
def as_owner_of(folder: Path, package: Path = Path(nidra_box.__file__).parent) -> Iterator[None]:
    """While root writes into `folder` (it may not be there yet), it has the rights of the owner
    of that folder, or of the nearest above: the service could not replace what root has made."""
    places = [folder.absolute(), *folder.absolute().parents]
    place = next(place for place in places if os.path.lexists(place))
    owner = place.lstat()  # of a link, whoever made the link: it may lead anywhere
    if owner.st_uid == 0:
        owner = place.stat()
    if os.geteuid() != 0 or owner.st_uid == 0 or not _is_open(package):
        yield
        return
    own_group, own_groups = os.getegid(), os.getgroups()
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(own_group)
        os.setgroups(own_groups)


def _is_open(package: Path) -> bool:
    """Whether every user can read this program; not so with a copy in somebody's home."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in [package, *package.parents])
