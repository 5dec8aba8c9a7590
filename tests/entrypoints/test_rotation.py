"""`keys rotate` and `keys list`: files are whole, ours alone, and no rotation is lost."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import pytest
from typer.testing import CliRunner, Result

from adapters.jwt import Purpose, SigningKeys, new_signing_key
from entrypoints import secret_files
from entrypoints.cli import cli
from entrypoints.keys import make_keys
from entrypoints.rotation import RotationRefused, keys_in_use, rotate_keys
from entrypoints.secret_files import alone_in


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    make_keys(tmp_path / "keys")
    return tmp_path / "keys"


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, ["keys", *map(str, words)])


def kids(keys: Path) -> list[str]:
    return [key.kid for key in keys_in_use(keys)]


def test_new_keys_are_two_and_the_next_one_takes_its_turn(keys: Path) -> None:
    signing, following = kids(keys)
    assert run("rotate", keys).exit_code == 0
    assert kids(keys)[0] == following
    assert kids(keys)[2] == signing
    assert run("rotate", keys).exit_code == 0
    assert signing not in kids(keys)


def test_a_key_can_be_forgotten_at_once(keys: Path) -> None:
    signing, following = kids(keys)
    shown = run("rotate", keys, "--forget")
    assert (shown.exit_code, kids(keys)[0], len(kids(keys))) == (0, following, 2)
    assert signing not in shown.output


def test_the_list_says_what_each_key_is_for_and_nothing_secret(keys: Path) -> None:
    rotate_keys(keys)
    lines = [line.split() for line in run("list", keys).output.splitlines()]
    assert [words[1:] for words in lines] == [[purpose.value, "Ed25519"] for purpose in Purpose]
    assert [words[0] for words in lines] == kids(keys)
    secrets = [key["d"] for key in json.loads((keys / "signing.jwk").read_text())["keys"] if "d" in key]
    assert len(secrets) == 2
    assert not any(secret in run("list", keys).output + run("rotate", keys).output for secret in secrets)


def test_a_directory_with_a_single_key_rotates_like_any_other(keys: Path) -> None:
    file = keys / "signing.jwk"
    file.write_text(new_signing_key())
    [single] = kids(keys)
    assert run("rotate", keys).exit_code == 0
    assert [key.purpose for key in keys_in_use(keys)] == list(Purpose)
    assert kids(keys)[2] == single


def test_files_are_ours_alone_and_nothing_else_is_left(keys: Path) -> None:
    (keys / "signing.jwk").chmod(0o644)
    master = (keys / "master.key").read_text()
    rotate_keys(keys)
    assert S_IMODE((keys / "signing.jwk").stat().st_mode) == 0o600
    assert sorted(path.name for path in keys.iterdir()) == ["master.key", "signing.jwk"]
    assert (keys / "master.key").read_text() == master


@pytest.mark.parametrize("fails", ["fsync", "rename"])
def test_a_rotation_that_fails_leaves_everything_as_it_was(
    keys: Path, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = (keys / "signing.jwk").read_text()
    monkeypatch.setattr(*{"fsync": (secret_files.os, "fsync"), "rename": (Path, "rename")}[fails], full)
    failed = run("rotate", keys)
    monkeypatch.undo()
    assert failed.exit_code == 1
    assert "No space left" in failed.output
    assert (keys / "signing.jwk").read_text() == before
    assert sorted(path.name for path in keys.iterdir()) == ["master.key", "signing.jwk"]


def test_a_reader_sees_whole_files_only(keys: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        rotating = pool.submit(lambda: [rotate_keys(keys) for _ in range(30)])
        while not rotating.done():
            SigningKeys.parse((keys / "signing.jwk").read_text())
        rotating.result()


def test_of_rotations_at_the_same_time_none_is_lost(keys: Path) -> None:
    """Each that says that it was done was done after the one before it: the others were told to look again."""

    def rotate(_: int) -> bool:
        try:
            rotate_keys(keys)
        except RotationRefused:
            return False
        return True

    seen, done = [kids(keys)], 0
    for _ in range(10):
        with ThreadPoolExecutor(4) as pool:
            done += sum(pool.map(rotate, range(4)))
        seen.append(kids(keys))
    assert done >= 10
    assert len({tuple(one) for one in seen}) == 11


def test_who_comes_second_is_told_what_to_do(keys: Path) -> None:
    before = kids(keys)
    with alone_in(keys):
        refused = run("rotate", keys)
    assert refused.exit_code == 1
    assert "keys list" in refused.output
    assert kids(keys) == before
    assert run("rotate", keys).exit_code == 0


@pytest.mark.parametrize("command", ["rotate", "list"])
def test_where_there_is_no_key_the_answer_says_how_to_make_one(tmp_path: Path, command: str) -> None:
    refused = run(command, tmp_path / "nothing")
    assert refused.exit_code == 1
    assert "keys new" in refused.output
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("command", ["rotate", "list"])
@pytest.mark.parametrize("content", [b"", b"a-secret", b"\xff", b'{"keys": []}'])
def test_what_are_no_keys_is_told_and_left_alone(keys: Path, command: str, content: bytes) -> None:
    (keys / "signing.jwk").write_bytes(content)
    refused = run(command, keys)
    assert refused.exit_code == 1
    assert "signing.jwk" in refused.output
    assert "a-secret" not in refused.output
    assert (keys / "signing.jwk").read_bytes() == content


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_who_owned_the_file_owns_it_still(keys: Path) -> None:
    """Root rotates for a service that runs as somebody else, and must be able to read its keys."""
    os.chown(keys / "signing.jwk", 65534, 65534)
    rotate_keys(keys)
    found = (keys / "signing.jwk").stat()
    assert (found.st_uid, found.st_gid, S_IMODE(found.st_mode)) == (65534, 65534, 0o600)


def test_a_link_stays_a_link(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (keys / "signing.jwk").rename(tmp_path / "elsewhere" / "real.jwk")
    (keys / "signing.jwk").symlink_to(tmp_path / "elsewhere" / "real.jwk")
    following = kids(keys)[1]
    rotate_keys(keys)
    assert (keys / "signing.jwk").is_symlink()
    assert kids(keys)[0] == following
