"""Writes the answers that the contract does not show yet.

`python -m tests.http.recording` plays the story on the memory store, and adds an example wherever a step of it has
none. What is written is to be read, like all that is in the contract.
"""

import asyncio
import json
import re
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

from dishka import Provider, Scope
from litestar.testing import AsyncTestClient

from application.identity.ports import Passwords
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.contract_keeping import committed, write
from entrypoints.keys import make_keys
from entrypoints.settings import Settings
from tests.http.examples import MADE, WHOLE, Trial, body_of
from tests.http.house import PUBLIC_URL, Json, PlainPasswords
from tests.http.story import STORY, Step
from tests.limits import RAISED

BEGINNING: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When the story begins; every step takes a minute."""

_TAKEN: Final = re.compile(r"-7000-8000-0*(\d{1,11})\b|[a-z]-(\d{4,8})\b")
"""Numbers in what stands for something already."""

EXCERPT: Final = 60
"""Characters of a text that are shown of it."""


@dataclass
class Recorder(Trial):
    """A trial that adds the examples which it misses to the contract, in whose words they are."""

    made: list[str] = field(default_factory=list)
    minutes: "count[int]" = field(default_factory=count)
    numbers: "count[int]" = field(init=False)
    instants: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        taken = (int(found[1] or found[2]) for found in _TAKEN.finditer(json.dumps(self.contract)))
        self.numbers = count(max(taken, default=0) + 1)

    def _wrong(self, step: Step, answer: Any) -> Any:
        now = BEGINNING + timedelta(minutes=next(self.minutes))
        responses = self.operations[step.operation][2]["responses"]
        described = self.resolved(responses.get(str(answer.status_code), {}))
        if "content" in described and not any(self._shows(one, step.answer) for one in responses.values()):
            media = self.media(described, answer)
            said = body_of(answer)
            text = isinstance(said, str)
            value = said[:EXCERPT] if text else self.shown(said, now)
            media.setdefault("examples", {})[step.answer] = {"value": value, **({"x-excerpt": True} if text else {})}
            self.made.append(f"{step.operation} · {step.answer} · {answer.status_code}")
        return super()._wrong(step, answer)

    def shown(self, value: Any, now: datetime, name: str = "") -> Any:
        """Return an answer as an example would show it."""
        if isinstance(value, dict):
            named = {MADE.sub(lambda found: self._shown(found, now), member): member for member in value}
            return {told: self.shown(value[member], now, member) for told, member in named.items()}
        if isinstance(value, list):
            return [self.shown(part, now, name) for part in value]
        if not isinstance(value, str):
            return value
        if name in WHOLE:
            known = self.standing.examples.get(value) or f"{name}-{next(self.numbers):04}"
            self.standing.agrees(known, value)
            return known
        return MADE.sub(lambda found: self._shown(found, now), value)

    def _shown(self, found: Any, now: datetime) -> str:
        if found.lastgroup == "instant":
            away = datetime.fromisoformat(found[0]) - datetime.now(UTC)
            told = now + timedelta(minutes=round(away.total_seconds() / 60))
            return self.instants.setdefault(found[0], f"{told:%Y-%m-%dT%H:%M:%SZ}")
        known = self.standing.examples.get(found[0])
        if known is None:
            fresh = f"0198e2f4-6c00-7000-8000-{next(self.numbers):012}"
            known = fresh if found.lastgroup == "id" else found[0]
            self.standing.agrees(known, found[0])
        return known


async def recorded(contract: Json) -> Recorder:
    """Play the story, and return who has added to the contract what it lacked."""
    with tempfile.TemporaryDirectory() as keys:
        files = {f"{name}_FILE": str(file) for name, file in make_keys(Path(keys)).items()}
        given = {**RAISED, **files, "ORDERWRIGHT_PUBLIC_URL": PUBLIC_URL, "ORDERWRIGHT_SIGNUP": "open"}
        settings = Settings.read(given)
        quick = Provider(scope=Scope.APP)
        quick.provide(PlainPasswords, provides=Passwords, override=True)
        app = create_app(container_of(settings, quick, store="memory"), settings)
        async with AsyncTestClient(app, base_url="http://testserver.local") as client:
            recorder = Recorder(contract, client)
            for step in STORY:
                await recorder.take(step)
    return recorder


def main() -> int:
    """Write what was missing, and print it. Returns the exit code: 1 where something is wrong."""
    recorder = asyncio.run(recorded(committed()))
    if recorder.made:
        write(recorder.contract)
    print("\n".join([*(f"written: {made}" for made in recorder.made), *recorder.tried.wrong]))
    return 1 if recorder.tried.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
