"""What generating needs from outside: papers to read, trees to write, stages to be judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

from domain.generation.contract import Contract, Json
from domain.generation.diagnostics import Diagnostic, Severity


@dataclass(frozen=True, slots=True)
class Papers:
    """Where the papers are. A path that is None: there is no such paper."""

    contract: PurePath
    stories: PurePath | None = None
    hints: PurePath | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """A contract, and what was found in reading it. Without a contract there is an error among them."""

    contract: Contract | None
    diagnostics: tuple[Diagnostic, ...]
    lines: Mapping[str, int]
    hints: Json = None
    stories: str | None = None
    """What the stories say, as they are written."""

    @property
    def good(self) -> bool:
        return self.contract is not None and all(said.severity is not Severity.ERROR for said in self.diagnostics)


class ContractReader(Protocol):
    def read(self, papers: Papers) -> Intake:
        """Return the contract: bundled, hints applied, brought to 3.1, found valid; or what is wrong, all at once.

        Diagnostics come in the order of the paper. Nothing is raised for what a paper says.
        Raises: OSError, when the contract, the hints or the stories cannot be read as files.
        """
