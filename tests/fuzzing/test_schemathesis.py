"""schemathesis finds nothing: all checks, all phases, every operation, three seeds."""

from typing import Final

import pytest
from litestar import Litestar

from tests.fuzzing.fuzzer import fuzz
from tests.trials import trials

MOST: Final = 0.8
"""Of all operations, so many must have done what they are for: one that is refused everywhere finds nothing. (The rest
takes secrets, names of files, or an order that happens to be at the right stage.)"""


@pytest.mark.parametrize("seed", [1, 20_260, 9_007_199])
def test_the_service_does_what_its_contract_says(app: Litestar, seed: int) -> None:
    seen = fuzz(app, seed=seed, examples=trials(1000, 15), stories=trials(1000, 100))
    print(seen.table())
    assert len(seen.done) >= MOST * len(seen.statuses), seen.table()
    assert not seen.failures, "\n\n".join(f"{where}\n{what}" for where, what in seen.failures.items())
