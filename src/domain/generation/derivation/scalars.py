"""Texts, integers and numbers, as the keywords of their schemas bound them."""

from collections.abc import Mapping
from typing import Final

from domain.generation.contract import Json
from domain.generation.intake.documents import as_text
from domain.generation.shapes import Format, Number, Text, Whole

_BITS: Final = {"int32": 32, "int64": 64}
_FLOATS: Final = {"float": 32, "double": 64}


def text(said: Mapping[str, Json]) -> Text:
    named = as_text(said.get("format"))
    return Text(
        format=Format(named) if named in set(Format) else Format.PLAIN,
        shortest=count(said, "minLength"),
        longest=count(said, "maxLength"),
        pattern=as_text(said.get("pattern")) or None,
    )


def whole(said: Mapping[str, Json]) -> Whole:
    least, most = figure(said, "minimum"), figure(said, "maximum")
    above, below = figure(said, "exclusiveMinimum"), figure(said, "exclusiveMaximum")
    bounds = (int(-(-least // 1)) if least is not None else None, int(most // 1) if most is not None else None)
    if above is not None:
        bounds = (max(int(above // 1) + 1, bounds[0] if bounds[0] is not None else int(above // 1) + 1), bounds[1])
    if below is not None:
        smaller = int(-(-below // 1)) - 1
        bounds = (bounds[0], min(smaller, bounds[1] if bounds[1] is not None else smaller))
    multiple = figure(said, "multipleOf")
    return Whole(
        least=bounds[0],
        most=bounds[1],
        multiple_of=int(multiple) if multiple is not None and multiple % 1 == 0 else None,
        bits=_BITS.get(as_text(said.get("format"))),
    )


def number(said: Mapping[str, Json]) -> Number:
    return Number(
        least=figure(said, "minimum"),
        most=figure(said, "maximum"),
        above=figure(said, "exclusiveMinimum"),
        below=figure(said, "exclusiveMaximum"),
        multiple_of=figure(said, "multipleOf"),
        bits=_FLOATS.get(as_text(said.get("format"))),
    )


def figure(said: Mapping[str, Json], key: str) -> float | None:
    value = said.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def count(said: Mapping[str, Json], key: str) -> int | None:
    value = figure(said, key)
    return None if value is None else int(value)
