"""A call against the OpenAPI document its app submitted: what fits passes, what does not never leaves, and no document can hurt the hub."""

import time
from typing import Any

import pytest

from hanoismart.gateway.contract import ApiContract, ContractInvalid
from hanoismart.gateway.headers import HeaderRefused, to_backend

JSON = (("Content-Type", "application/json; charset=utf-8"),)
SESSION: dict[str, Any] = {
    "type": "object",
    "required": ["plate"],
    "additionalProperties": False,
    "properties": {
        "plate": {"type": "string", "maxLength": 12, "pattern": "^(a+)+$"},
        "minutes": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
        "note": {"type": "string", "nullable": True},
        "next": {"$ref": "#/components/schemas/Session"},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "paths": {
        "/sessions/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "get": {
                "parameters": [
                    {"in": "query", "name": "page", "schema": {"type": "integer", "minimum": 1}},
                    {"in": "query", "name": "kinds", "explode": False, "schema": {"type": "array", "items": {"enum": ["car", "bike"]}}},
                    {"in": "query", "name": "near", "schema": {"type": "number"}},
                    {"in": "query", "name": "open", "schema": {"type": "boolean"}},
                    {"in": "query", "name": "filter", "schema": {"type": "object", "required": ["a"]}},
                    {"in": "header", "name": "X-Kind", "required": True, "schema": {"enum": ["a", "b"]}},
                    {"in": "cookie", "name": "sid", "required": True},
                ]
            },
            "put": {"requestBody": {"$ref": "#/components/requestBodies/Session"}},
        },
        "/sessions/mine": {"get": {}},
        "/notes": {"post": {"requestBody": {"content": {"text/*": {}}}}, "delete": {}},
    },
    "components": {
        "schemas": {"Session": SESSION},
        "parameters": {"Id": {"in": "path", "name": "id", "required": True, "schema": {"type": "integer"}}},
        "requestBodies": {
            "Session": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Session"}}}}
        },
    },
}
CONTRACT = ApiContract(DOCUMENT)


@pytest.mark.parametrize(
    ("path", "query", "kind", "wrong"),
    [
        ("/sessions/7", "", "a", None),
        ("/sessions/7", "page=1&kinds=car,bike&near=-1.5e3&open=true&other=x&filter=anything", "a", None),
        ("/sessions/b%C3%A3i", "", "a", "path/id"),
        ("/sessions/7", "page=0", "a", "query/page"),
        ("/sessions/7", "page=one", "a", "query/page"),
        ("/sessions/7", "kinds=car,plane", "a", "query/kinds"),
        ("/sessions/7", "near=here", "a", "query/near"),
        ("/sessions/7", "open=yes", "a", "query/open"),
        ("/sessions/7", "", "c", "header/X-Kind"),
        ("/sessions/7", "", None, "header/X-Kind"),
    ],
)
def test_parameters(path: str, query: str, kind: str | None, wrong: str | None) -> None:
    operation = CONTRACT.find("GET", path)
    assert operation is not None
    assert operation.check(path, query, () if kind is None else (("x-kind", kind),), b"") == wrong


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b'{"plate": "29A12345", "minutes": 5, "note": null, "next": {"plate": "b"}}', None),
        (b"", "body"),
        (b"{", "body"),
        (b'{"plate": NaN}', "body"),
        (b"[]", "body"),
        (b"{}", "body"),
        (b'{"plate": 7}', "body/plate"),
        (b'{"plate": "x", "minutes": 0}', "body/minutes"),
        (b'{"plate": "x", "next": {"plate": null}}', "body/next/plate"),
        (b'{"plate": "x", "admin": true}', "body"),
        (b"[" * 100_000, "body"),
    ],
)
def test_bodies(body: bytes, wrong: str | None) -> None:
    operation = CONTRACT.find("PUT", "/sessions/7")
    assert operation is not None
    assert operation.check("/sessions/7", "", JSON, body) == wrong


