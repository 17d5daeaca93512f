"""Holds a call against the OpenAPI document its app submitted, so that what does not fit never leaves.

Needs `jsonschema` (the extra `server`). The schemas come from third parties: expressions a backend would spend long on (`pattern`,
`uniqueItems`) are left to it, and a check that takes too many steps refuses the call.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from jsonschema import Draft202012Validator, ValidationError
from jsonschema import validators as jsonschema_validators
from jsonschema.exceptions import SchemaError
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from hanoismart.gateway.headers import value_of
from hanoismart.gateway.paths import Route, Routes
from hanoismart.gateway.request import Headers

MOST_STEPS: Final = 5_000
MOST_CHECKED: Final = 256 * 1024
"""Bytes of a JSON body whose members are looked at; a larger one must only be JSON."""
_METHODS: Final = ("get", "head", "post", "put", "patch", "delete")
_ROOT: Final = "urn:hanoismart:openapi"
_DEPTH: Final = 40
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")
_UNREAD: Final = object()
"""An object written into a parameter in one of OpenAPI's many styles: the backend judges it."""
_TWICE: Final = object()
"""A parameter that may stand once and stands more often."""
_steps: ContextVar[int] = ContextVar("steps")


class ContractInvalid(ValueError):
    """The document is no OpenAPI 3 document the gateway can hold calls against; the message says what is wrong."""


class _TooManySteps(Exception):
    pass


def _counted(keyword: str) -> Any:
    original = Draft202012Validator.VALIDATORS[keyword]

    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        left = _steps.get() - 1
        if left < 0:
            raise _TooManySteps
        _steps.set(left)
        yield from original(validator, value, instance, schema) or ()

    return check


def _left_out(_validator: Any, _value: Any, _instance: Any, _schema: Any) -> Iterator[ValidationError]:
    return iter(())


