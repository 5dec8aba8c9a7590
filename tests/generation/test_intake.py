"""Stage 0: what is wrong is said with its place and its remedy, all at once; what is right is all there."""

from tests.generation.conftest import Read

HEAD = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
GET = "{operationId: getThing, responses: {'200': {description: ok}}}"


def test_a_contract_of_3_0_says_the_same_in_3_1(reading: Read) -> None:
    intake = reading(
        """
openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /things:
    get: {operationId: listThings, responses: {'200': {description: ok}}}
components:
  schemas:
    Thing:
      type: object
      properties:
        size: {type: integer, minimum: 3, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false}
        colour: {type: string, enum: [red], nullable: true, example: red}
        other: {allOf: [{$ref: '#/components/schemas/Thing'}], nullable: true}
        same: {$ref: '#/components/schemas/Thing', description: overlooked}
      example: {nullable: true, size: 4}
"""
    )
    assert intake.contract is not None
    assert intake.contract.schemas["Thing"].body == {
        "type": "object",
        "properties": {
            "size": {"type": "integer", "exclusiveMinimum": 3, "maximum": 9},
            "colour": {"type": ("string", "null"), "enum": ("red", None), "examples": ("red",)},
            "other": {"anyOf": ({"allOf": ({"$ref": "#/components/schemas/Thing"},)}, {"type": "null"})},
            "same": {"$ref": "#/components/schemas/Thing"},
        },
        "examples": ({"nullable": True, "size": 4},),
    }


def test_what_is_wrong_is_said_all_at_once_with_line_and_remedy(reading: Read) -> None:
    intake = reading(
        HEAD
        + """paths:
  /a/{id}:
    get: {operationId: same, responses: {'200': {description: ok}}}
  /b:
    get: {operationId: same, responses: {'200': {}}}
"""
    )
    assert intake.contract is None
    assert [(said.origin.line, said.origin.pointer.split("/")[2]) for said in intake.diagnostics] == [
        (5, "~1a~1{id}"), (5, "~1a~1{id}"), (7, "~1b"), (7, "~1b"),
    ]  # fmt: skip
    assert all(said.remedy for said in intake.diagnostics)


def test_a_path_and_its_parameters_name_the_same_holes(reading: Read) -> None:
    hole = "parameters: [{name: other, in: path, required: true, schema: {type: string}}]"
    intake = reading(
        f"{HEAD}paths:\n  /a/{{id}}:\n    get: {{operationId: a, {hole}, responses: {{'200': {{description: x}}}}}}"
    )
    said = " ".join(each.message for each in intake.diagnostics)
    assert not intake.good
    assert "id" in said
    assert "other" in said


def test_no_operation_is_no_contract(reading: Read) -> None:
    assert "no operation" in str(reading(f"{HEAD}paths: {{}}").diagnostics[0])


def test_other_versions_are_named(reading: Read) -> None:
    (said,) = reading("swagger: '2.0'").diagnostics
    assert "OpenAPI 3.0 or 3.1" in said.message


def test_what_cannot_be_had_is_kept_apart_from_what_is_wrong(reading: Read) -> None:
    body = "content: {application/json: {schema: {$ref: 'https://example.com/x.yaml#/X'}}}"
    intake = reading(
        f"{HEAD}paths:\n  /a:\n    get: {{operationId: a, responses: {{'200': {{description: x, {body}}}}}}}"
    )
    assert intake.good
    (said,) = intake.diagnostics
    assert "Cannot resolve https://example.com/x.yaml#/X" in said.message


def test_files_beside_the_contract_are_taken_in(reading: Read) -> None:
    intake = reading(
        f"{HEAD}paths:\n  /a:\n    get: {{operationId: a, responses: {{'200': {{$ref: 'more.yaml#/Answer'}}}}}}",
        others={
            "more.yaml": """
Answer:
  description: ok
  content: {application/json: {schema: {$ref: '#/Tree'}}}
Tree:
  type: object
  properties: {children: {type: array, items: {$ref: '#/Tree'}}}
"""
        },
    )
    assert intake.contract is not None, intake.diagnostics
    assert intake.contract.schemas["Tree"].body == {
        "type": "object",
        "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    }


def test_operations_in_are_operations_out(reading: Read) -> None:
    paths = "".join(f"  /p{i}:\n    get: {{responses: {{'200': {{description: x}}}}}}\n" for i in range(7))
    contract = reading(f"{HEAD}paths:\n{paths}").contract
    assert contract is not None
    assert [operation.id for operation in contract.operations] == [f"getP{i}" for i in range(7)]


OVERLAY = "overlay: 1.0.0\ninfo: {title: H, version: '1'}\nactions:\n"


def test_hints_are_merged_in(reading: Read) -> None:
    intake = reading(
        f"{HEAD}paths:\n  /a:\n    get: {GET}",
        hints=f"{OVERLAY}  - target: $.paths['/a'].get\n    update: {{x-orderwright-ignore: {{reason: not ours}}}}\n",
    )
    assert intake.contract is not None, intake.diagnostics
    assert intake.contract.operations[0].hints == {"x-orderwright-ignore": {"reason": "not ours"}}


def test_a_hint_that_hits_nothing_or_is_none_is_an_error_with_its_place(reading: Read) -> None:
    intake = reading(
        f"{HEAD}paths:\n  /a:\n    get: {GET}",
        hints=f"{OVERLAY}  - target: $.paths['/b'].get\n    update: {{}}\n"
        "  - target: $.paths['/a'].get\n    update: {x-orderwright-lifecyle: {}}\n"
        "  - target: '$['\n    remove: true\n",
    )
    assert not intake.good
    said = {str(each.origin): each.message for each in intake.diagnostics}
    assert "matches nothing" in said["hints:4#/actions/0/target"]
    assert "no JSONPath" in said["hints:8#/actions/2/target"]
    assert any("x-orderwright-lifecyle is no hint" in message for message in said.values())
