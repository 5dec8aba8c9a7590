"""A dictionary on top of another: seen as changed at once, changed only when it is settled."""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Overlay(Generic[K, V]):
    def __init__(self, below: dict[K, V]) -> None:
        self._below = below
        self._above: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        return self._above[key] if key in self._above else self._below.get(key)

    def put(self, key: K, value: V) -> None:
        self._above[key] = value

    def remove(self, key: K) -> None:
        self._above[key] = None

    def settle(self) -> None:
        """Let everything sink into the dictionary below."""
        for key, value in self._above.items():
            if value is None:
                self._below.pop(key, None)
            else:
                self._below[key] = value
