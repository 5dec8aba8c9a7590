"""What msgspec cannot say, as functions of the rendered module: only those in use are written."""

from collections.abc import Iterable
from typing import Final

TEXTS: Final = {
    "_check": '''def _check(value: typing.Any, name: str, *checks: _Check) -> None:
    """Raise ValueError, unless every check lets the value through; what is not there is not looked at."""
    if value is msgspec.UNSET:
        return
    for check in checks:
        if not check(value):
            raise ValueError(f"{name} is not as the contract has it ({check.__name__.strip('_')})")
''',
    "_same": '''def _same(one: typing.Any, other: typing.Any) -> bool:
    """Whether JSON takes two values for one: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(one == other)
''',
    "_fits": '''def _fits(value: typing.Any, kind: typing.Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True
''',
    "_each": '''def _each(*checks: _Check) -> _Check:
    def each(value: typing.Any) -> bool:
        return not isinstance(value, list) or all(check(item) for item in value for check in checks)

    return each
''',
    "_values": '''def _values(*checks: _Check) -> _Check:
    def values(value: typing.Any) -> bool:
        return not isinstance(value, dict) or all(check(item) for item in value.values() for check in checks)

    return values
''',
    "_or_null": '''def _or_null(check: _Check) -> _Check:
    def or_null(value: typing.Any) -> bool:
        return value is None or check(value)

    return or_null
''',
    "_among": '''def _among(*choices: typing.Any) -> _Check:
    def among(value: typing.Any) -> bool:
        return any(_same(value, choice) for choice in choices)

    return among
''',
    "_any_of": '''def _any_of(*kinds: typing.Any) -> _Check:
    def any_of(value: typing.Any) -> bool:
        return any(_fits(value, kind) for kind in kinds)

    return any_of
''',
    "_one_of": '''def _one_of(*kinds: typing.Any) -> _Check:
    def one_of(value: typing.Any) -> bool:
        return sum(_fits(value, kind) for kind in kinds) == 1

    return one_of
''',
    "_multiple": '''def _multiple(of: float) -> _Check:
    def multiple(value: typing.Any) -> bool:
        return not isinstance(value, int | float) or value / of == int(value / of)

    return multiple
''',
    "_unique": '''def _unique(value: typing.Any) -> bool:
    items = value if isinstance(value, list) else []
    return not any(_same(one, other) for at, one in enumerate(items) for other in items[:at])
''',
    "_uuid": '''def _uuid(value: typing.Any) -> bool:
    plain = value.lower() if isinstance(value, str) else ""
    return not isinstance(value, str) or re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){4}[0-9a-f]{8}", plain) is not None
''',
    "_date": '''def _date(value: typing.Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return False
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is not None
''',
    "_date_time": '''def _date_time(value: typing.Any) -> bool:
    """RFC 3339, section 5.6, without leap seconds."""
    if not isinstance(value, str):
        return True
    found = re.fullmatch(r"([0-9-]{10})[Tt]([0-9:]{8})(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})", value)
    try:
        datetime.datetime.fromisoformat(f"{found[1]}T{found[2]}{found[4].upper()}" if found else "")
    except ValueError:
        return False
    return True
''',
    "_email": '''def _email(value: typing.Any) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"[^@\\s]+@[^@\\s]+", value) is not None
''',
    "_ipv4": '''def _ipv4(value: typing.Any) -> bool:
    return not isinstance(value, str) or _address(ipaddress.IPv4Address, value)
''',
    "_ipv6": '''def _ipv6(value: typing.Any) -> bool:
    return not isinstance(value, str) or _address(ipaddress.IPv6Address, value)
''',
    "_address": '''def _address(kind: typing.Any, value: str) -> bool:
    try:
        kind(value)
    except ValueError:
        return False
    return True
''',
}  # fmt: skip

NEEDS: Final = {"_among": ("_same",), "_unique": ("_same",), "_any_of": ("_fits",), "_one_of": ("_fits",),
                "_ipv4": ("_address",), "_ipv6": ("_address",)}  # fmt: skip

IMPORTS: Final = {"_uuid": "re", "_date": "re datetime", "_date_time": "re datetime", "_email": "re",
                  "_address": "ipaddress"}  # fmt: skip

FORMATS: Final = {"uuid": "_uuid", "date": "_date", "date-time": "_date_time", "email": "_email", "ipv4": "_ipv4",
                  "ipv6": "_ipv6"}  # fmt: skip
"""Formats that are checked; any other is a note, as JSON Schema has it."""


def needed(used: Iterable[str]) -> tuple[str, ...]:
    """Return the functions that are to be written, in the order of `TEXTS`."""
    names = set(used)
    for name in tuple(names):
        names.update(NEEDS.get(name, ()))
    return tuple(name for name in TEXTS if name in names)


def imports(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({module for name in names for module in IMPORTS.get(name, "").split()}))
