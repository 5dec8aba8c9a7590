"""The clock of an organization: the real one, unless it is a sandbox that was moved ahead."""

from dataclasses import dataclass, replace
from typing import Final, Self

from domain.ids import OrganizationId
from domain.shared.errors import Block, IllegalTransition

FURTHEST: Final = 100 * 366 * 86_400
"""Seconds that a clock can be ahead: some hundred years, so that whatever is reckoned from it is still an instant."""

NOT_A_SANDBOX: Final = Block("not-a-sandbox", "Only a sandbox moves its clock, and the organization is none.")
TOO_FAR: Final = Block("too-far", f"A clock is at most {FURTHEST} s ahead.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxClock:
    """How far an organization's clock is ahead of the real time, and how far it was `moved` since that was read: both
    in seconds.
    """

    id: OrganizationId
    sandbox: bool
    ahead: int
    moved: int = 0

    def advance(self, seconds: int) -> Self:
        """Raises: IllegalTransition."""
        block = TOO_FAR if self.sandbox else NOT_A_SANDBOX
        if not self.sandbox or self.ahead + seconds > FURTHEST:
            current = "sandbox" if self.sandbox else "live"
            raise IllegalTransition(current, "advance", allowed=(), blocked_by=(block,))
        return replace(self, ahead=self.ahead + seconds, moved=self.moved + seconds)