_COUNTED: Final = (
    "$ref",
    "$dynamicRef",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "items",
    "prefixItems",
    "properties",
    "additionalProperties",
)
_Validator: Final = jsonschema_validators.extend(  # type: ignore[no-untyped-call]  # the library leaves it untyped
    Draft202012Validator,
    {name: _counted(name) for name in (*_COUNTED, "contains", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties")}
    | dict.fromkeys(("pattern", "patternProperties", "uniqueItems", "format"), _left_out),
)


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation; `schema` is None where it is described by a media type of its own."""

    place: str
    name: str
    required: bool
    schema: Any
    explode: bool


class ApiOperation:
    """One operation: its parameters and its body."""

    def __init__(self, document: "ApiContract", route: Route, path: Sequence[str], operation: Mapping[str, Any], shared: Any) -> None:
        self._document = document
        self._operation = operation
        self._shared = shared
        self._names = [part[1:-1] if part.startswith("{") and part.endswith("}") else None for part in path]
        self.label = route.label

    def check(self, path: str, query: str, headers: Headers, body: bytes) -> str | None:
        """Where a call does not fit (`path`, `query`, `header` or `body`, then a JSON pointer); None where it does."""
        token = _steps.set(MOST_STEPS)
        try:
            return self._wrong_parameter(path, query, headers) or self._wrong_body(headers, body)
        except (_TooManySteps, RecursionError):
            return "body"
        except Unresolvable:
            return None  # the document points nowhere there: the backend judges
        finally:
            _steps.reset(token)

    @cached_property
    def _parameters(self) -> list[Parameter]:
        found: dict[tuple[str, str], Parameter] = {}
        for given in (*_listed(self._shared), *_listed(self._operation.get("parameters"))):
            one = self._document.resolved(given)
            place, name = one.get("in"), one.get("name")
            if isinstance(place, str) and isinstance(name, str):
                required = one.get("required") is True or place == "path"
                explode = one.get("explode", one.get("style", "form") == "form") is True
                found[place, name] = Parameter(place, name, required, self._document.prepared(one.get("schema")), explode)
        return list(found.values())

    def _wrong_parameter(self, path: str, query: str, headers: Headers) -> str | None:
        given: dict[str, dict[str, list[str]]] = {"query": {}, "path": {}, "header": {}}
        for one in self._parameters:
            if one.place not in given:
                continue  # cookies never cross the gateway
            if one.place == "query" and not given["query"] and query:
                given["query"] = parse_qs(query, keep_blank_values=True)
            values = self._values(one, path, given["query"], headers)
            place = f"{one.place}/{_escaped(one.name)}"
            if not values:
                if one.required:
                    return place
                continue
            if one.schema is None:
                continue
            value = _coerced(values, one, self._document)
            if value is _TWICE or (value is not _UNREAD and not self._document.fits(one.schema, value)):
                return place
        return None

    def _values(self, one: Parameter, path: str, query: Mapping[str, list[str]], headers: Headers) -> list[str]:
        if one.place == "query":
            return query.get(one.name, [])
        if one.place == "header":
            wanted = one.name.lower()
            return [value for name, value in headers if name.lower() == wanted]
        parts = path[1:].split("/")
        return [unquote(part) for name, part in zip(self._names, parts, strict=False) if name == one.name]

    @cached_property
    def _body(self) -> tuple[bool, Mapping[str, Any]] | None:
        described = self._operation.get("requestBody")
        if described is None:
            return None
        resolved = self._document.resolved(described)
        content = resolved.get("content")
        kinds = content if isinstance(content, Mapping) else {}
        schemas = {
            str(kind).split(";", 1)[0].strip().lower(): self._document.prepared(self._document.resolved(media).get("schema"))
            for kind, media in kinds.items()
        }
        return resolved.get("required") is True, schemas

    def _wrong_body(self, headers: Headers, body: bytes) -> str | None:
        if self._body is None:
            return "body" if body else None
        required, kinds = self._body
        if not body:
            return "body" if required else None
        kind = (value_of(headers, "content-type") or "").split(";", 1)[0].strip().lower()
        family = f"{kind.split('/', 1)[0]}/*"
        found = next((name for name in (kind, family, "*/*") if name in kinds), None)
        if found is None and kinds:
            return "header/content-type"
        return self._wrong_json(kinds.get(found or ""), body) if kind == "application/json" or kind.endswith("+json") else None

    def _wrong_json(self, schema: Any, body: bytes) -> str | None:
        try:
            document = json.loads(body, parse_constant=_refuse, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            return "body"
        if schema is None or len(body) > MOST_CHECKED:
            return None
        wrong = self._document.first_wrong(schema, document)
        return None if wrong is None else "body" + wrong


class ApiContract:
    """A whole document, read once; validators are made when a route is first called."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Raises ContractInvalid."""
        try:
            self._document = _modern(json.loads(json.dumps(document)), 0)
            routes = Routes.of_openapi(self._document)
        except (ValueError, TypeError, RecursionError) as error:
            raise ContractInvalid(str(error)) from error
        self._routes = routes
        resource = Resource.from_contents(self._document, default_specification=DRAFT202012)
        self._registry: Any = Registry().with_resource(_ROOT, resource)
        self._operations: dict[Route, ApiOperation] = {}
        for path, item in self._document["paths"].items():
            if not isinstance(item, Mapping):
                continue
            for method in _METHODS:
                if isinstance(item.get(method), Mapping):
                    parts = tuple(str(path)[1:].split("/"))
                    route = Route(method.upper(), tuple(None if one.startswith("{") and one.endswith("}") else one for one in parts))
                    self._operations[route] = ApiOperation(self, route, parts, item[method], item.get("parameters"))

    def find(self, method: str, path: str) -> ApiOperation | None:
        """The operation of a normalised path; GET covers HEAD."""
        route = self._routes.find(method, path)
        return None if route is None else self._operations.get(route)

    def resolved(self, node: Any) -> Mapping[str, Any]:
        """A node, its local references followed; what leads nowhere is empty."""
        for _ in range(8):
            if not isinstance(node, Mapping):
                return {}
            target = node.get("$ref")
            if not isinstance(target, str):
                return node
            node = self._at(target)
        return {}

    def _at(self, reference: str) -> Any:
        node: Any = self._document
        for part in reference.removeprefix("#").strip("/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            node = node.get(key) if isinstance(node, Mapping) else None
        return node if reference.startswith("#") else None

    def prepared(self, schema: Any) -> Any:
        """A validator of a schema of this document; None where there is nothing to check."""
        if not isinstance(schema, Mapping) or not schema:
            return None
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError:
            return None  # not a schema: the backend judges
        return _Validator({"$id": _ROOT + ":part", **_rooted(schema)}, registry=self._registry)

    def fits(self, validator: Any, value: Any) -> bool:
        return self.first_wrong(validator, value) is None

    def first_wrong(self, validator: Any, value: Any) -> str | None:
        """The JSON pointer of the first thing that does not fit; None where all does."""
        error = next(validator.iter_errors(value), None)
        return None if error is None else "".join(f"/{_escaped(str(part))}" for part in error.absolute_path)


def _rooted(node: Any) -> Any:
    """The schema with its local references made to point into the document."""
    if isinstance(node, Mapping):
        return {
            key: f"{_ROOT}{value}" if key == "$ref" and isinstance(value, str) and value.startswith("#") else _rooted(value)
            for key, value in node.items()
        }
    return [_rooted(one) for one in node] if isinstance(node, list) else node


def _modern(node: Any, depth: int) -> Any:
    """OpenAPI 3.0 says `nullable` and boolean `exclusiveMinimum` where JSON Schema 2020-12 has words of its own."""
    if depth > _DEPTH:
        raise ValueError("the document is nested too deeply")
    if isinstance(node, list):
        return [_modern(one, depth + 1) for one in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _modern(value, depth + 1) for key, value in node.items() if key not in {"$id", "$schema", "$dynamicRef", "$anchor"}}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(changed.get(exclusive), bool) and changed.pop(exclusive) and bound in changed:
            changed[exclusive] = changed.pop(bound)
    if changed.pop("nullable", None) is True:
        return {"anyOf": [changed, {"type": "null"}]}
    return changed


def _coerced(values: list[str], one: Parameter, document: ApiContract) -> Any:
    """Texts as what the schema wants them to be; what cannot be read stays a text, and does not fit."""
    schema = document.resolved(_bare(one.schema.schema))
    kinds = schema.get("type", ())
    wanted = {kinds} if isinstance(kinds, str) else set(kinds) if isinstance(kinds, list) else set()
    if "array" in wanted:
        listed = values if one.explode or len(values) > 1 else values[0].split(",")
        inner = document.resolved(_bare(schema.get("items", {})))
        kind = inner.get("type")
        return [_typed(value, {kind} if isinstance(kind, str) else set()) for value in listed]
    if "object" in wanted:
        return _UNREAD
    if len(values) > 1:
        return _TWICE  # one server takes the first of them, another the last
    return _typed(values[0], wanted or _wished(schema))


def _bare(schema: Any) -> Any:
    if isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
        return {**schema, "$ref": schema["$ref"].removeprefix(_ROOT)}
    return schema


def _wished(schema: Mapping[str, Any]) -> set[str]:
    """The types any alternative names."""
    options = [one for name in ("anyOf", "oneOf") for one in schema.get(name, ()) if isinstance(one, Mapping)]
    return {one["type"] for one in options if isinstance(one.get("type"), str)}


def _typed(value: str, wanted: set[str]) -> Any:
    if "integer" in wanted and _INTEGER.fullmatch(value):
        return int(value)
    if "number" in wanted and _NUMBER.fullmatch(value):
        return float(value)
    if "boolean" in wanted and value in {"true", "false"}:
        return value == "true"
    if "null" in wanted and not value:
        return None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object no member of which stands twice: one parser keeps the first, another the last, and only one of them was looked at."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _listed(node: Any) -> Sequence[Any]:
    return node if isinstance(node, list) else ()


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _refuse(word: str) -> Any:
    raise ValueError(word)
