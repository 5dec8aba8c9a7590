"""The peers' packages: installed on first use beside the seeded databases, never in the checkout."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks.stage import cache

PEERS: Final = Path(__file__).parent / "peers"

MANIFESTS: Final = {".txt", ".json", ".prisma"}

NODE: Final = 20
"""The oldest major version that the peers run on."""


class Missing(Exception):
    """A peer cannot run here; says what is missing."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that does the same work. `make` is how it is installed and started."""

    name: str
    title: str
    make: str

    def installed(self) -> Path:
        """Return the directory in which it runs, with today's sources; packages are installed when what they are made
        from has changed. Raises: Missing.
        """
        files = sorted([*(PEERS / self.name).glob("*.*"), *PEERS.glob("*.mjs")])
        wanted = b"\0".join(file.read_bytes() for file in files if file.suffix in MANIFESTS)
        home = cache() / "peers" / self.name
        stamp = home / ".installed"
        needs, commands = MAKERS[self.make]
        needs()
        fresh = not stamp.exists() or stamp.read_text() != hashlib.sha256(wanted).hexdigest()
        if fresh:
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
        for file in files:
            shutil.copy(file, home)
        for command, environment in commands if fresh else ():
            _run([word.format(python=sys.executable) for word in command], home, environment)
        stamp.write_text(hashlib.sha256(wanted).hexdigest())
        return home

    def command(self, home: Path, port: int) -> list[str]:
        return [word.format(home=home, port=port) for word in STARTS[self.make]]


def _needs_node() -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise Missing("node and npm are not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < NODE:
        raise Missing(f"node {version.strip()} is older than {NODE}")


def _needs_nothing() -> None:
    """The Python that runs this runs that."""


_NPM: Final = ("npm", "install", "--no-audit", "--no-fund", "--package-lock=false", "--ignore-scripts")
_QUIET: Final = {"PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true", "CHECKPOINT_DISABLE": "1"}
"""Prisma's own engine only migrates; any program stands in for it where nothing is migrated."""

UV: Final = (
    ("{python}", "-m", "uv", "pip", "install", "--quiet", "--python", ".venv/bin/python") if find_spec("uv") else None
)
PIP: Final = (".venv/bin/python", "-m", "pip", "install", "--quiet")
"""uv takes a second where pip takes a minute."""

MAKERS: Final = {
    "python": (
        _needs_nothing,
        (
            (("{python}", "-m", "venv", ".venv", *(("--without-pip",) if UV else ())), {}),
            ((*(UV or PIP), "-r", "requirements.txt"), {}),
        ),
    ),
    "node": (_needs_node, ((_NPM, {}),)),
    "prisma": (_needs_node, ((_NPM, _QUIET), (("node_modules/.bin/prisma", "generate"), _QUIET))),
}
STARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "python": (
        "{home}/.venv/bin/python", "-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", "{port}",
        "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
    ),
    "node": ("node", "server.mjs"),
    "prisma": ("node", "server.mjs"),
}  # fmt: skip

FASTAPI: Final = Peer("fastapi_orm", "FastAPI + SQLAlchemy ORM", "python")
PRISMA: Final = Peer("fastify_prisma", "Fastify + Prisma", "prisma")
RAW: Final = Peer("fastify_pg", "Fastify + node-postgres", "node")
ALL: Final = (FASTAPI, PRISMA, RAW)


def _run(command: list[str], home: Path, environment: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(
            command, cwd=home, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise Missing(str(error)) from error
    if done.returncode:
        raise Missing(f"{' '.join(command[:3])} failed: {(done.stderr or done.stdout).strip()[-300:]}")
