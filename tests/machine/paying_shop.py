"""The machine, where it is about money of which nobody has heard: who asks again is told, as is who waits."""

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.machine.driver import Ask, Driver
from tests.machine.floor import expiries, key, said_of, which
from tests.machine.money import MODES
from tests.machine.shop import Shop, methods

Asked = tuple[str, Ask]


class PayingShop(Shop):
    """A shop whose customers pay by whatever the gateway makes trouble with."""

    def __init__(self, open_shop: Callable[[], Driver]) -> None:
        super().__init__(open_shop)
        self.settled: list[Asked] = []
        """What was asked for without an answer, and settled by the reconciler."""

    @precondition(lambda self: self.unheard)
    @rule(one=which, wait=st.booleans(), times=st.integers(1, 3))
    def insist_on_an_answer(self, one: int, wait: bool, times: int) -> None:
        """Nobody else is let in until the lease is over; then one finds out, and all are told the same."""
        id_ = self.some_unheard(one)
        if wait:
            self.wait()
        self.insist(id_, times)

    @precondition(lambda self: self.unheard)
    @rule(one=which)
    def pay_otherwise_with_the_same_key(self, one: int) -> None:
        ask = self.unheard[self.some_unheard(one)].ask
        other = Ask("confirmOrder", ask.about, {"paymentMethod": "pm_other"}, ask.key)
        assert self.driver.ask(other).slug == "idempotency-key-reuse"

    @rule(wait=st.booleans())
    def reconcile(self, wait: bool) -> None:
        self.have_reconciled(wait=wait)

    def have_reconciled(self, *, wait: bool) -> None:
        """The reconciler settles whatever nobody is at any more, and nothing else."""
        if wait:
            self.wait()
        over = {id_: one.ask for id_, one in self.unheard.items() if one.until <= self.model.real}
        assert sorted(self.driver.reconcile()) == sorted(over)
        for id_, ask in over.items():
            self.model.orders[id_] = self.model.orders[id_].taken_over().settled()
            self.settled.append((id_, ask))
            del self.unheard[id_]

    @precondition(lambda self: self.settled)
    @rule(one=which)
    def ask_what_became_of_it(self, one: int) -> None:
        """Under the key that was never answered: the order as it is by now, and so it stays."""
        id_, ask = self.settled.pop(one % len(self.settled))
        told = self.remember(ask, self.driver.ask(ask))
        self.check(self.done(told), self.model.orders[id_])
        assert not told.replayed

    @precondition(lambda self: any("confirm" in order.verbs for order in self.model.orders.values()))
    @rule(one=which, method=methods, times=st.integers(2, 4))
    def press_pay_twice(self, one: int, method: str, times: int) -> None:
        """One request, sent several times at once: the gateway is asked once."""
        id_ = self.pick(one, "confirm")
        ask = Ask("confirmOrder", id_, said_of("confirm", method), key=key())
        told = self.only(self.together(*[ask] * times))
        self.model.orders[id_] = self.follow(told, self.model.orders[id_], "confirm", method=method)

    @precondition(lambda self: any("confirm" in order.verbs for order in self.model.orders.values()))
    @rule(one=which, method=methods.filter(lambda method: not MODES[method].declines))
    def pay_at_the_last_moment(self, one: int, method: str) -> None:
        """While the order expires: one of the two wins. Others that are due expire all the same."""
        id_ = self.pick(one, "confirm")
        seconds = max(self.model.orders[id_].due - self.model.now, 1)
        pay = Ask("confirmOrder", id_, said_of("confirm", method), key=key())
        paid, moved = self.together(pay, Ask("advanceClock", body={"seconds": seconds}, key=key()))
        if paid.slug == "invalid-state-transition":
            late = self.model.advance(seconds)
            assert self.model.orders[id_].cancelled_by == "expiry"
        else:
            self.model.orders[id_] = self.follow(paid, self.model.orders[id_], "confirm", method=method)
            late = self.model.advance(seconds)
        assert moved.body["ran"][:1] == expiries(late)

    def at_the_end(self) -> None:
        """When the reconciler has come by, nothing is unheard of, and the gateway's books are ours."""
        assert self.driver.breaches() == []
        self.have_reconciled(wait=True)
        assert not self.unheard
        self.orders_are_as_the_model_expects()
        books = {id_: order.moved for id_, order in self.model.orders.items() if order.purses}
        assert self.driver.gateway() == books
        super().at_the_end()

    # Words

    def some_unheard(self, one: int) -> str:
        return list(self.unheard)[one % len(self.unheard)]
