"""The derivation as a whole: from a contract and the sentences about it to all that is known of its service."""

from typing import Final

from domain.generation.contract import Contract
from domain.generation.derivation.accounting import Accounting, subjects
from domain.generation.derivation.behaving import Behaving
from domain.generation.derivation.defining import Defining
from domain.generation.derivation.families import families
from domain.generation.derivation.lifecycling import lifecycles
from domain.generation.derivation.moneying import amounts
from domain.generation.derivation.noting import notes
from domain.generation.derivation.said import sayings
from domain.generation.diagnostics import Diagnostic, Severity, Stage
from domain.generation.ledger import Outcome, Row, Subject
from domain.generation.origin import Because, Origin
from domain.generation.rules import Reading, Verdict, rules_of
from domain.generation.specification import Specification


def derived(contract: Contract, readings: tuple[Reading, ...] = ()) -> Specification:
    """Return what follows from a contract. Nothing is dropped: what comes in, has its row in the ledger.

    Raises: AssertionError, when something has no row or two: that would be a fault of the derivation.
    """
    said = sayings(contract)
    known = families(said)
    entities = Defining(said, known).entities()
    lives = lifecycles(said, known, entities, rules_of(readings))
    pairs = Behaving(said, known, entities, lives.lifecycles).behaviours()
    behaviours = tuple(behaviour for behaviour, _ in pairs)
    unknown = {behaviour.operation: parameters for behaviour, parameters in pairs}
    money = amounts(said)
    noted = notes(said, entities, behaviours, lives.unsettled, money)
    accounting = Accounting(said, entities, behaviours, unknown, lives.unsettled, noted, readings)
    ledger = accounting.ledger()
    missing = ledger.missing(subjects(contract, readings))
    if missing:
        message = f"no row, or more than one, for {missing[0][0]} at {missing[0][1]}"
        raise AssertionError(message)
    return Specification(
        contract=contract,
        shapes=said.shapes,
        entities=entities,
        lifecycles=lives.lifecycles,
        behaviours=behaviours,
        readings=readings,
        ledger=ledger,
        amounts=money,
        diagnostics=(
            *(_diagnostic(row.outcome, row.origin, row.because, row.remedy) for row in ledger.rows if _open(row)),
            *(_diagnostic(note.outcome, note.origin, note.because, note.remedy) for note in accounting.homeless()),
            *(_not_understood(reading) for reading in readings if not reading.verdict.settled),
        ),
    )


def _open(row: Row) -> bool:
    """Whether a row of the contract is not settled. What sentences say is told apart."""
    return row.subject is not Subject.SENTENCE and row.outcome in {Outcome.REPORTED, Outcome.REJECTED}


def _diagnostic(outcome: Outcome, origin: Origin, because: Because, remedy: str) -> Diagnostic:
    severity = Severity.ERROR if outcome is Outcome.REJECTED else Severity.WARNING
    return Diagnostic(Stage.SERVICE, severity, origin, f"{because.words}.", f"Hint: {remedy}")


def _not_understood(reading: Reading) -> Diagnostic:
    """A sentence that became no rule: there is no service until it is settled."""
    message = f'{reading.verdict}: "{reading.text}"'
    said = "; ".join(reading.readings)
    remedy = f"{_REMEDIES[reading.verdict]} {said}. {reading.note}".rstrip()
    return Diagnostic(Stage.SERVICE, Severity.ERROR, reading.origin, message, remedy)


_REMEDIES: Final = {
    Verdict.AMBIGUOUS: "Say which of these is meant:",
    Verdict.UNRESOLVED: "No such word in the contract; add it to the table of words, or write:",
    Verdict.UNRECOGNISED: "Write it as a template has it, or mark it as a note. The nearest template:",
    Verdict.CONTRADICTS: "Change one of the two:",
}
"""What is to be done about a sentence, by its verdict."""
