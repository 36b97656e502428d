"""The running server that a command speaks to: by default the one of this folder's project."""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from millwright.errors import DataRefused, NotFound, Unavailable

if TYPE_CHECKING:
    from millwright.client.plain import PlainClient
    from millwright.loop.server import Server

KEY_VARIABLE = "MILLWRIGHT_API_KEY"
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Target:
    """The server and project that a command was told to ask."""

    url: str | None
    project: str | None
    key_name: str
    timeout: float


def server_options(function: F) -> Callable[..., Any]:
    """Add --url, --project, --api-key-env and --timeout to a command, which gets them as one `target`."""

    @functools.wraps(function)
    def packed(*args: Any, url: str | None, project: str | None, key_name: str, timeout: float, **rest: Any) -> Any:
        return function(*args, target=Target(url, project, key_name, timeout), **rest)

    command: Callable[..., Any] = packed
    for option in (
        click.option("--timeout", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="Seconds for a try."),
        click.option(
            "--api-key-env", "key_name", default=KEY_VARIABLE, show_default=True, metavar="NAME", help="Holds the API key."
        ),
        click.option("--project", metavar="PROJECT", help="By default this folder's, else the server's."),
        click.option("--url", metavar="URL", help="By default the server that runs for this folder."),
    ):
        command = option(command)
    return command


def open_client(chosen: dict[str, Any], target: Target) -> "PlainClient":
    """A client of the server that is meant. Raises NotFound where there is no project here, Unavailable where none runs."""
    from millwright.client.plain import PlainClient

    url, project = target.url, target.project
    if url is None:
        server = _server_here(chosen)
        url, project = server.url, project or _project_here(chosen, server)
    return PlainClient(url, _key(target.key_name), project, target.timeout)


def _key(name: str) -> str | None:
    """The API key, where there is one. Raises NotFound where a variable was named that does not hold one."""
    key = os.environ.get(name)
    if not key and name != KEY_VARIABLE:
        raise NotFound("this variable is not set", where=name, fix="set it to an API key", code="client.key")
    return key or None


def _server_here(chosen: dict[str, Any]) -> "Server":
    from millwright.app import find_spec, home_of
    from millwright.cli.context import settings, spec_path
    from millwright.loop.server import running_server

    try:
        server = running_server(home_of(settings(), find_spec(spec_path(chosen))))
    except NotFound as error:
        raise NotFound(
            error.what, where=error.where, fix=f"{error.fix}; or name a server with --url", code=error.code
        ) from error
    if server is None:
        raise Unavailable("no server is running here", fix="start it with `mw up`, or name one with --url", code="server.none")
    return server


def _project_here(chosen: dict[str, Any], server: "Server") -> str | None:
    """The project of this folder; of a server that has only one project it need not be looked up."""
    if len(server.projects) < 2:
        return next(iter(server.projects), None)
    from millwright.app import find_spec, load_spec
    from millwright.cli.context import settings, spec_path

    return load_spec(settings(), find_spec(spec_path(chosen))).project


def read_text(file: TextIO) -> str:
    """The text of a file or of stdin. Raises DataRefused where it is not UTF-8."""
    try:
        return file.read().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise DataRefused("the text is not UTF-8", where=file.name, fix="save it as UTF-8", code="client.rows") from error
