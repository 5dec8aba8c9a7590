"""schemathesis finds nothing: all checks, all phases, every operation, three seeds; in-process and over real HTTP."""

import signal
from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
from litestar import Litestar
from schemathesis import hooks
from schemathesis.generation.meta import TestPhase

from adapters.http.contract import contract
from tests.fuzzing.fuzzer import SINGLE, Fuzzing, InProcess, OverHttp, Seen
from tests.service.served import Served
from tests.trials import trials

MOST: Final = 0.8
"""Of all operations, so many must have done what they are for: one that is refused everywhere finds nothing. (The rest
takes secrets, names of files, or an order that happens to be at the right stage.)"""

SEEDS: Final = (1, 20_260, 9_007_199)
_OPERATIONS: Final = {
    operation["operationId"]: any({**item, **operation}.get(what) for what in ("parameters", "requestBody", "security"))
    for item in contract()["paths"].values()
    for name, operation in item.items()
    if name != "parameters"
}
OPERATIONS: Final = sorted(_OPERATIONS)
TAKING: Final = {operation for operation, takes in _OPERATIONS.items() if takes}
"""Those that take anything at all, a token included: of the others there is one request."""


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
    assert seen.phases["fuzzing"] >= (1000 if operation in TAKING else 1), "schemathesis quietly asked less"


def test_a_run_that_somebody_ends_is_none(app: Litestar) -> None:
    """schemathesis itself would go on, and tell nothing of the phase in which it happened."""

    def before_call(_: schemathesis.HookContext, case: schemathesis.Case, __: dict[str, Any]) -> None:
        if case.meta and case.meta.phase.name is TestPhase.FUZZING:
            signal.raise_signal(signal.SIGINT)

    schemathesis.hook(before_call)
    try:
        with pytest.raises(KeyboardInterrupt):
            Fuzzing(InProcess(app), SEEDS[0], examples=20, operation="getMe").run()
    finally:
        hooks.unregister(before_call)


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
