"""schemathesis finds nothing: all checks, all phases, every operation, three seeds; in-process and over real HTTP."""

from collections.abc import Iterator
from typing import Final

import pytest
from litestar import Litestar

from adapters.http.contract import contract
from tests.fuzzing.fuzzer import SINGLE, Fuzzing, InProcess, OverHttp, Seen
from tests.service.served import Served
from tests.trials import trials

MOST: Final = 0.8
"""Of all operations, so many must have done what they are for: one that is refused everywhere finds nothing. (The rest
takes secrets, names of files, or an order that happens to be at the right stage.)"""

SEEDS: Final = (1, 20_260, 9_007_199)
OPERATIONS: Final = sorted(
    operation["operationId"]
    for item in contract()["paths"].values()
    for name, operation in item.items()
    if name != "parameters"
)


def _well(seen: Seen) -> None:
    print(seen.table())
    assert not seen.failures, "\n\n".join(f"{where}\n{what}" for where, what in seen.failures.items())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_service_does_what_its_contract_says(app: Litestar, seed: int) -> None:
    seen = Fuzzing(InProcess(app), seed, examples=15, stories=trials(1000, 100)).run()
    _well(seen)
    assert len(seen.statuses) == len(OPERATIONS)
    assert len(seen.done) >= MOST * len(seen.statuses), seen.table()


@pytest.mark.skipif(trials(1, 0) == 0, reason="takes hours: only in a thorough run")
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_however_often_an_operation_is_asked(app: Litestar, seed: int, operation: str) -> None:
    """One after the other, so that each can be asked for by name."""
    seen = Fuzzing(InProcess(app), seed, examples=1000, operation=operation).run()
    _well(seen)
    assert seen.phases["fuzzing"], "schemathesis quietly left out the phase that this is about"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.mark.parametrize("seed", SEEDS)
def test_a_server_does_so_too(served: Served, seed: int) -> None:
    """What is on the limits of the schemas (most of the requests) hardly depends on the seed: one of them asks it."""
    phases = SINGLE if seed == SEEDS[0] else ("examples", "fuzzing")
    place = OverHttp(served.url)
    seen = Fuzzing(place, seed, examples=trials(50, 5), stories=trials(100, 10), phases=phases).run()
    _well(seen)
    assert len(seen.statuses) == len(OPERATIONS)
