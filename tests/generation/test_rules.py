"""Each rule of the derivation on a contract as small as the rule; what is reported where nothing says."""

# ruff: noqa: E501 - contracts on one line

from typing import Any

import pytest

from domain.generation.behaviours import Act, Change, Compares, Create, List, Paging, Read, Replace, Reported
from domain.generation.derivation.deriving import derived
from domain.generation.diagnostics import Severity
from domain.generation.entities import FieldSource
from domain.generation.ledger import Outcome, Row, Subject
from domain.generation.specification import Specification
from tests.generation.conftest import Read as Reading

STATES = "status: {type: string, enum: [pending, paid, shipped, cancelled, finished]}"


@pytest.fixture
def shop(reading: Reading) -> Any:
    """A shop of one thing: `fields` of it, what `create` takes, `more` paths, `says` inside POST, `query` of the list."""

    def derive(
        fields: str = "name: {type: string}", create: str = "name: {type: string}", more: str = "", post: str = "",
        query: str = "", refusals: str = "", schema: str = "", schemas: str = "",
    ) -> Specification:  # fmt: skip
        text = f"""openapi: 3.1.0
info: {{title: Shop, version: '1'}}
paths:
  /things:
    get:
      operationId: listThings
      parameters: [{query}]
      responses: {{'200': {{description: x, content: {{application/json: {{schema: {{type: array, items: {{$ref: '#/components/schemas/Thing'}}}}}}}}}}}}
    post:
      operationId: addThing
      {post}
      requestBody: {{content: {{application/json: {{schema: {{type: object, properties: {{{create}}}}}}}}}}}
      responses:
        '201': {{description: x, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Thing'}}}}}}}}
        {refusals}
  /things/{{id}}:
    parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]
    get:
      operationId: getThing
      responses: {{'200': {{description: x, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Thing'}}}}}}}}}}
{more}
components:
  schemas:
    Thing:
      type: object
      {schema}
      required: [id]
      properties: {{id: {{type: string}}, {fields}}}
{schemas}
"""
        intake = reading(text)
        assert intake.contract is not None, [str(said) for said in intake.diagnostics]
        return derived(intake.contract)

    return derive


def verb(name: str, description: str = "", refusal: str = "") -> str:
    thing = "content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}"
    return f"""
  /things/{{id}}/{name}:
    parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]
    post:
      operationId: {name}Thing
      description: {description!r}
      responses: {{'200': {{description: x, {thing}}}{refusal}}}
"""


def row(said: Specification, name: str, subject: Subject | None = None) -> Row:
    return next(row for row in said.ledger.rows if row.name == name and subject in (None, row.subject))


def source(said: Specification, wire: str) -> FieldSource:
    return next(field.source for field in said.entity("Thing").fields if field.wire == wire)


def steps(said: Specification) -> set[tuple[str, str, str]]:
    return {(step.source, step.action, step.target) for life in said.lifecycles for step in life.transitions}


def done(said: Specification, operation: str) -> Any:
    return next(each for each in said.behaviours if each.operation == operation)


def test_d1_a_collection_and_its_item(shop: Any) -> None:
    said = shop()
    assert [type(each) for each in said.behaviours] == [List, Create, Read]
    assert done(said, "getThing").path == (("id", "id"),)


@pytest.mark.parametrize("name", ["login", "logout", "token"])
def test_d18_what_signs_callers_in_makes_nothing(shop: Any, name: str) -> None:
    body = "content: {application/json: {schema: {type: object, properties: {token: {type: string}}}}}"
    more = (
        f"  /auth/{name}:\n    post:\n      operationId: sign\n      responses: {{'200': {{description: x, {body}}}}}\n"
    )
    said = shop(more=more)
    assert isinstance(done(said, "sign"), Reported)
    assert row(said, "sign").because.rule == "D18"
    assert [entity.name for entity in said.entities] == ["Thing"]


def test_d2_a_post_that_runs_something_keeps_nothing(shop: Any) -> None:
    body = "content: {application/json: {schema: {type: object, properties: {ran: {type: integer}}}}}"
    more = f"  /clock/advance:\n    post:\n      operationId: advance\n      responses: {{'200': {{description: x, {body}}}}}\n"
    assert isinstance(done(shop(more=more), "advance"), Reported)


