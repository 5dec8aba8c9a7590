"""requirements.lock and the constraint pins in pyproject.toml: made together by uv, checked without it.

    python tools/lock.py                        remake both, keeping every pin that still fits
    python tools/lock.py --upgrade              … with the newest versions that fit
    python tools/lock.py --upgrade-package X    … with the newest X
    python tools/lock.py --check                say what is out of step (no network, no uv); exit 1 if anything is

The lock is what `./orderwright` installs: every package of every group, for every platform (environment markers), each
with its hashes, and no word about where packages come from. The same pins stand in pyproject.toml under `[tool.uv]`, so
that a plain `uv sync` lands on the same versions; `uv.lock` itself is never committed, because it carries URLs.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

LOCK: Final = "requirements.lock"
PYPROJECT: Final = "pyproject.toml"
TABLE: Final = "[tool.uv]\n"
NOTE: Final = "# The pins of requirements.lock, written by tools/lock.py.\n"
PINS: Final = re.compile(rf"(?:{re.escape(NOTE)})?^constraint-dependencies = \[\n.*?^\]\n", re.MULTILINE | re.DOTALL)
HASH: Final = re.compile(r"\s--hash=sha256:[0-9a-f]{64}\b")
LOCATION: Final = re.compile(r"\w+://|^\s*-|\s@\s|\b[\w-]+\.(?:com|dev|io|net|org)\b")


def check(root: Path) -> list[str]:
    """What is out of step between the lock and pyproject.toml under `root`; nothing if all is well."""
    lock = (root / LOCK).read_text(encoding="utf-8")
    pyproject = tomllib.loads((root / PYPROJECT).read_text(encoding="utf-8"))
    return [
        *_malformed(lock),
        *_unmet(pyproject, pins(lock)),
        *_drifted(pyproject, pins(lock)),
        *_tracked(root),
    ]


def pins(lock: str) -> list[Requirement]:
    """The lock's entries in its order, each `name==version` with its marker, if any; other lines are passed over."""
    parsed = (_pin(entry) for _, entry in _entries(lock))
    return [pin for pin in parsed if pin is not None]


def remake(root: Path, options: Sequence[str] = ()) -> int:
    """Writes the lock and the constraint pins anew and returns how many packages they hold.

    `options` go to `uv pip compile`.
    Raises `FileNotFoundError` without uv, `CalledProcessError` if nothing satisfies pyproject.toml.
    """
    text = (root / PYPROJECT).read_text(encoding="utf-8")
    lock = _resolved(text, root / LOCK, options)
    (root / LOCK).write_text(lock, encoding="utf-8")
    (root / PYPROJECT).write_text(_with_pins(text, pins(lock)), encoding="utf-8")
    return len(pins(lock))


