"""Contracts of our own, as small as what they show."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from adapters.contracts.reader import FileContractReader
from application.generation.ports import Intake, Papers
from domain.generation.derivation.deriving import derived
from domain.generation.specification import Specification

CONTRACTS = Path(__file__).parent / "contracts"

Read = Callable[..., Intake]


@pytest.fixture
def reading(tmp_path: Path) -> Read:
    """Read a contract that is written here; `others` are files beside it, `hints` an overlay."""

    def read(text: str, *, hints: str | None = None, others: Mapping[str, str] | None = None) -> Intake:
        contract = tmp_path / "contract.yaml"
        contract.write_text(text, encoding="utf-8")
        for name, content in (others or {}).items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        overlay = None
        if hints is not None:
            overlay = tmp_path / "hints.yaml"
            overlay.write_text(hints, encoding="utf-8")
        return FileContractReader().read(Papers(contract, hints=overlay))

    return read


@pytest.fixture(scope="session")
def library() -> Specification:
    """What is derived of the library."""
    intake = FileContractReader().read(Papers(CONTRACTS / "library.yaml"))
    assert intake.contract is not None, [str(said) for said in intake.diagnostics]
    return derived(intake.contract)