def test_d3_of_two_with_the_same_end_the_other_is_called_as_its_record(shop: Any) -> None:
    more = """
  /settings/things:
    get:
      operationId: getSettings
      responses: {'200': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Settings'}}}}}
"""
    said = shop(more=more, schemas="    Settings: {type: object, properties: {dark: {type: boolean, default: false}}}")
    assert [entity.name for entity in said.entities] == ["Thing", "Settings"]


def test_d3_a_namespace_is_no_parent(reading: Reading) -> None:
    intake = reading("""openapi: 3.1.0
info: {title: N, version: '1'}
paths:
  /{book}/notes:
    parameters: [{name: book, in: path, required: true, schema: {type: string}}]
    get:
      operationId: listNotes
      responses: {'200': {description: x, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Note'}}}}}}
components: {schemas: {Note: {type: object, properties: {id: {type: string}}}}}
""")
    assert intake.contract is not None
    (note,) = derived(intake.contract).entities
    assert (note.parents, note.namespaces) == ((), ("book",))


@pytest.mark.parametrize(
    ("field", "where"),
    [
        ("createdAt: {type: string, format: date-time}", FieldSource.CREATED_AT),
        ("updatedAt: {type: string, format: date-time}", FieldSource.UPDATED_AT),
        ("at: {type: string, format: date-time}", FieldSource.CREATED_AT),
        ("version: {type: integer}", FieldSource.VERSION),
        ("kind: {const: thing}", FieldSource.CONSTANT),
        ("colour: {type: string, default: red}", FieldSource.DEFAULT),
        ("code: {type: string}", FieldSource.CODE),
        ("name: {type: string}", FieldSource.CALLER),
    ],
)
def test_d5_where_a_field_comes_from(shop: Any, field: str, where: FieldSource) -> None:
    assert source(shop(field), field.partition(":")[0]) is where


def test_d5_what_nobody_says_is_reported(shop: Any) -> None:
    said = shop("weight: {type: number}", schema="")
    assert source(said, "weight") is FieldSource.DEFAULT
    said = shop("weight: {type: number, x-orderwright-source: caller}")
    assert source(said, "weight") is FieldSource.CALLER
    assert row(said, "Thing").outcome is Outcome.HINTED


def test_d6_a_password_is_hashed_and_never_shown(shop: Any) -> None:
    said = shop(create="name: {type: string}, password: {type: string}, captcha: {type: string}")
    field = next(field for field in said.entity("Thing").fields if field.wire == "password")
    assert (field.source, field.shown) == (FieldSource.HASHED, False)
    assert done(said, "addThing").unkept == ("captcha",)
    assert any("captcha" in each.message for each in said.diagnostics)


def test_d8_a_status_that_callers_send_is_a_plain_field(shop: Any) -> None:
    said = shop(STATES, create=STATES)
    assert source(said, "status") is FieldSource.CALLER
    assert said.lifecycles == ()


def test_d9_the_beginning(shop: Any) -> None:
    (life,) = shop(STATES).lifecycles
    assert life.initial == "pending"
    (life,) = shop("status: {type: string, enum: [unknown, queued, b], default: unknown}").lifecycles
    assert life.initial == "queued"
    said = shop("status: {type: string, enum: [a, b]}")
    assert said.lifecycles == ()
    assert row(said, "Thing").outcome is Outcome.REPORTED
    assert "x-orderwright-lifecycle" in row(said, "Thing").remedy


def test_d10_d11_participles_and_orders(shop: Any) -> None:
    said = shop(STATES, more=verb("pay") + verb("cancel"))
    assert steps(said) == {
        ("pending", "pay", "paid"), ("pending", "cancel", "cancelled"), ("paid", "cancel", "cancelled"),
        ("shipped", "cancel", "cancelled"),
    }  # fmt: skip
    assert isinstance(done(said, "payThing"), Act)


