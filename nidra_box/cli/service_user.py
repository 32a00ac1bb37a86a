"""To see the box as the box sees itself: root may do everything, the service may not.

What it is given to open (a bed, a recording) is opened with its rights, too.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Callable
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
    if not all(folder.stat().st_mode & stat.S_IXOTH for folder in [package, *package.parents]):
        return ""
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ["HOME"] = user.pw_dir
    return user.pw_name
