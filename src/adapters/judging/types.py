"""The judge of stage 1: does the module of records compile, does it import by itself, is each Struct's verdict that
of JSON Schema? It knows the contract and the module's text, nothing of who wrote it.

Format assertions are those that a service keeps: uuid, date, date-time, email, ipv4, ipv6 (JSON Schema leaves it open).
A schema that speaks of properties and names no type is taken for that of an object. An integer that is written with a
fraction (`1.0`) is not asked about: JSON Schema takes it for one, msgspec does not.
"""

import ipaddress
import json
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from adapters.contracts.overlay import thawed
from adapters.judging.sampling import Sampler
from domain.generation.contract import Contract, Json
from domain.generation.intake.documents import with_schemas
from domain.generation.origin import Origin

_CHILD: Final = """
import json, sys
sys.path.insert(0, sys.argv[1])
import msgspec
import judged_records as module
decoders = {name: msgspec.json.Decoder(each) for name, each in vars(module).items()
            if isinstance(each, type) and issubclass(each, msgspec.Struct)}
verdicts = []
for name, value in json.load(sys.stdin):
    try:
        decoders[name].decode(value.encode())
        verdicts.append("")
    except msgspec.ValidationError as error:
        verdicts.append(str(error) or "refused")
print(json.dumps({"structs": sorted(decoders), "verdicts": verdicts}))
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value on which the Struct and the schema do not agree, or a record that is missing (`value` is None)."""

    record: str
    value: Any
    schema_says: str
    struct_says: str


@dataclass(frozen=True, slots=True)
class Judged:
    """`valid`, `invalid`: how many values of each kind were asked about; `unjudged`: records no schema stands for."""

    differences: tuple[Difference, ...]
    valid: int
    invalid: int
    unjudged: tuple[str, ...]


def judge(
    text: str,
    contract: Contract,
    records: Mapping[str, Origin],
    room: Path,
    *,
    samples: int,
    lenient: Iterable[str] = (),
) -> Judged:
    """Return where the module differs from the contract. `records`: where each record's schema stands.

    `lenient`: records that may let more through than their schema, which is reported; never less.
    Raises: SyntaxError, when it does not compile; RuntimeError, when it cannot be imported.
    """
    compile(text, "judged_records.py", "exec")
    room.mkdir(parents=True, exist_ok=True)
    (room / "judged_records.py").write_text(text, encoding="utf-8")
    document = thawed(with_schemas(contract.document, _typed))
    cases: list[tuple[str, Any, str]] = []
    unjudged: list[str] = []
    for name, origin in records.items():
        try:
            cases.extend(_cases(name, origin, document, samples))
        except (KeyError, IndexError, ValueError, TypeError):
            unjudged.append(name)  # it was made of several schemas: none stands for it
    said = _asked(room, [(name, json.dumps(value)) for name, value, _ in cases])
    missing = [Difference(name, None, "", "there is no Struct") for name in records if name not in said["structs"]]
    wrong = [
        Difference(name, value, schema, struct)
        for (name, value, schema), struct in zip(cases, said["verdicts"], strict=True)
        if bool(schema) != bool(struct) and not (schema and name in set(lenient))
    ]
    valid = sum(not schema for _, _, schema in cases)
    return Judged((*missing, *wrong), valid, len(cases) - valid, tuple(unjudged))


def _typed(schema: Mapping[str, Json]) -> Json:
    """A schema that speaks of properties and names no type is meant for objects; strictly it lets through all else."""
    meant = {"properties": "object", "items": "array"}
    kind = next((meant[key] for key in meant if key in schema), None)
    return {**schema, "type": kind} if kind is not None and "type" not in schema else schema


def _cases(name: str, origin: Origin, document: dict[str, Any], samples: int) -> Iterator[tuple[str, Any, str]]:
    schema = {"$ref": f"#{quote(origin.pointer, safe='/~')}"}
    validator = Draft202012Validator({**document, **schema}, format_checker=_FORMATS)
    for value in Sampler(document, f"{name}{origin.pointer}").candidates(schema, samples):
        error = next(validator.iter_errors(value), None)
        yield name, value, "" if error is None else str(error.message)[:200] or "refused"


def _asked(room: Path, cases: list[tuple[str, str]]) -> dict[str, Any]:
    """What the Structs say, in a process of their own: names of the module stay out of this one."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _CHILD, str(room)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        message = f"the module of records cannot be imported: {done.stderr.strip().splitlines()[-1]}"
        raise RuntimeError(message)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _uuid(value: object) -> bool:
    return not isinstance(value, str) or str(uuid.UUID(value)) == value.lower()


def _date(value: object) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


def _date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    at = datetime.fromisoformat(value.upper())
    return at.tzinfo is not None and value[10:11] in ("T", "t") and len(value) >= len("2026-11-23T05:58:16Z")


def _email(value: object) -> bool:
    if not isinstance(value, str):
        return True
    local, _, host = value.partition("@")
    return bool(local) and bool(host) and "@" not in host and not any(letter.isspace() for letter in value)


def _ipv4(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Address(value))


def _ipv6(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv6Address(value))


_FORMATS: Final = FormatChecker(formats=())
for _name, _fits in {
    "uuid": _uuid, "date": _date, "date-time": _date_time, "email": _email, "ipv4": _ipv4, "ipv6": _ipv6,
}.items():  # fmt: skip
    _FORMATS.checks(_name, raises=ValueError)(_fits)
