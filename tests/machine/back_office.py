"""The machine, where it is about what orders stand on: stock, prices, the policy, and who may buy."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.machine.driver import Json
from tests.machine.floor import BUYERS, PRICES, Floor, of_stock


class BackOffice(Floor):
    """What is changed while orders come and go."""

    @rule(n=st.integers(0, len(PRICES) - 1), change=st.integers(-10, 20).filter(bool))
    def adjust(self, n: int, change: int) -> None:
        possible = self.model.free(n) + change >= 0
        told = self.ask("adjustStock", self.products[n], {"change": change, "reason": "correction"})
        assert told.slug == ("" if possible else "inventory-insufficient")
        if possible:
            self.model.shelves[n].received += change
        else:
            assert of_stock(told.body["shortages"]) == self.shortages({n: (-change, self.model.free(n))})

    @rule(
        n=st.integers(0, len(PRICES) - 1),
        price=st.sampled_from((40, 700, 1000, 9999)),
        stale=st.sampled_from((0, 0, 1)),
    )
    def change_the_price(self, n: int, price: int, stale: int) -> None:
        self.change_product(n, {"unitPrice": price}, stale, price=price)

    @rule(n=st.integers(0, len(PRICES) - 1))
    def archive_or_bring_back(self, n: int) -> None:
        if self.model.shelves[n].archived:
            self.change_product(n, {"status": "active"}, 0, archived=False)
            return
        for _ in range(2):
            assert not self.ask("archiveProduct", self.products[n], keyed=False).slug
        self.model.shelves[n] = replace(self.model.shelves[n], archived=True, version=self.model.shelves[n].version + 1)

    def change_product(self, n: int, body: Json, stale: int, **said: Any) -> None:
        before = self.model.shelves[n]
        told = self.ask("changeProduct", self.products[n], body, version=before.version + stale, keyed=False)
        after = replace(before, **said)
        if stale:
            assert told.slug == "stale-version"
        elif after != before:
            self.model.shelves[n] = replace(after, version=before.version + 1)

    @rule(
        said=st.fixed_dictionaries(
            {},
            optional={
                "most": st.sampled_from((1, 2, 10)),
                "least": st.sampled_from((0, 1000, 5000)),
                "hours": st.sampled_from((1, 12, 24)),
            },
        ),
        stale=st.sampled_from((0, 0, 1)),
    )
    def demand(self, said: dict[str, int], stale: int) -> None:
        names = {"most": "maxItemsPerOrder", "least": "minimumOrderValue", "hours": "autoCancelAfterHours"}
        body = {names[name]: value for name, value in said.items()}
        told = self.ask("changePolicy", body=body, version=self.model.policy_version + stale, keyed=False)
        if stale:
            assert told.slug == "stale-version"
            return
        news = any(getattr(self.model, name) != value for name, value in said.items())
        self.model = replace(self.model, **said, policy_version=self.model.policy_version + news)
        assert told.body == {
            **{wire: getattr(self.model, name) for name, wire in names.items()},
            "version": self.model.policy_version,
        }

    @rule(buyer=st.integers(0, BUYERS - 1))
    def suspend_or_reactivate(self, buyer: int) -> None:
        able, unable = ("reactivate", "suspend") if self.model.suspended[buyer] else ("suspend", "reactivate")
        assert self.ask(f"{unable}Customer", self.buyers[buyer]).slug == "invalid-state-transition"
        told = self.ask(f"{able}Customer", self.buyers[buyer])
        self.model.suspended[buyer] = not self.model.suspended[buyer]
        assert told.body["status"] == ("suspended" if self.model.suspended[buyer] else "active")
