"""Faults that somebody could make, each planted into a copy of the house: the named check must turn red."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("src", "tests", "migrations", "docs", "contracts", "tools", "pyproject.toml")

ARCHITECTURE = ("-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache")


def pytest_of(*arguments: str) -> tuple[str, ...]:
    return ("-m", "pytest", "-p", "no:cacheprovider", "-x", *arguments)


@dataclass(frozen=True, slots=True)
class Fault:
    """In `file`, `text` becomes `planted`; then `check`, given to Python, must say `sign` and not end with 0."""

    name: str
    file: str
    text: str
    planted: str
    check: tuple[str, ...]
    sign: str = "FAILED"


FAULTS = (
    Fault(
        "the domain imports a framework",
        "src/domain/ordering/order.py",
        "from dataclasses import dataclass, replace\n",
        "from dataclasses import dataclass, replace\n\nimport sqlalchemy\n",
        ARCHITECTURE,
        sign="BROKEN",
    ),
    Fault(
        "a use case imports an adapter",
        "src/application/ordering/place_order.py",
        "from application.shared.caller import Caller\n",
        "from adapters.postgres import PostgresBegin\nfrom application.shared.caller import Caller\n",
        ARCHITECTURE,
        sign="BROKEN",
    ),
    Fault(
        "a shipped order can be cancelled",
        "src/domain/ordering/lifecycle.py",
        "        (State.SHIPPED, Action.DELIVER_PART): State.SHIPPED,",
        "        (State.SHIPPED, Action.CANCEL): State.CANCELLED,\n"
        "        (State.SHIPPED, Action.DELIVER_PART): State.SHIPPED,",
        pytest_of("tests/domain"),
    ),
    Fault(
        "a use case forgets whose order it is",
        "src/application/ordering/paying.py",
        "visible(await work.orders.get(id), to=caller)\n            mandate",
        "await work.orders.get(id)\n            mandate",
        pytest_of("tests/application"),
    ),
    Fault(
        "the mapper of orders forgets the note",
        "src/adapters/records/order_records.py",
        '"note": order.note,',
        '"note": None,',
        pytest_of("tests/adapters/records"),
    ),
    Fault(
        "the memory adapter has no rollback",
        "src/adapters/memory/attempt.py",
        "    async def commit(self, result: object) -> None:\n",
        "    def stage(self, id, changes):\n"
        "        self.store.carry_out(self.organization, changes)\n"
        "        super().stage(id, type(changes)())\n\n"
        "    async def commit(self, result: object) -> None:\n",
        pytest_of("tests/contract", "-k", "memory"),
    ),
    Fault(
        "PostgreSQL reserves more than there is",
        "src/adapters/postgres/touching.py",
        "            yield low <= high\n",
        "            yield low <= high + 1000\n",
        pytest_of("tests/contract", "-k", "postgres"),
    ),
    Fault(
        "a price may change between look and commit",
        "src/adapters/records/baskets.py",
        'what = [_seen("products", {"id": product}, row, OFFER_COLUMNS)',
        'what = [_seen("products", {"id": product}, row, ("sku", "name"))',
        pytest_of("tests/contract"),
    ),
    Fault(
        "nobody says how a new operation is asked by a stranger",
        "tests/tenants/asking.py",
        '    "getMe": Asking(),\n',
        "",
        pytest_of("tests/tenants/test_every_operation.py"),
        sign='Add "getMe": Asking(…) to ASKINGS',
    ),
    Fault(
        "a query forgets the filter, where it is the only wall",
        "src/adapters/postgres/order_queries.py",
        "where(of_organization(orders), this)",
        "where(this)",
        pytest_of("tests/tenants/test_theirs.py", "--without-wall", "2"),
        sign="with what is another organization's",
    ),
    Fault(
        "the policy of orders lets everybody in, where it is the only wall",
        "migrations/versions/0001_the_first_schema.py",
        "USING ({whose} = current_setting('app.organization')::uuid)",
        "USING ({whose} = current_setting('app.organization')::uuid OR '{table}' = 'orders')",
        pytest_of("tests/tenants/test_theirs.py", "--without-wall", "1"),
        sign="with what is another organization's",
    ),
    Fault(
        "a key is believed whatever is sent with it",
        "src/application/shared/answering.py",
        "if before.fingerprint != self.claim.fingerprint:",
        "if False:",
        pytest_of("tests/contract/test_idempotency.py", "-k", "memory"),
    ),
    Fault(
        "the keys of all principals are one",
        "src/adapters/records/answers.py",
        '"principal": str(caller.principal)',
        '"principal": "somebody"',
        pytest_of("tests/contract/test_idempotency.py", "-k", "memory"),
    ),
    Fault(
        "what is in progress is waited for",
        "src/adapters/postgres/flush.py",
        "held = _held() if shape.locks else true()",
        "held = true()",
        pytest_of("tests/adapters/postgres/test_idempotency.py"),
    ),
    Fault(
        "a lost answer is not looked up",
        "src/application/shared/answering.py",
        "await rerun(lambda _: self.use_case(keyed), doubts=1)",
        "await rerun(lambda _: self.use_case(keyed))",
        pytest_of("tests/adapters/postgres/test_idempotency.py"),
    ),
    Fault(
        "orders forget their keys",
        "src/adapters/records/order_records.py",
        '"orders": [{**root, **made, **end}]',
        '"orders": [{**root, **end}]',
        pytest_of("tests/contract/test_idempotency.py", "-k", "memory"),
    ),
    Fault(
        "secrets are kept in the open",
        "src/adapters/http/once.py",
        "secret=NO_STORE.items() <= headers.items()",
        "secret=False",
        pytest_of("tests/http/test_idempotency.py", "-k", "memory"),
    ),
    Fault(
        "refusals are not kept",
        "src/application/shared/answering.py",
        "frozenset({Kind.CONFLICT, Kind.STALE, Kind.RULE, Kind.PAYMENT})",
        "frozenset({Kind.CONFLICT, Kind.RULE, Kind.PAYMENT})",
        pytest_of("tests/http/test_idempotency.py", "-k", "memory"),
    ),
    Fault(
        "more ships than is left",
        "src/domain/ordering/order.py",
        "        check_remaining(lines, left)\n",
        "",
        pytest_of("tests/domain/test_fulfilment.py"),
    ),
    Fault(
        "what is restocked is counted twice",
        "src/domain/ordering/order.py",
        "for u in lines if u.restock",
        "for u in (*lines, *lines) if u.restock",
        pytest_of("tests/contract/test_fulfilment.py", "-k", "memory and stock_moves"),
    ),
    Fault(
        "a violation forgotten in quote",
        "src/domain/ordering/quote.py",
        "return (*self.broken, *self.short)",
        "return self.broken",
        pytest_of("tests/contract/test_quotes.py", "-k", "memory"),
    ),
    Fault(
        "a rehearsal is a performance",
        "src/adapters/postgres/unit_of_work.py",
        "async with connection.undone():",
        "if self._caller.dry_run:",
        pytest_of("tests/contract/test_dry_runs.py", "-k", "postgres"),
    ),
    Fault(
        "an event is written outside the transaction",
        "src/adapters/postgres/unit_of_work.py",
        "                if self._around is None:\n",
        "                if self._around is None:\n"
        '                    told = [row for row in changes.inserts if row.table == "events"]\n'
        "                    if told and len(told) < len(changes.inserts):\n"
        "                        await flush(connection, organization, Changes.of((), told))\n"
        '                        rest = [row for row in changes.inserts if row.table != "events"]\n'
        "                        changes = Changes.of(changes.touches, rest, changes.locks)\n"
        "                        write = partial(flush, connection, organization, changes)\n",
        pytest_of("tests/adapters/postgres/test_oversell.py"),
        sign="the books are not in order",
    ),
    Fault(
        "a cancelled order keeps its stock in the ledger",
        "src/adapters/records/order_records.py",
        "        for insert in ledger_inserts(",
        '        if event.type != "order.cancelled"\n        for insert in ledger_inserts(',
        pytest_of("tests/http/test_orders.py", "-k", "memory"),
        sign="the books are not in order",
    ),
    Fault(
        "what expires gives its stock back twice",
        "src/domain/ordering/order.py",
        "OrderExpired(order_id=self.id, moves=self._released(), at=at)",
        "OrderExpired(order_id=self.id, moves=self._released() * 2, at=at)",
        pytest_of("tests/contract/test_expiry.py", "-k", "memory and what_others_hold"),
        sign="gave back what others hold",
    ),
    Fault(
        "who expires orders forgets to look at their state",
        "src/domain/ordering/order.py",
        "        return self._move(Action.EXPIRE, event, cancellation=cancellation)\n",
        "        return self._with(event, state=State.CANCELLED, cancellation=cancellation)\n",
        pytest_of("tests/contract/test_expiry.py", "-k", "memory and decided_in_time and confirm"),
        sign="assert not await house.expire(order.id)",
    ),
    Fault(
        "the money is taken before the parcel is written down",
        "src/application/ordering/paying.py",
        "            await (work.record() if begun.operation else work.commit(order))\n",
        "            if not begun.operation:\n                await work.commit(order)\n"
        "            else:\n                if begun.operation.verb == 'capture':\n"
        "                    await self._told(caller, begun, begun.operation)\n                await work.record()\n",
        pytest_of("tests/contract/test_payment_crashes.py", "-k", "memory"),
        sign="assert ours == theirs",
    ),
    Fault(
        "refunds are rounded down",
        "src/domain/ordering/refunds.py",
        "    return sum(one.amount for one in each[line.returned : line.returned + units])",
        "    return each[-1].amount * units",
        pytest_of("tests/domain/test_paying.py"),
        sign="assert [33, 33, 33] == [34, 33, 33]",
    ),
    Fault(
        "what is unknown is tried again without asking",
        "src/application/ordering/paying.py",
        "                if held.ask and (known := await self.gateway.look_up(instruction)) is not None:\n"
        "                    return known\n",
        "                if held.ask:\n"
        "                    from dataclasses import replace\n"
        "                    instruction = replace(instruction, key=f'{instruction.key}:again')\n",
        pytest_of("tests/contract/test_payment_crashes.py", "-k", "memory and whatever_is_tried"),
        sign="assert ours == theirs",
    ),
    Fault(
        "the relay goes on from the last id",
        "src/adapters/postgres/relay.py",
        ".where(of_organization(events), UNNUMBERED)\n",
        ".where(of_organization(events), UNNUMBERED, literal_column('events.id > coalesce((SELECT e.id FROM events e"
        " WHERE e.position IS NOT NULL ORDER BY e.position DESC LIMIT 1),"
        " \\'00000000-0000-0000-0000-000000000000\\')'))\n",
        pytest_of("tests/contract/test_feed.py", "-k", "postgres"),
    ),
    Fault(
        "ids alone decide what comes first",
        "src/adapters/records/relaying.py",
        'latest = max(latest, event["id"])',
        'latest = event["id"]',
        pytest_of("tests/contract/test_feed.py", "-k", "clock and postgres"),
    ),
    Fault(
        "a place is given to whoever has one",
        "src/adapters/records/relaying.py",
        'seen={"position": None}',
        "seen={}",
        pytest_of("tests/adapters/postgres/test_relay.py"),
    ),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_found(fault: Fault, tmp_path: Path) -> None:
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    file = tmp_path / fault.file
    text = file.read_text(encoding="utf-8")
    assert text.count(fault.text) == 1, "the fault no longer fits the code"
    file.write_text(text.replace(fault.text, fault.planted), encoding="utf-8")

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "src"), str(tmp_path)])}
    for name in ("ORDERWRIGHT_THOROUGH", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    command = (sys.executable, *fault.check)
    ran = subprocess.run(command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode, "nobody noticed"
    assert fault.sign in ran.stdout, ran.stdout + ran.stderr
