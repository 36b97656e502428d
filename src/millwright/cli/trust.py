"""mw trust"""

from typing import Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, examples, json_option, reason_option, table, tell


@click.group("trust")
def command() -> None:
    """Signing keys: which are believed, and who signs from now on."""


@command.command("list", epilog=examples("mw trust list", "mw trust list --json"))
@json_option
@click.pass_obj
def list_keys(chosen: dict[str, Any], as_json: bool) -> None:
    """List the pinned public keys of this project."""
    keys = project(chosen).keys()
    if as_json:
        emit("millwright.trust/1", {"keys": keys})
    else:
        rows = [(key["id"][:16], "revoked" if key["revoked"] else "believed", "yes" if key["mine"] else "") for key in keys]
        tell(table(rows, ("key", "state", "signs here")) if rows else "No key is pinned yet: the first `mw train` pins one.")


@command.command("rotate", epilog=examples("mw trust rotate"))
@json_option
@click.pass_obj
def rotate(chosen: dict[str, Any], as_json: bool) -> None:
    """Make a new signing key and pin it. What the old key signed goes on verifying until it is revoked."""
    key = project(chosen).rotate_key()
    if as_json:
        emit("millwright.trust/1", {"signs": key})
    else:
        tell(f"Key {key[:16]} signs from now on. Commit trust/.")


@command.command(
    "revoke",
    epilog=examples(
        "mw trust revoke 3f2a… --reason 'laptop lost on 2 May'", "mw trust revoke v3 --reason 'learnt from a leak'"
    ),
)
@click.argument("what", metavar="KEY|VERSION")
@reason_option("Why; kept in trust/revoked and in the audit.", required=True)
@json_option
@click.pass_obj
def revoke(chosen: dict[str, Any], what: str, reason: str, as_json: bool) -> None:
    """Believe a key, or use a version, no longer: running servers notice within seconds, and so does everything else.

    A server then answers with the version before, if that may be used, and else not at all. So sign what is live with a new
    key before you revoke the old one: `mw trust rotate`, `mw train`, `mw promote`.
    """
    revoked = project(chosen).revoke(what, reason)
    if as_json:
        about = {"kind": revoked.kind, "version": revoked.name or None, "role": revoked.role}
        emit("millwright.trust/1", {"revoked": revoked.id, **about})
    else:
        tell(revoked.sentence)