@pytest.mark.parametrize(
    ("description", "sources"),
    [
        ("Cancels a pending thing.", {"pending"}),
        ("It can be cancelled only when it is pending or paid.", {"pending", "paid"}),
        ("A thing cannot be cancelled once it is shipped.", {"pending", "paid"}),
    ],
)
def test_d11_descriptions_say_from_where(shop: Any, description: str, sources: set[str]) -> None:
    assert {step[0] for step in steps(shop(STATES, more=verb("cancel", description)))} == sources


def test_d10_a_verb_without_a_state_is_reported(shop: Any) -> None:
    said = shop(STATES, more=verb("rebind"))
    assert row(said, "rebindThing").outcome is Outcome.REPORTED
    assert "x-orderwright-lifecycle" in row(said, "rebindThing").remedy


def test_d12_wording_and_natural_keys(shop: Any) -> None:
    fields = "name: {type: string}, email: {type: string}"
    worded = shop(fields, fields, refusals="'409': {description: This name is already taken.}")
    natural = shop(fields, fields, refusals="'409': {description: Conflict.}")
    silent = shop(fields, fields)
    assert [each.fields for each in worded.entity("Thing").unique] == [("name",)]
    assert [each.fields for each in natural.entity("Thing").unique] == [("email",)]
    assert silent.entity("Thing").unique == ()


def test_d13_statuses_ask_for_something(shop: Any) -> None:
    declared = "'402': {description: Pay.}\n        '403': {description: No.}\n        '412': {description: Stale.}\n"
    said = shop(refusals=declared + "        '429': {description: At most 60 requests per minute.}")
    added = done(said, "addThing")
    assert (added.payment, added.if_match) == (True, True)
    assert (added.frequency.requests, added.frequency.seconds) == (60, 60)
    assert row(said, "addThing 403").outcome is Outcome.REPORTED
    silent = shop(refusals="'429': {description: Slow down.}")
    assert row(silent, "addThing 429").outcome is Outcome.REPORTED
    assert "x-orderwright-rate-limit" in row(silent, "addThing 429").remedy


def test_d14_soft_where_a_field_says_when(shop: Any) -> None:
    assert shop("deletedAt: {type: string, format: date-time}").entity("Thing").soft_delete
    assert not shop().entity("Thing").soft_delete


@pytest.mark.parametrize(
    ("name", "field", "compares"),
    [
        ("name", "name", Compares.EQUAL),
        ("since", "created_at", Compares.AT_LEAST),
        ("startDate", "created_at", Compares.AT_LEAST),
        ("endDate", "created_at", Compares.AT_MOST),
        ("createdAfter", "created_at", Compares.AFTER),
        ("q", "name", Compares.CONTAINS),
        ("thingName", "name", Compares.EQUAL),
    ],
)
def test_d15_filters(shop: Any, name: str, field: str, compares: Compares) -> None:
    said = shop(
        "name: {type: string}, createdAt: {type: string, format: date-time}",
        query=f"{{name: {name}, in: query, schema: {{type: string}}}}",
    )
    (found,) = done(said, "listThings").filters
    assert (found.field, found.compares) == (field, compares)


def test_d15_what_matches_nothing_is_reported_and_a_hint_settles_it(shop: Any) -> None:
    parameter = "name: odd, in: query, schema: {type: string}"
    said = shop(query=f"{{{parameter}}}")
    assert row(said, "listThings odd").outcome is Outcome.REPORTED
    said = shop(query=f"{{{parameter}, x-orderwright-source: {{field: name, compares: contains}}}}")
    assert row(said, "listThings odd").outcome is Outcome.HINTED
    said = shop(query=f"{{{parameter}, x-orderwright-ignore: {{reason: old}}}}")
    assert row(said, "listThings odd").outcome is Outcome.HINTED


@pytest.mark.parametrize(
    ("names", "paging"),
    [(("cursor", "limit"), Paging.CURSOR), (("page", "pageSize"), Paging.PAGE), (("offset", "limit"), Paging.OFFSET)],
)
def test_d16_pages(shop: Any, names: tuple[str, str], paging: Paging) -> None:
    query = ", ".join(f"{{name: {name}, in: query, schema: {{type: string}}}}" for name in names)
    page = done(shop(query=query), "listThings").page
    assert (page.paging, page.position, page.size) == (paging, *names)


