"""Seals that hide nothing, for tests that are about something else."""


class PlainSealing:
    """Implements Sealing."""

    def seal(self, plain: bytes, *, bound_to: bytes) -> bytes:
        return bound_to + plain

    def unseal(self, sealed: bytes, *, bound_to: bytes) -> bytes:
        return sealed.removeprefix(bound_to)
