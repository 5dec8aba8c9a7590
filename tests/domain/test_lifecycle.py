"""The lifecycles of orders and customers, pinned by hand: a table cannot judge itself."""

import pytest

from domain.customers.lifecycle import LIFECYCLE as CUSTOMER
from domain.customers.lifecycle import Action as CustomerAction
from domain.customers.lifecycle import Status
from domain.ordering.lifecycle import LIFECYCLE, NOT_FOR_CUSTOMERS, Action, State
from domain.shared.errors import IllegalTransition
from tests.strategies import PATHS

ROWS = {
    ("pending", "confirm", "confirmed"),
    ("pending", "cancel", "cancelled"),
    ("pending", "expire", "cancelled"),
    ("confirmed", "cancel", "cancelled"),
    ("confirmed", "ship_part", "confirmed"),
    ("confirmed", "ship", "shipped"),
    ("confirmed", "deliver_part", "confirmed"),
    ("shipped", "deliver_part", "shipped"),
    ("shipped", "deliver", "delivered"),
    ("shipped", "return_part", "shipped"),
    ("shipped", "return_last", "delivered"),
    ("shipped", "return", "returned"),
    ("delivered", "return_part", "delivered"),
    ("delivered", "return", "returned"),
}


def refused(state: State, action: Action) -> bool:
    try:
        LIFECYCLE.step(state, action)
    except IllegalTransition:
        return True
    return False


def test_an_order_has_exactly_the_transitions_that_we_promise() -> None:
    assert {(state, action, target) for (state, action), target in LIFECYCLE.table.items()} == ROWS


def test_an_order_is_always_in_one_of_six_states() -> None:
    assert set(LIFECYCLE.states) == set(State)
    assert set(State) == {"pending", "confirmed", "shipped", "delivered", "cancelled", "returned"}


def test_an_order_begins_pending() -> None:
    assert LIFECYCLE.initial == "pending"


def test_every_state_can_be_reached() -> None:
    assert LIFECYCLE.reachable() == set(State)


def test_only_cancelled_and_returned_are_final() -> None:
    assert LIFECYCLE.final == {"cancelled", "returned"}


@pytest.mark.parametrize("state", [State.CANCELLED, State.RETURNED])
def test_nothing_more_can_be_done_with_a_cancelled_or_returned_order(state: State) -> None:
    assert LIFECYCLE.allowed(state) == ()
    assert all(refused(state, action) for action in Action)


@pytest.mark.parametrize("state", [State.SHIPPED, State.DELIVERED, State.RETURNED, State.CANCELLED])
def test_a_shipped_order_cannot_be_cancelled(state: State) -> None:
    assert refused(state, Action.CANCEL)
    assert state is State.CANCELLED or State.CANCELLED not in LIFECYCLE.reachable(state)


def test_an_order_can_be_cancelled_until_it_ships() -> None:
    assert LIFECYCLE.step(State.PENDING, Action.CANCEL) == "cancelled"
    assert LIFECYCLE.step(State.CONFIRMED, Action.CANCEL) == "cancelled"


def test_only_cancelling_what_is_confirmed_is_kept_from_customers() -> None:
    assert {place: block.code for place, block in NOT_FOR_CUSTOMERS.items()} == {
        ("confirmed", "cancel"): "already-confirmed"
    }
    assert all(verb in LIFECYCLE.verbs(state) for state, verb in NOT_FOR_CUSTOMERS)


@pytest.mark.parametrize("state", [state for state in State if state is not State.CONFIRMED])
def test_nothing_ships_that_was_not_confirmed(state: State) -> None:
    assert refused(state, Action.SHIP)
    assert refused(state, Action.SHIP_PART)


@pytest.mark.parametrize("state", [state for state in State if state is not State.PENDING])
def test_an_order_is_confirmed_once(state: State) -> None:
    assert refused(state, Action.CONFIRM)


@pytest.mark.parametrize("state", [state for state in State if state is not State.PENDING])
def test_a_confirmed_order_never_expires(state: State) -> None:
    assert refused(state, Action.EXPIRE)


@pytest.mark.parametrize("state", [State.PENDING, State.CONFIRMED, State.CANCELLED])
def test_nothing_comes_back_before_all_has_shipped(state: State) -> None:
    assert all(refused(state, action) for action in (Action.RETURN, Action.RETURN_PART, Action.RETURN_LAST))


def test_a_delivered_order_never_travels_again() -> None:
    assert LIFECYCLE.reachable(State.DELIVERED) == {"delivered", "returned"}


def test_a_shipped_order_may_come_back_undelivered() -> None:
    assert LIFECYCLE.step(State.SHIPPED, Action.RETURN) == "returned"


def test_only_the_house_expires_an_order() -> None:
    assert Action.EXPIRE.verb is None
    assert [action for action in Action if action.verb is None] == ["expire"]


@pytest.mark.parametrize(
    ("verb", "actions"),
    [
        ("confirm", {"confirm"}),
        ("cancel", {"cancel"}),
        ("ship", {"ship", "ship_part"}),
        ("deliver", {"deliver", "deliver_part"}),
        ("return", {"return", "return_part", "return_last"}),
    ],
)
def test_a_caller_has_one_word_for_all_or_part(verb: str, actions: set[str]) -> None:
    assert {action for action in Action if action.verb == verb} == actions


def test_a_caller_has_five_words() -> None:
    assert {action.verb for action in Action} - {None} == {"confirm", "cancel", "ship", "deliver", "return"}


def test_every_action_has_a_place_in_the_table() -> None:
    assert {action for _, action in LIFECYCLE.table} == set(Action)


def test_the_edges_between_states_are_these() -> None:
    assert LIFECYCLE.edges == {
        ("pending", "confirmed"),
        ("pending", "cancelled"),
        ("confirmed", "shipped"),
        ("confirmed", "cancelled"),
        ("shipped", "delivered"),
        ("shipped", "returned"),
        ("delivered", "returned"),
    }


def test_the_strategies_lead_orders_into_every_state() -> None:
    assert set(PATHS) == set(State)


def test_a_customer_is_suspended_reactivated_or_erased_and_nothing_else() -> None:
    assert {(status, action, target) for (status, action), target in CUSTOMER.table.items()} == {
        ("active", "suspend", "suspended"),
        ("suspended", "reactivate", "active"),
        ("active", "erase", "erased"),
        ("suspended", "erase", "erased"),
    }


def test_a_customer_begins_active_and_only_who_is_erased_stays_so() -> None:
    assert CUSTOMER.initial == "active"
    assert CUSTOMER.final == {"erased"}
    assert CUSTOMER.reachable() == set(Status)


def test_suspending_the_suspended_is_refused() -> None:
    with pytest.raises(IllegalTransition):
        CUSTOMER.step(Status.SUSPENDED, CustomerAction.SUSPEND)


def test_reactivating_the_active_is_refused() -> None:
    with pytest.raises(IllegalTransition):
        CUSTOMER.step(Status.ACTIVE, CustomerAction.REACTIVATE)