def test_d17_the_key_of_a_request(shop: Any) -> None:
    said = shop(post="parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}]")
    assert done(said, "addThing").idempotency_key == "Idempotency-Key"
    said = shop(post="x-orderwright-idempotent: X-Once")
    assert done(said, "addThing").idempotency_key == "X-Once"
    assert row(said, "addThing").outcome is Outcome.HINTED


def test_d19_money(shop: Any) -> None:
    said = shop("price: {type: integer}, currency: {type: string}")
    assert [(each.member, each.kind.value, each.currency_from) for each in said.amounts] == [
        ("price", "minor", "currency")
    ]
    (decimal,) = shop("price: {type: number}").amounts
    assert decimal.kind.value == "decimal"
    floating = shop("price: {type: number, format: float}, name: {type: string}")
    assert row(floating, "Thing").outcome is Outcome.REPORTED
    hinted = shop("price: {type: number, format: float, x-orderwright-money: EUR}, name: {type: string}")
    assert row(hinted, "Thing").outcome is Outcome.HINTED
    assert hinted.amounts[0].currency == "EUR"


def test_d20_rows_and_references(shop: Any) -> None:
    lines = "lines: {type: array, items: {$ref: '#/components/schemas/Line'}}"
    said = shop(lines, lines, schemas="    Line: {type: object, properties: {thingId: {type: string}}}")
    (child,) = said.entity("Thing").children
    assert (child.field, child.record) == ("lines", "Line")
    assert [(each.entity, each.field) for each in child.references] == [("Thing", "thing_id")]


def test_d21_what_nothing_stored_can_make_is_reported(shop: Any) -> None:
    more = "  /logo:\n    get:\n      operationId: logo\n      responses: {'200': {description: x, content: {image/png: {}}}}\n"
    assert isinstance(done(shop(more=more), "logo"), Reported)


def test_hints_settle_what_they_are_for(shop: Any) -> None:
    lifecycle = "{initial: b, transitions: [{trigger: rebindThing, from: [a, b], to: c}]}"
    said = shop(
        "status: {type: string, enum: [a, b, c]}, name: {type: string}, by: {type: string}",
        more=verb("rebind"),
        schema=f"x-orderwright-lifecycle: {lifecycle}\n      x-orderwright-unique: [name]\n"
        "      x-orderwright-owner: by\n      x-orderwright-entity: Part\n      x-orderwright-renamed-from: Item",
    )
    (part,) = said.entities
    assert (part.name, part.owner, part.renamed_from) == ("Part", "by", "Item")
    assert [each.fields for each in part.unique] == [("name",)]
    assert steps(said) == {("a", "rebind", "c"), ("b", "rebind", "c")}
    assert row(said, "rebindThing").outcome is Outcome.HINTED
    assert row(said, "Thing").outcome is Outcome.HINTED


def test_a_hint_that_contradicts_the_contract_is_rejected(shop: Any) -> None:
    said = shop(STATES, schema="x-orderwright-lifecycle: {initial: asleep}")
    assert row(said, "Thing").outcome is Outcome.REJECTED
    assert any(each.severity is Severity.ERROR for each in said.diagnostics)


def test_a_post_on_a_word_is_settled_by_a_hint(shop: Any) -> None:
    hint = "x-orderwright-ignore: {reason: not ours}"
    said = shop(
        more=f"  /ping:\n    get:\n      operationId: ping\n      {hint}\n      responses: {{'204': {{description: x}}}}\n"
    )
    assert row(said, "ping").outcome is Outcome.HINTED


def test_changes_and_replaces_are_told_apart(shop: Any) -> None:
    body = "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}"
    more = f"    put:\n      operationId: put\n      {body}\n      responses: {{'204': {{description: x}}}}\n"
    more += f"    patch:\n      operationId: patch\n      {body}\n      responses: {{'204': {{description: x}}}}\n"
    said = shop(more=more)
    assert (type(done(said, "put")), type(done(said, "patch"))) == (Replace, Change)
