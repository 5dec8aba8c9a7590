"""Memory is always there."""


class MemoryReadiness:
    async def check(self) -> None:
        """Raises: Unavailable, when the store cannot be reached: never here."""
