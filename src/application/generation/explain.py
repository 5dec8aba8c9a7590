"""Explaining: what would be derived from the papers, and why. Nothing is written."""

from dataclasses import dataclass

from application.generation.ports import ContractReader, Papers
from domain.generation.derivation.deriving import derived
from domain.generation.diagnostics import Diagnostic
from domain.generation.specification import Specification
from domain.generation.stories.reading import read


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of the service; without a specification there are errors among the diagnostics."""

    specification: Specification | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class ExplainHandler:
    contracts: ContractReader

    def __call__(self, papers: Papers) -> Explanation:
        """Return what the papers say.

        Raises: OSError, when a paper cannot be read as a file.
        """
        intake = self.contracts.read(papers)
        if intake.contract is None or not intake.good:
            return Explanation(None, intake.diagnostics)
        specification = derived(intake.contract)
        if intake.stories is not None:
            specification = derived(intake.contract, read(intake.stories, specification))
        return Explanation(specification, (*intake.diagnostics, *specification.diagnostics))
