"""mw up"""

import json
import shlex
from typing import TYPE_CHECKING, Any

import click

from millwright.cli.context import project
from millwright.cli.output import emit, json_option, remark, tell

if TYPE_CHECKING:
    from millwright.loop.server import Server
    from millwright.project import Project, Reached


EXAMPLES = """\b
Examples:
  mw up
  mw up --detach --port 9000
  curl localhost:8080/health
"""


@click.command("up", epilog=EXAMPLES)
@click.option("--host", help="Listen here; by default the spec's serve.host (this machine only).")
@click.option("--port", type=int, help="Listen on this port; 0 takes a free one; by default the spec's serve.port.")
@click.option("--auth", type=click.Choice(["keys", "none"]), help="Who may call: by default keys where others can reach it.")
@click.option("--allowed-hosts", default="", metavar="NAMES", help="Names clients may use for this server, by commas.")
@click.option("--tls-cert", metavar="FILE", help="Speak TLS with this certificate, in PEM with its chain ...")
@click.option("--tls-key", metavar="FILE", help="... and this private key, in PEM.")
@click.option("--detach", is_flag=True, help="Return once it is ready; `mw down` stops it.")
@click.option("--replay", is_flag=True, hidden=True, help="Honour the clients' own times: for playing history.")
@json_option
@click.pass_obj
def command(
    chosen: dict[str, Any],
    /,
    detach: bool,
    replay: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Serve what is live, until Ctrl-C. Releases are picked up without a restart."""
    here = project(chosen)
    reached = _reached(**options)
    if detach:
        server = here.up(replay=replay, **reached)
        _announce(here, server, as_json)
        _say_console(here, as_json)
        remark(f"Runs as process {server.pid}; stop it with `mw down`.")
    else:
        here.keep_up(replay=replay, on_ready=lambda server: _begin(here, server, as_json), **reached)


def _begin(here: "Project", server: "Server", as_json: bool) -> None:
    """Say where it answers, and, once that is open too, where the console is."""
    from threading import Thread

    _announce(here, server, as_json, waits=True)
    Thread(target=_say_console, args=(here, as_json), daemon=True).start()


def _say_console(here: "Project", as_json: bool) -> None:
    """Where the console is, as soon as it answers; on the first start with a link that lets its first user in."""
    from millwright.loop.letting_in import first_link, wait_console

    if as_json or not here.opens_console:
        return
    server = wait_console(here.workshop.home)
    if server is None:
        remark(f"The console did not open: see {here.workshop.home.server / 'console.log'}")
        return
    token = first_link(here.workshop, only_first=True)
    tell(f"Console: {server.url}" + ("" if token else "  (`mw console link` prints a link that lets you in)"))
    if token:
        tell(f"  This link lets you in once, within 15 minutes:\n  {server.link(token)}")


def _reached(allowed_hosts: str, tls_cert: str | None, tls_key: str | None, **others: Any) -> "Reached":
    names = tuple(name.strip() for name in allowed_hosts.split(",") if name.strip())
    tls = (tls_cert or "", tls_key or "") if tls_cert or tls_key else None
    return {"allowed_hosts": names, "tls": tls, **others}  # type: ignore[typeddict-item]


def _announce(here: "Project", server: "Server", as_json: bool, waits: bool = False) -> None:
    if as_json:
        emit("millwright.up/1", server.as_plain())
        return
    row = here.example_row()
    tell(f"Serving {', '.join(server.projects) or 'nothing yet: promote a version'} at {server.url}")
    if row is not None:
        body = shlex.quote(json.dumps({"rows": [row]}, ensure_ascii=False))
        where = f"{server.url}/v1/projects/{here.spec.project}/predict"
        secured = ' -H "Authorization: Bearer $MILLWRIGHT_API_KEY"' if server.auth == "keys" else ""
        tell(f"Ask it:\n  curl {where}{secured} -H 'Content-Type: application/json' -d {body}")
    if not server.replay:
        _say_what_is_watched(here)
    if waits:
        remark("Press Ctrl-C to stop.")


def _say_what_is_watched(here: "Project") -> None:
    from millwright.loop.watchable import limits, needs, watched

    tell(f"The steward {watched(here.spec)}.")
    for line in (needs(here.spec), *(f"cannot be watched: {limit}" for limit in limits(here.spec))):
        tell(f"  {line}")
