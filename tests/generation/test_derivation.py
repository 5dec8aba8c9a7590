"""What follows from a contract: pinned by hand for the library, and by count for whatever contracts lie beside us."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.contracts.reader import FileContractReader
from application.generation.ports import Papers
from domain.generation.behaviours import Act, Change, Create, Delete, List, Paging, Read, Replace, Reported
from domain.generation.derivation.accounting import subjects
from domain.generation.derivation.deriving import derived
from domain.generation.entities import FieldSource
from domain.generation.ledger import Outcome, Subject
from domain.generation.origin import Confidence
from domain.generation.specification import Specification
from tests.generation.conftest import CONTRACTS

ROOT = Path(__file__).resolve().parents[2]
CORPUS = sorted((ROOT.parent / "shared" / "corpus").glob("*.yaml"))
OURS = [*sorted(CONTRACTS.glob("*.yaml")), ROOT / "contracts" / "orderwright.openapi.yaml"]


def test_the_things_of_the_library(library: Specification) -> None:
    assert [(entity.name, entity.key) for entity in library.entities] == [
        ("Book", "id"), ("Review", "id"), ("OpeningHour", "id"),
    ]  # fmt: skip


def test_where_what_a_book_shows_comes_from(library: Specification) -> None:
    assert {field.wire: field.source for field in library.entity("Book").fields} == {
        "title": FieldSource.CALLER,
        "isbn": FieldSource.CALLER,
        "shelf": FieldSource.CALLER,
        "tags": FieldSource.CALLER,
        "id": FieldSource.ID,
        "status": FieldSource.STATUS,
        "addedAt": FieldSource.CREATED_AT,
        "version": FieldSource.VERSION,
        "reviewsCount": FieldSource.DEFAULT,
        "weight": FieldSource.UNKNOWN,
    }


def test_what_nobody_says_is_reported_with_its_remedy(library: Specification) -> None:
    row = next(row for row in library.ledger.rows if row.subject is Subject.SCHEMA and row.name == "Book")
    assert row.outcome is Outcome.REPORTED
    assert "weight" in row.because.words
    assert "x-orderwright-source" in row.remedy


def test_no_two_books_have_one_isbn(library: Specification) -> None:
    (unique,) = library.entity("Book").unique
    assert unique.fields == ("isbn",)


def test_a_review_is_of_a_book(library: Specification) -> None:
    review = library.entity("Review")
    assert [(parent.entity, parent.field) for parent in review.parents] == [("Book", "book_id")]
    assert review.owner == "author"


def test_what_each_operation_does(library: Specification) -> None:
    assert {behaviour.operation: type(behaviour) for behaviour in library.behaviours} == {
        "listBooks": List,
        "addBook": Create,
        "getBook": Read,
        "changeBook": Change,
        "removeBook": Delete,
        "lendBook": Act,
        "loseBook": Act,
        "rebindBook": Reported,
        "getCover": Reported,
        "listReviews": List,
        "addReview": Create,
        "getOpeningHours": Read,
        "setOpeningHours": Replace,
    }


def test_how_books_are_listed(library: Specification) -> None:
    listed = next(each for each in library.behaviours if isinstance(each, List) and each.entity == "Book")
    assert (listed.page.paging, listed.page.position, listed.page.size) == (Paging.CURSOR, "cursor", "limit")
    assert (listed.page.default_size, listed.page.largest_size) == (10, 50)
    assert listed.page.data == ("data",)
    assert listed.page.about == (("next-cursor", "nextCursor"),)
    assert [(each.parameter, each.field, each.compares.value) for each in listed.filters] == [
        ("shelf", "shelf", "equal"), ("q", "title", "contains"), ("addedFrom", "added_at", "at-least"),
    ]  # fmt: skip
    assert listed.sort is not None
    assert listed.sort.choices == (("title", "title", False), ("-title", "title", True))
    (colour,) = [row for row in library.ledger.rows if row.name == "listBooks colour"]
    assert colour.outcome is Outcome.REPORTED


def test_the_life_of_a_book(library: Specification) -> None:
    (life,) = library.lifecycles
    assert (life.entity, life.field, life.initial, life.refusal) == ("Book", "status", "available", 409)
    assert {(step.source, step.action, step.target) for step in life.transitions} == {
        ("available", "lend", "lent"), ("lent", "lose", "lost"),
    }  # fmt: skip
    said = next(step for step in life.transitions if step.action == "lend")
    assert said.because.confidence is Confidence.NAMED


def test_an_action_that_makes_nothing_known_of_it_is_reported(library: Specification) -> None:
    row = next(row for row in library.ledger.rows if row.name == "rebindBook")
    assert row.outcome is Outcome.REPORTED
    assert "x-orderwright-lifecycle" in row.remedy


@pytest.mark.parametrize("path", [*OURS, *CORPUS], ids=lambda path: path.stem)
def test_what_comes_in_has_its_row_or_there_is_no_service(path: Path) -> None:
    intake = FileContractReader().read(Papers(path))
    if intake.contract is None:
        assert all(said.remedy and str(said.origin) for said in intake.diagnostics)
        assert intake.diagnostics
        return
    specification = derived(intake.contract)
    assert specification.ledger.missing(subjects(intake.contract, ())) == ()
    assert len(specification.behaviours) == len(intake.contract.operations)
    assert len(specification.ledger.rows) == len(list(subjects(intake.contract, ())))


def test_other_peoples_contracts_are_there() -> None:
    if not CORPUS:
        pytest.skip("no contracts of other people lie beside this checkout")
    assert len(CORPUS) >= 19


def test_the_same_contract_gives_the_same_whatever_the_hashes() -> None:
    program = (
        "import sys; from pathlib import Path; from adapters.contracts.reader import FileContractReader;"
        "from application.generation.ports import Papers; from domain.generation.derivation.deriving import derived;"
        "print(derived(FileContractReader().read(Papers(Path(sys.argv[1]))).contract))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program, str(CONTRACTS / "library.yaml")],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "src")},
            capture_output=True, check=True, text=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }  # fmt: skip
    assert len(said) == 1
