"""How much of what was paid belongs to which units: so that all refunds add up to it, and none is a cent too much."""

from collections.abc import Iterable, Sequence

from domain.ordering.line import Line
from domain.ordering.remaining import Asked
from domain.shared.money import Money


def refund_of(paid: Money, lines: Sequence[Line], units: Iterable[Asked]) -> int:
    """Return what these units are worth of what was `paid` for all lines, in minor units.

    `lines` are as they are before the units come back. What was paid is shared out to the lines by their totals, and
    the share of a line to its units evenly, each time by largest remainder: so every unit has its share from the
    beginning, whatever comes back first.
    """
    if not paid.amount:
        return 0
    shares = dict(zip((line.id for line in lines), paid.split([li.line_total.amount for li in lines]), strict=True))
    by_line = {line.id: line for line in lines}
    return sum(_of_units(shares[u.line_id], by_line[u.line_id], u.quantity) for u in units)


def _of_units(share: Money, line: Line, units: int) -> int:
    each = share.split([1] * line.quantity)
    return sum(one.amount for one in each[line.returned : line.returned + units])
