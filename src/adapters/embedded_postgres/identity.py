"""As whom PostgreSQL runs: it refuses root, so root changes into somebody who owns nothing."""

import ctypes
import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, get_args

RunAs = Literal["auto", "self", "namespace", "nobody"]
RUN_AS: Final[tuple[str, ...]] = get_args(RunAs)

Become = Callable[[], None]
"""Called in a forked child before it executes a program; raises OSError where the system does not permit the change."""

_CLONE_NEWUSER: Final = 0x1000_0000
_OVERFLOW_ID: Final = 65_534  # `nobody` by convention: the kernel's overflow user


def become_self() -> None:
    """An ordinary user stays who he is."""


def become_nobody_in_a_namespace() -> None:
    """Look like `nobody` from inside a new user namespace and stay the owner of one's files outside it.

    The equivalent of `unshare --user --map-user=65534 --map-group=65534` (user_namespaces(7)), without the program.
    """
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny", encoding="ascii")
    (own / "uid_map").write_text(f"{_OVERFLOW_ID} {user} 1", encoding="ascii")
    (own / "gid_map").write_text(f"{_OVERFLOW_ID} {group} 1", encoding="ascii")


def become_nobody() -> None:
    """Root gives up everything for good."""
    user, group = nobody()
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


BECOME: Final[dict[str, Become]] = {
    "self": become_self,
    "namespace": become_nobody_in_a_namespace,
    "nobody": become_nobody,
}


def nobody() -> tuple[int, int]:
    """User and group id of `nobody`; no user is ever added."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return _OVERFLOW_ID, _OVERFLOW_ID
    return entry.pw_uid, entry.pw_gid


def choose(home: Path, program: Path) -> str:
    """The first identity under which PostgreSQL agrees to run and can work in `home`: a key of BECOME.

    An ordinary user without an entry in the user database (as some container platforms assign) is refused by
    `initdb`, so he too looks like `nobody` where namespaces permit it.
    """
    if os.geteuid() != 0 and _is_known():
        return "self"
    if sys.platform == "linux" and can(become_nobody_in_a_namespace, home, program):
        return "namespace"
    return "nobody" if os.geteuid() == 0 else "self"


def can(become: Become, directory: Path, program: Path) -> bool:
    """Whether that identity can be taken, and may then write in the directory and execute the program.

    Tried in a forked child: an identity is not given back. Only for a process with one thread.
    """
    child = os.fork()
    if child == 0:
        able = False
        try:
            become()
            able = os.access(directory, os.R_OK | os.W_OK | os.X_OK) and os.access(program, os.X_OK)
        finally:
            os._exit(0 if able else 1)
    return os.waitpid(child, 0)[1] == 0


def _is_known() -> bool:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True
