"""Routers whose every route names its audience; there is no default."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

from hanoismart.problems import Problem
from hanoismart.server.audience import Audience
from hanoismart.server.edge import EdgeRoute
from hanoismart.server.errors import MEDIA_TYPE, Invalid, Malformed, ProblemBody, Unavailable

_ALWAYS: tuple[type[Problem], ...] = (Malformed, Invalid, Unavailable)


class Router(APIRouter):
    """An APIRouter for EdgeRoutes: `audience=` is required, `problems=` lists the refusals a caller may meet.

    `streamed=True` leaves the body to the function, which reads it bit by bit.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(generate_unique_id_function=_operation_id, **options)

    def add_api_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        audience: Audience | None = None,
        problems: Sequence[type[Problem]] = (),
        streamed: bool = False,
        **options: Any,
    ) -> None:
        kind = options.pop("route_class_override", None)
        if audience is not None:
            kind = type("EdgeRoute", (EdgeRoute,), {"audience": audience, "streamed": streamed})
            options["responses"] = documented(problems, audience) | (options.get("responses") or {})
            options["openapi_extra"] = {"x-audience": audience.name, "security": audience.security} | (options.get("openapi_extra") or {})
        if kind is None:
            raise TypeError(f"{path} names no audience")
        super().add_api_route(path, endpoint, route_class_override=kind, **options)

    def api_route(  # type: ignore[override]  # as add_api_route
        self, path: str, *, audience: Audience, problems: Sequence[type[Problem]] = (), **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def register(endpoint: Callable[..., Any]) -> Callable[..., Any]:
            self.add_api_route(path, endpoint, audience=audience, problems=problems, **options)
            return endpoint

        return register

    def get(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]  # as add_api_route
        return self.api_route(path, methods=["GET"], **options)

    def post(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]  # as add_api_route
        return self.api_route(path, methods=["POST"], **options)

    def put(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]  # as add_api_route
        return self.api_route(path, methods=["PUT"], **options)

    def patch(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]  # as add_api_route
        return self.api_route(path, methods=["PATCH"], **options)

    def head(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]  # as add_api_route
        return self.api_route(path, methods=["HEAD"], **options)

    def options(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]  # as add_api_route
        return self.api_route(path, methods=["OPTIONS"], **options)

    def delete(self, path: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]  # as add_api_route
        return self.api_route(path, methods=["DELETE"], **options)


def documented(problems: Sequence[type[Problem]], audience: Audience) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI answers for the refusals of a route: one entry per status, naming its codes."""
    by_status: dict[int, list[str]] = {}
    for problem in (*problems, *getattr(audience, "problems", ()), *_ALWAYS):
        codes = by_status.setdefault(problem.status, [])
        if problem.code not in codes:
            codes.append(problem.code)
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {
        status: {"model": ProblemBody, "description": ", ".join(sorted(codes)), "content": {MEDIA_TYPE: {"schema": schema}}}
        for status, codes in sorted(by_status.items())
    }


def _operation_id(route: APIRoute) -> str:
    tag = str(route.tags[0]) if route.tags else ""
    return f"{tag}_{route.name}" if tag else route.name
