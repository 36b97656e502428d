"""The routes: a table, in which every line names who may call it."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from millwright.errors import MillwrightError
from millwright.serve.access import Permission
from millwright.serve.dialects.dialect import Dialect
from millwright.serve.http import Receive, Response, Scope
from millwright.serve.refusal import error_body, not_allowed, not_found

Names = Mapping[str, str]
"""What a request names: by its path the project and the version, by its header the version that is asked for."""

Handler = Callable[[Names, Scope, Receive], Awaitable[Response]]
Refuse = Callable[[MillwrightError, str], object]
"""The JSON data that tells an error, with the id of the request."""

_NAMED = {"project": rb"(?P<project>[a-z0-9][a-z0-9_-]{0,62})", "version": rb"(?P<version>v?[0-9]{1,9})"}


_NOTHING: Names = {}


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path; `{project}` and `{version}` in the path stand for names.

    refuse: how errors are told. counted_as: its name in the metrics, where that is not the path. asks: the dialect in which
    predictions are asked for there.
    """

    method: str
    path: str
    permission: Permission
    handler: Handler
    refuse: Refuse = error_body
    counted_as: str = ""
    asks: Dialect | None = None

    @property
    def name(self) -> str:
        """What its requests are counted under."""
        return self.counted_as or self.path


class Router:
    """Finds the route of a request. Raises ValueError at the start where a route names no permission or comes twice."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._plain: dict[bytes, dict[str, Route]] = {}
        self._patterns: dict[bytes, tuple[re.Pattern[bytes], dict[str, Route]]] = {}
        for route in routes:
            self._add(route)

    def find(self, method: str, raw_path: bytes) -> tuple[Route, Names]:
        """The route and what a request names. Raises RequestRefused: 404, or 405 with the methods there are."""
        methods, names = self._plain.get(raw_path), _NOTHING
        if methods is None:
            methods, names = self._by_pattern(raw_path)
        route = methods.get(method)
        if route is None:
            raise not_allowed(method, ", ".join(methods))
        return route, names

    def _by_pattern(self, raw_path: bytes) -> tuple[dict[str, Route], Names]:
        for pattern, methods in self._patterns.values():
            match = pattern.fullmatch(raw_path)
            if match:
                return methods, {name: value.decode() for name, value in match.groupdict().items()}
        raise not_found()

    def _add(self, route: Route) -> None:
        if not isinstance(route.permission, Permission):
            raise ValueError(f"the route {route.method} {route.path} names no permission")
        path = route.path.encode()
        if b"{" in path:
            text = re.escape(path)
            for name, named in _NAMED.items():
                text = text.replace(re.escape(f"{{{name}}}".encode()), named)
            pattern = re.compile(text)
            methods = self._patterns.setdefault(path, (pattern, {}))[1]
        else:
            methods = self._plain.setdefault(path, {})
        if route.method in methods:
            raise ValueError(f"the route {route.method} {route.path} comes twice")
        methods[route.method] = route
