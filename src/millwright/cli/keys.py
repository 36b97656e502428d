"""mw keys"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import project
from millwright.cli.output import duration, emit, examples, json_option, remark, table, tell

if TYPE_CHECKING:
    from millwright.loop.api_keys import NewKey


@click.group("keys")
def command() -> None:
    """API keys: who may call the server. Where other machines can reach it, each request needs one."""


@command.command(
    "create", epilog=examples("mw keys create shop --scopes predict,labels", "mw keys create ci --scopes predict --expires 90d")
)
@click.argument("name")
@click.option("--scopes", required=True, metavar="LIST", help="What it opens: predict, labels, read (metrics), by commas.")
@click.option("--expires", metavar="DURATION", callback=duration, help="It ends after this time; by default it does not end.")
@click.option("--project", "projects", multiple=True, metavar="P", help="Only for this project; may be given several times.")
@json_option
@click.pass_obj
def create(
    chosen: dict[str, Any], name: str, scopes: str, expires: timedelta | None, projects: tuple[str, ...], as_json: bool
) -> None:
    """Make a key and print it: once, since only its digest is kept. A running server takes it up within a second."""
    asked = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    here = project(chosen)
    _show(here.create_api_key(name, asked, expires=expires, projects=projects), as_json)
    server = here.status()["server"]
    if server and server["auth"] == "none":
        remark("The server that runs here asks nobody for a key; started with `mw up --auth keys` it does.")


@command.command("list", epilog=examples("mw keys list", "mw keys list --json"))
@json_option
@click.pass_obj
def list_keys(chosen: dict[str, Any], as_json: bool) -> None:
    """List the keys, and when each was used last, to the minute."""
    keys = project(chosen).api_keys()
    if as_json:
        emit("millwright.api_keys/1", {"keys": keys})
    elif keys:
        tell(table([_line(key) for key in keys], ("name", "id", "opens", "projects", "state", "ends", "last used", "by")))
    else:
        tell("There is no API key. Make one with `mw keys create NAME --scopes predict,labels`.")


@command.command("rotate", epilog=examples("mw keys rotate shop", "mw keys rotate shop --grace 0s"))
@click.argument("name")
@click.option(
    "--grace",
    default="1h",
    show_default=True,
    metavar="DURATION",
    callback=duration,
    help="How long the key of before still counts.",
)
@json_option
@click.pass_obj
def rotate(chosen: dict[str, Any], name: str, grace: timedelta, as_json: bool) -> None:
    """Make another key of the same name and print it; the one of before ends after the grace."""
    _show(project(chosen).rotate_api_key(name, grace=grace), as_json)


@command.command("revoke", epilog=examples("mw keys revoke shop"))
@click.argument("name")
@json_option
@click.pass_obj
def revoke(chosen: dict[str, Any], name: str, as_json: bool) -> None:
    """End every key of this name (or the one of this id) at once: a running server refuses it within a second."""
    ended = project(chosen).revoke_api_key(name)
    if as_json:
        emit("millwright.api_keys/1", {"revoked": [key.id for key in ended]})
    else:
        tell(f"Revoked: {', '.join(f'{key.name} ({key.id})' for key in ended)}.")


def _show(made: "NewKey", as_json: bool) -> None:
    if as_json:
        ends = made.key.ends_at
        emit("millwright.api_key/1", {"key": made.text, "id": made.key.id, "ends_at": ends.isoformat() if ends else None})
        return
    tell(made.text)
    remark("Keep it now: it is not shown again. Send it as `Authorization: Bearer KEY`.")


def _line(key: dict[str, Any]) -> tuple[str, ...]:
    return (
        key["name"],
        key["id"],
        ",".join(key["scopes"]),
        ",".join(key["projects"]) or "all",
        key["state"],
        (key["ends_at"] or "never")[:16],
        (key["last_used"] or "never")[:16],
        key["created_by"],
    )