def _entries(lock: str) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of their first physical line; blank lines are left out."""
    first, parts = 1, list[str]()
    for number, line in enumerate(lock.splitlines(), start=1):
        first = first if parts else number
        parts.append(line.removesuffix("\\"))
        if not line.endswith("\\"):
            if entry := " ".join(part.strip() for part in parts).strip():
                yield first, entry
            parts = []
    if parts:
        yield first, " ".join(part.strip() for part in parts).strip()


def _pin(entry: str) -> Requirement | None:
    try:
        requirement = Requirement(HASH.sub("", entry))
    except InvalidRequirement:
        return None
    return requirement if re.fullmatch(r"==[^*,]+", str(requirement.specifier)) else None


def _malformed(lock: str) -> Iterator[str]:
    for number, entry in _entries(lock):
        pin = _pin(entry)
        if LOCATION.search(HASH.sub("", entry)):
            yield f"{LOCK}:{number}: names a place, not only a package: {entry[:80]}"
        elif pin is None:
            yield f"{LOCK}:{number}: not `name==version` with sha256 hashes: {entry[:80]}"
        elif not HASH.search(entry):
            yield f"{LOCK}:{number}: {pin.name} has no hash"


def _wanted(pyproject: dict[str, Any]) -> Iterator[Requirement]:
    """Every requirement of the project, its extras and its groups (an included group names nothing new)."""
    project = pyproject["project"]
    lists = [
        project.get("dependencies", []),
        *project.get("optional-dependencies", {}).values(),
        *pyproject.get("dependency-groups", {}).values(),
    ]
    yield from (Requirement(item) for items in lists for item in items if isinstance(item, str))


def _unmet(pyproject: dict[str, Any], locked: Sequence[Requirement]) -> Iterator[str]:
    versions: dict[str, list[str]] = {}
    for pin in locked:
        versions.setdefault(canonicalize_name(pin.name), []).append(_version(pin))
    for wanted in _wanted(pyproject):
        found = versions.get(canonicalize_name(wanted.name))
        if found is None:
            yield f"{LOCK}: {wanted.name} of {PYPROJECT} is missing"
        for version in found or ():
            if not wanted.specifier.contains(version, prereleases=True):
                yield f"{LOCK}: {wanted.name} {version} does not satisfy {wanted.specifier} of {PYPROJECT}"


def _drifted(pyproject: dict[str, Any], locked: Sequence[Requirement]) -> Iterator[str]:
    constraints = pyproject.get("tool", {}).get("uv", {}).get("constraint-dependencies", [])
    in_lock, in_pyproject = {str(pin) for pin in locked}, {str(Requirement(item)) for item in constraints}
    yield from (f"{PYPROJECT}: constraint {pin} is missing" for pin in sorted(in_lock - in_pyproject))
    yield from (f"{PYPROJECT}: constraint {pin} is not in {LOCK}" for pin in sorted(in_pyproject - in_lock))


def _tracked(root: Path) -> Iterator[str]:
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return
    listed = subprocess.run([git, "-C", str(root), "ls-files", "uv.lock"], capture_output=True, text=True, check=True)
    if listed.stdout.strip():
        yield "uv.lock is tracked by git; it carries URLs and stays out"


def _version(pin: Requirement) -> str:
    return next(iter(pin.specifier)).version


def _resolved(text: str, previous: Path, options: Sequence[str]) -> str:
    """uv's answer, made in an empty directory; the pins of `previous` are preferred to newer ones."""
    pyproject = tomllib.loads(text)
    lowest = re.search(r">=\s*([\d.]+)", pyproject["project"]["requires-python"])
    groups = [f"--group={group}" for group in pyproject.get("dependency-groups", {})]
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / LOCK
        (Path(scratch) / PYPROJECT).write_text(PINS.sub("", text), encoding="utf-8")
        if previous.exists():
            shutil.copy(previous, made)
        command = [_uv(), "pip", "compile", PYPROJECT, *groups, "--quiet", "--universal", "--generate-hashes"]
        command += ["--no-header", "--no-annotate", "--no-emit-index-url", f"--output-file={made}", *options]
        command += [f"--python-version={lowest[1]}"] if lowest else []
        subprocess.run(command, cwd=scratch, check=True, stdout=subprocess.DEVNULL)
        return made.read_text(encoding="utf-8")


def _uv() -> str:
    """The uv of this environment (the lock holds one), else the one on the PATH."""
    found = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if found is None:
        raise FileNotFoundError("uv is neither beside this Python nor on the PATH")
    return found


def _with_pins(text: str, locked: Sequence[Requirement]) -> str:
    quoted = "".join(f'    "{str(pin).replace(chr(34), chr(39))}",\n' for pin in locked)
    block = f"{NOTE}constraint-dependencies = [\n{quoted}]\n"
    if PINS.search(text):
        return PINS.sub(lambda _: block, text, count=1)
    if TABLE in text:
        return text.replace(TABLE, TABLE + block, 1)
    return f"{text.rstrip()}\n\n{TABLE}{block}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Remake or check requirements.lock and the pins in pyproject.toml.")
    parser.add_argument("--check", action="store_true", help="only say what is out of step; exit 1 if anything is")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    parser.add_argument("--upgrade-package", metavar="NAME", action="append", default=[], help="take the newest NAME")
    arguments = parser.parse_args()
    root = Path(__file__).resolve().parent.parent
    if not arguments.check:
        upgrades = [f"--upgrade-package={name}" for name in arguments.upgrade_package]
        upgrades += ["--upgrade"] if arguments.upgrade else []
        try:
            print(f"{remake(root, upgrades)} packages locked")
        except (FileNotFoundError, subprocess.CalledProcessError) as failure:
            print(f"tools/lock.py: {failure}", file=sys.stderr)
            return 1
    problems = check(root)
    print(*problems, sep="\n", file=sys.stderr, end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
