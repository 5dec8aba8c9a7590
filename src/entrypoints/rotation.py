"""`keys rotate` and `keys list`: the signing keys of a directory."""

from pathlib import Path
from typing import Final

from adapters.jwt import KeyInUse, KeyUnfit, in_use, rotated
from entrypoints.keys import SIGNING_FILE
from entrypoints.secret_files import DirectoryBusy, alone_in, replace_secret

LARGEST: Final = 1024 * 1024
"""Characters of a file of keys."""


class RotationRefused(Exception):
    """The keys are as they were; the message says why, and what to do."""


def rotate_keys(directory: Path, *, forget: bool = False) -> None:
    """Replace the signing keys by those after them; with `forget`, the former one is not believed any more.

    Raises: RotationRefused.
    """
    file = _file_in(directory)
    try:
        with alone_in(directory):
            replace_secret(file, rotated(_content(file), forget=forget))
    except DirectoryBusy:
        raise RotationRefused(
            f"somebody else rotates the keys in {directory}: look at `keys list {directory}` before you do it again"
        ) from None
    except KeyUnfit as error:
        raise _unfit(file, error) from None
    except PermissionError:
        raise RotationRefused(
            f"{directory} is not ours to write: rotate as the user who owns {file}, or as root"
        ) from None


def keys_in_use(directory: Path) -> list[KeyInUse]:
    """Return what each key of this directory is for, the signing one first. Raises: RotationRefused."""
    file = _file_in(directory)
    try:
        return list(in_use(_content(file)))
    except KeyUnfit as error:
        raise _unfit(file, error) from None


def _file_in(directory: Path) -> Path:
    file = directory / SIGNING_FILE
    if not file.is_file():
        raise RotationRefused(f"there is no {file}: `./orderwright keys new {directory}` makes it")
    return file


def _content(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(LARGEST)
    except PermissionError:
        raise RotationRefused(f"{file} is not ours to read: do this as the user who owns it, or as root") from None
    except UnicodeDecodeError:
        raise KeyUnfit("this is neither a JWK nor a JWK Set") from None


def _unfit(file: Path, error: KeyUnfit) -> RotationRefused:
    return RotationRefused(f"{file}: {error}. Put back the file that was there, or move it away and make new keys.")
