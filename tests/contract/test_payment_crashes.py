"""Whoever moves money dies at any moment, and whoever comes next leaves our books as the gateway's, nothing doubled."""

import random
from contextlib import suppress
from itertools import product
from typing import Final

import pytest

from adapters.payments.simulated import MODES
from application.ordering.errors import PaymentOutcomeUnknown
from application.shared.claim import Answered
from application.shared.errors import KeyInProgress
from domain.ordering.errors import PaymentInProgress
from tests.contract.house import House
from tests.contract.payments import Crash, Failpoint, Till
from tests.trials import trials

PATHS: Final = {
    "confirm": (),
    "ship": ("confirm",),
    "cancel": ("confirm",),
    "return": ("confirm", "ship"),
}
"""What comes before each step, undisturbed."""

POINTS: Final = range(1, 7)
"""Moments at which a step can die: before and after what it writes first, what it asks, and what it writes then."""

RESUMED: Final = ("by the same key", "by the reconciler")

MATRIX: Final = list(product(sorted(MODES), PATHS, POINTS, RESUMED))

LEADS_TO: Final = {"confirm": "confirmed", "ship": "shipped", "cancel": "cancelled", "return": "returned"}


DECLINED: Final = {
    ("pm_decline", "confirm"),
    ("pm_decline_capture", "ship"),
    ("pm_decline_capture_once", "ship"),
}
NEVER_THERE: Final = {
    *product(["pm_decline"], ["ship", "cancel", "return"]),
    *product(["pm_decline_capture", "pm_decline_capture_once"], ["return"]),
}
"""Modes that do not get as far as a step."""

CHOSEN: Final = random.Random(7).sample(MATRIX, trials(len(MATRIX), 48))
"""The whole matrix in a thorough run, else some of it, the same every time."""


async def brought_there(house: House, mode: str, step: str) -> Till | None:
    """An order that is before this step; None, where this mode never gets so far."""
    till = await Till.of(house, mode)
    for verb in PATHS[step]:
        await until_told(till, verb)
    reached = {"confirm": "pending", "ship": "confirmed", "cancel": "confirmed", "return": "shipped"}
    return till if (await till.view()).status == reached[step] else None


async def until_told(till: Till, verb: str, key: str | None = None) -> Answered:
    """Ask again, as `Retry-After` says, until there is an answer."""
    for _ in range(4):
        with suppress(PaymentOutcomeUnknown, KeyInProgress):
            return await till.do(verb, key)
        till.house.backend.clock.advance(seconds=16)
    raise AssertionError("no answer, however often one asks")


async def until_settled(till: Till) -> None:
    for _ in range(4):
        if not await till.reconcile() and (await till.view()).payment_status != "unknown":
            return
    raise AssertionError("never settled, however often the reconciler comes by")


@pytest.mark.parametrize(("mode", "step", "point", "resumed"), CHOSEN)
async def test_a_step_dies_and_so_does_who_resumes_it_and_all_is_well(
    house: House, mode: str, step: str, point: int, resumed: str
) -> None:
    till = await brought_there(house, mode, step)
    assert (till is None) == ((mode, step) in NEVER_THERE)
    if till is None:
        return
    for moment in (point, point + 1):
        till.point = Failpoint(at=moment)
        with suppress(Crash, PaymentOutcomeUnknown):
            await (till.reconcile() if resumed == "by the reconciler" and moment > point else till.do(step))
        till.house.backend.clock.advance(seconds=16)
    till.point = Failpoint()
    if resumed == "by the reconciler":
        await until_settled(till)
    else:
        answer = await until_told(till, step)
        declined = b"payment-failed" in answer.answer.body
        assert declined == ((mode, step) in DECLINED)
        assert declined or (await till.view()).status == LEADS_TO[step]
        assert (await till.do(step)).answer == answer.answer, "and it stays so"
    await settled_for_good(till)


async def settled_for_good(till: Till) -> None:
    """The books agree, nothing is under way, and nothing stands for what will not come about."""
    view = await till.view()
    assert view.payment is None or not view.payment.under_way
    await till.agrees()
    await till.nothing_is_left_behind()


@pytest.mark.parametrize("step", PATHS)
async def test_the_moments_are_all_that_a_step_has(house: House, step: str) -> None:
    till = await brought_there(house, "pm_ok", step)
    assert till is not None
    till.point = Failpoint()
    await till.do(step)
    assert till.point.passed == len(POINTS)


@pytest.mark.parametrize("seed", range(trials(500, 12)))
async def test_whatever_is_tried_in_whatever_mode_and_dies_wherever_it_will(house: House, seed: int) -> None:
    """Retries with old keys and new ones, the reconciler, deaths everywhere: at the end the books agree."""
    chance = random.Random(seed)
    till = await Till.of(house, chance.choice(sorted(MODES)))
    for n in range(chance.randint(3, 8)):
        till.point = Failpoint(at=chance.choice([None, *POINTS]))
        verb = chance.choice(["confirm", "confirm", "ship", "ship", "cancel", "return"])
        with suppress(Crash, PaymentOutcomeUnknown, PaymentInProgress, KeyInProgress):
            await till.do(verb, chance.choice([verb, f"{verb}-{n}"]))
        till.house.backend.clock.advance(seconds=chance.choice([0, 1, 16, 30]))
        if chance.random() < 0.3:
            with suppress(Crash):
                await till.reconcile(wait=chance.random() < 0.5)
    till.point = Failpoint()
    await until_settled(till)
    await settled_for_good(till)
    if (await till.view()).status in {"pending", "confirmed"} and not (await till.view()).shipments:
        await until_told(till, "cancel", "at the end")
        await until_settled(till)
        await settled_for_good(till)
        assert (await till.view()).payment_status in {"none", "voided"}
