"""mw console"""

from typing import Any

import click

from millwright.cli.context import project, settings, spec_path
from millwright.cli.output import emit, examples, json_option, remark, tell


@click.group(
    "console",
    invoke_without_command=True,
    epilog=examples("mw console", "mw console --port 9181", "mw console link --user ada", "mw console --base-path /mw"),
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen here; behind something that speaks TLS.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 takes a free one; by default the spec's console.port.")
@click.option("--base-path", default="", metavar="PATH", help="The path that it is under behind a proxy, such as /mw.")
@click.option("--allowed-hosts", default="", metavar="NAMES", help="Names clients may use for it, by commas.")
@click.option("--parent", type=int, hidden=True, help="End with this process.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, host: str, port: int | None, base_path: str, allowed_hosts: str, parent: int | None, as_json: bool
) -> None:
    """Open the console for people, and the API behind it, until Ctrl-C. Prints a link that lets you in once."""
    if ctx.invoked_subcommand is not None:
        if as_json:
            raise click.UsageError(f"write options after `{ctx.invoked_subcommand}`")
        return
    from millwright.api.app import Opening
    from millwright.api.keeping import Place
    from millwright.api.serving import Listening, serve
    from millwright.loop.control_plane import running_console

    here = project(ctx.obj)
    place = Place(spec_path(ctx.obj), settings())
    if running_console(place.home) is not None and parent is None:
        _link(ctx.obj, None, as_json)
        return
    names = frozenset(name.strip().lower() for name in allowed_hosts.split(",") if name.strip())
    hosts = names | ({host.lower()} if host not in ("0.0.0.0", "::") else set())  # noqa: S104
    opening = Opening(places=(place,), hosts=frozenset(hosts), base=_base(base_path))
    wished = here.settings.console_port or here.spec.console.port
    listening = Listening(host, wished if port is None else port, parent, or_free=parent is not None)
    serve(opening, listening, lambda server: None if parent else _say(ctx.obj, server, None, as_json, waits=True))


@command.command("link", epilog=examples("mw console link", "mw console link --user ada"))
@click.option("--user", metavar="NAME", help="Whom it lets in; by default you.")
@json_option
@click.pass_obj
def link(chosen: dict[str, Any], user: str | None, as_json: bool) -> None:
    """Print a link that lets somebody in once, within 15 minutes. The first one makes its user admin of all."""
    _link(chosen, user, as_json)


def _link(chosen: dict[str, Any], user: str | None, as_json: bool) -> None:
    from millwright.errors import Unavailable
    from millwright.loop.control_plane import running_console

    server = running_console(project(chosen).workshop.home)
    if server is None:
        raise Unavailable("no console is open here", fix="`mw console` opens one, and so does `mw up`", code="console.closed")
    _say(chosen, server, user, as_json)


def _say(chosen: dict[str, Any], server: Any, user: str | None, as_json: bool, *, waits: bool = False) -> None:
    from millwright.errors import NotFound
    from millwright.loop.letting_in import first_link, person_name

    here = project(chosen)
    name = user or person_name(here.settings.actor)
    try:
        token = first_link(here.workshop, name)
    except NotFound:
        if not waits:
            raise
        if as_json:  # it is open all the same, for those who are among its people
            emit("millwright.console/1", {**server.as_plain(), "user": None, "link": None})
            return
        tell(f"The console is at {server.url}")
        remark(f"{name} is not among its people: `mw console link --user NAME` lets one of them in. Press Ctrl-C to stop.")
        return
    if as_json:
        emit("millwright.console/1", {**server.as_plain(), "user": name, "link": server.link(token)})
        return
    tell(f"The console is at {server.url}")
    tell(f"This link lets {name} in once, within 15 minutes:\n  {server.link(token)}")
    if waits:
        remark("Press Ctrl-C to stop.")


def _base(path: str) -> str:
    return "/" + path.strip("/") if path.strip("/") else ""
