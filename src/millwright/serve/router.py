"""The routes: a table, in which every line names who may call it."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from millwright.serve.access import Permission
from millwright.serve.http import Receive, Response, Scope
from millwright.serve.refusal import RequestRefused, not_found

Handler = Callable[[str | None, Scope, Receive], Awaitable[Response]]
_PROJECT = rb"(?P<project>[a-z0-9][a-z0-9_-]{0,62})"


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path; `{project}` in the path stands for a project's name."""

    method: str
    path: str
    permission: Permission
    handler: Handler


class Router:
    """Finds the route of a request. Raises ValueError at the start where a route names no permission or comes twice."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._plain: dict[bytes, dict[str, Route]] = {}
        self._patterns: dict[bytes, tuple[re.Pattern[bytes], dict[str, Route]]] = {}
        for route in routes:
            self._add(route)

    def find(self, method: str, raw_path: bytes) -> tuple[Route, str | None]:
        """The route and the project that a request names. Raises RequestRefused: 404, or 405 with the methods there are."""
        methods, project = self._plain.get(raw_path), None
        if methods is None:
            methods, project = self._by_pattern(raw_path)
        route = methods.get(method)
        if route is None:
            allowed = ", ".join(methods)
            raise RequestRefused(405, f"{method} is not allowed here", code="method", where="method", fix=f"use {allowed}")
        return route, project

    def _by_pattern(self, raw_path: bytes) -> tuple[dict[str, Route], str]:
        for pattern, methods in self._patterns.values():
            match = pattern.fullmatch(raw_path)
            if match:
                return methods, match["project"].decode()
        raise not_found()

    def _add(self, route: Route) -> None:
        if not isinstance(route.permission, Permission):
            raise ValueError(f"the route {route.method} {route.path} names no permission")
        path = route.path.encode()
        if b"{project}" in path:
            pattern = re.compile(re.escape(path).replace(re.escape(b"{project}"), _PROJECT))
            methods = self._patterns.setdefault(path, (pattern, {}))[1]
        else:
            methods = self._plain.setdefault(path, {})
        if route.method in methods:
            raise ValueError(f"the route {route.method} {route.path} comes twice")
        methods[route.method] = route
