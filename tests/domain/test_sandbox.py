"""The clock of a sandbox: it goes ahead, so far and no further, and nobody else's does."""

from uuid import UUID

import pytest

from domain.identity.sandbox import FURTHEST, SandboxClock
from domain.ids import OrganizationId
from domain.shared.errors import IllegalTransition


def clock(*, sandbox: bool = True, ahead: int = 0) -> SandboxClock:
    return SandboxClock(id=OrganizationId(UUID(int=1)), sandbox=sandbox, ahead=ahead)


def test_it_adds_up() -> None:
    moved = clock(ahead=100).advance(7).advance(3)
    assert (moved.ahead, moved.moved) == (110, 10)


def test_it_goes_to_its_end_and_no_further() -> None:
    assert clock(ahead=FURTHEST - 1).advance(1).ahead == FURTHEST
    with pytest.raises(IllegalTransition) as refused:
        clock(ahead=FURTHEST).advance(1)
    assert refused.value.current == "sandbox"
    assert [block.code for block in refused.value.blocked_by] == ["too-far"]


@pytest.mark.parametrize("seconds", [1, FURTHEST + 1])
def test_who_is_no_sandbox_has_the_real_time(seconds: int) -> None:
    with pytest.raises(IllegalTransition) as refused:
        clock(sandbox=False).advance(seconds)
    assert refused.value.current == "live"
    assert [block.code for block in refused.value.blocked_by] == ["not-a-sandbox"]