def test_media_types() -> None:
    put, note, remove = CONTRACT.find("PUT", "/sessions/7"), CONTRACT.find("POST", "/notes"), CONTRACT.find("DELETE", "/notes")
    assert put is not None
    assert note is not None
    assert remove is not None
    assert put.check("/sessions/7", "", (("content-type", "text/plain"),), b"x") == "header/content-type"
    assert note.check("/notes", "", (("content-type", "text/plain"),), b"x") is None
    assert note.check("/notes", "", (), b"") is None
    assert remove.check("/notes", "", (), b"x") == "body"


def test_the_most_literal_route_is_the_one() -> None:
    mine = CONTRACT.find("GET", "/sessions/mine")
    assert mine is not None
    assert (mine.label, mine.check("/sessions/mine", "", (), b"")) == ("GET /sessions/mine", None)
    assert CONTRACT.find("HEAD", "/sessions/mine") is mine
    for method, path in (("POST", "/sessions/7"), ("GET", "/sessions"), ("GET", "/admin")):
        assert CONTRACT.find(method, path) is None


@pytest.mark.parametrize("document", [{}, {"paths": []}, {"paths": {"x": {"get": {}}}}, {"paths": {"/x": {"get": {1, 2}}}}])
def test_what_is_no_document(document: dict[str, Any]) -> None:
    with pytest.raises(ContractInvalid):
        ApiContract(document)


def test_a_document_nested_too_deeply() -> None:
    nested: dict[str, Any] = {}
    for _ in range(60):
        nested = {"allOf": [nested]}
    with pytest.raises(ContractInvalid):
        ApiContract({"paths": {"/x": {"post": {"requestBody": {"content": {"application/json": {"schema": nested}}}}}}})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^(a+)+$"},
        {"$ref": "#/components/schemas/Loop"},
        {"$ref": "#/components/schemas/Tree"},
        {"$ref": "https://elsewhere.example/schema.json"},
        {"$ref": "#/nowhere"},
        {"type": "array", "uniqueItems": True},
        {"type": 7},
    ],
)
def test_a_hostile_schema_costs_little(schema: dict[str, Any]) -> None:
    """Expressions that backtrack, references without end or outwards, alternatives that multiply."""
    twice = [{"$ref": "#/components/schemas/Tree"}] * 2
    schemas = {"Loop": {"$ref": "#/components/schemas/Loop"}, "Tree": {"anyOf": [{"properties": {"a": {"allOf": twice}}}] * 3}}
    document = {
        "paths": {"/x": {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}},
        "components": {"schemas": schemas},
    }
    operation = ApiContract(document).find("POST", "/x")
    assert operation is not None
    deep = b'{"a":' * 60 + b"1" + b"}" * 60
    started = time.perf_counter()
    for body in (b'"' + b"a" * 50 + b'!"', deep, b"[" + b"[1]," * 3_000 + b"[1]]"):
        assert operation.check("/x", "", JSON, body) in {None, "body"}
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize(
    ("query", "headers", "wrong"),
    [
        ("page=0&page=1", (("X-Kind", "a"),), "query/page"),
        ("page=1&page=1", (("X-Kind", "a"),), "query/page"),
        ("kinds=car&kinds=bike", (("X-Kind", "a"),), None),
        ("", (("X-Kind", "a"), ("x-kind", "z")), "header/X-Kind"),
    ],
)
def test_what_stands_twice_was_not_looked_at_once(query: str, headers: Any, wrong: str | None) -> None:
    operation = CONTRACT.find("GET", "/sessions/7")
    assert operation is not None
    assert operation.check("/sessions/7", query, headers, b"") == wrong


def test_a_member_that_stands_twice_is_refused() -> None:
    operation = CONTRACT.find("PUT", "/sessions/7")
    assert operation is not None
    assert operation.check("/sessions/7", "", JSON, b'{"plate": "29A"}') is None
    assert operation.check("/sessions/7", "", JSON, b'{"plate": 1, "plate": "29A"}') == "body"


def test_an_operation_that_is_none_is_no_route() -> None:
    assert ApiContract({"openapi": "3.1.0", "paths": {"/a": {"get": None}}}).find("GET", "/a") is None


def test_a_body_of_two_types_does_not_cross() -> None:
    twice = (("Content-Type", "application/json"), ("content-type", "text/plain"))
    with pytest.raises(HeaderRefused):
        to_backend(twice, host="localhost", scheme="https")
