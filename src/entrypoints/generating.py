"""`explain`: what the generator derives from a contract, and why, as one reads it on a terminal or in a file."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.contracts.reader import FileContractReader
from application.generation.explain import ExplainHandler, Explanation
from application.generation.ports import Papers
from domain.generation.diagnostics import Diagnostic, Severity
from domain.generation.ledger import Outcome, Row
from domain.generation.lifecycles import Lifecycle
from domain.generation.specification import Specification

REFUSED: Final = 2
"""The exit code when there would be no service."""

_COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def explain(contract: Path, hints: Path | None, stories: Path | None, into: Path | None, console: Console) -> int:
    """Say what would be derived, draw the lifecycles, and return the exit code: 0, or 2 where there is no service."""
    began = perf_counter()
    explanation = ExplainHandler(FileContractReader())(Papers(contract, stories, hints))
    seconds = perf_counter() - began
    if into is not None:
        into.write_text(json.dumps(_as_json(explanation), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if explanation.specification is None:
        _say(explanation.diagnostics, console)
        console.print(f"There is no service to be made of {escape(str(contract))}.")
        return REFUSED
    _show(explanation.specification, console)
    _say(explanation.diagnostics, console)
    counted = ", ".join(f"{count} {outcome}" for outcome, count in explanation.specification.ledger.count().items())
    console.print(f"{len(explanation.specification.ledger.rows)} rows in the ledger: {counted}; {seconds:.2f} s.")
    wrong = any(said.severity is Severity.ERROR for said in explanation.diagnostics)
    return REFUSED if wrong else 0


def _show(specification: Specification, console: Console) -> None:
    console.print(f"[bold]{escape(specification.contract.title)}[/bold] {escape(specification.contract.version)}")
    table = Table("entity", "key", "fields and where they come from", box=None, pad_edge=False)
    for entity in specification.entities:
        fields = ", ".join(f"{field.wire} ({field.source})" for field in entity.fields)
        table.add_row(entity.name, entity.key, escape(fields))
    console.print(table)
    table = Table("operation", "does", "because", box=None, pad_edge=False)
    for behaviour in specification.behaviours:
        about = getattr(behaviour, "entity", "")
        does = f"{type(behaviour).__name__.lower()} {about}".strip()
        table.add_row(escape(behaviour.operation), does, escape(behaviour.because.words))
    console.print(table)
    for lifecycle in specification.lifecycles:
        console.print(f"\n[bold]{lifecycle.entity}.{lifecycle.field}[/bold]")
        for line in _drawn(lifecycle):
            console.print(escape(line), soft_wrap=True)
    if specification.readings:
        table = Table("line", "sentence", "verdict", "means", box=None, pad_edge=False)
        for reading in specification.readings:
            means = reading.note or "; ".join(reading.readings)
            table.add_row(str(reading.origin.line), escape(reading.text), reading.verdict, escape(means))
        console.print(table)


def _drawn(lifecycle: Lifecycle) -> Iterator[str]:
    """The lifecycle as a Mermaid state diagram, with the reason of each row behind it."""
    yield "stateDiagram-v2"
    yield f"    [*] --> {lifecycle.initial}    %% {lifecycle.because}"
    for step in lifecycle.transitions:
        said = f"{step.because} ({step.because.confidence.name.lower()})"
        yield f"    {step.source} --> {step.target}: {step.action}    %% {said}"


def _say(diagnostics: tuple[Diagnostic, ...], console: Console) -> None:
    for said in sorted(diagnostics, key=lambda each: (each.severity, each.origin)):
        console.print(f"[{_COLOURS[said.severity]}]{escape(str(said))}[/]", soft_wrap=True)


def _as_json(explanation: Explanation) -> Mapping[str, Any]:
    specification = explanation.specification
    return {
        "diagnostics": [_diagnostic(said) for said in explanation.diagnostics],
        "ledger": [_row(row) for row in specification.ledger.rows] if specification else [],
        "counts": {str(outcome): 0 for outcome in Outcome}
        | ({str(outcome): count for outcome, count in specification.ledger.count().items()} if specification else {}),
    }


def _diagnostic(said: Diagnostic) -> Mapping[str, Any]:
    return {
        "stage": said.stage, "severity": said.severity, "origin": str(said.origin), "message": said.message,
        "remedy": said.remedy,
    }  # fmt: skip


def _row(row: Row) -> Mapping[str, Any]:
    return {
        "subject": row.subject, "name": row.name, "origin": str(row.origin), "outcome": row.outcome,
        "rule": row.because.rule, "because": row.because.words, "confidence": row.because.confidence.name.lower(),
        "remedy": row.remedy,
    }  # fmt: skip
