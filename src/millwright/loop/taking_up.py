"""Whether the server that runs here answers as a change of release says: asked over HTTP, a while long. Light to import."""

import json
import time
from typing import Any

from millwright.errors import PackageRefused, Unavailable
from millwright.loop.own_server import ask
from millwright.loop.server import Server, running_server
from millwright.records.record import record
from millwright.records.release import Release
from millwright.stores.home import Home

WAIT_SECONDS = 60.0
ASK_SECONDS = 2.0


@record
class TakenUp:
    """A server that answers as a release says."""

    url: str
    seconds: float

    @property
    def sentence(self) -> str:
        """The same in one line."""
        return f"The server at {self.url} answers so, after {self.seconds:.1f} s."


def wait_taken_up(home: Home, release: Release, seconds: float = WAIT_SECONDS) -> TakenUp | None:
    """Wait until the running server has looked at a release; None where none runs here.

    Raises PackageRefused where it refuses the release or its challenger; Unavailable where it does not say in time.
    """
    began = time.monotonic()
    while (server := running_server(home)) is not None:
        said = said_ready(server, home, ASK_SECONDS)
        if said is not None and said.get("looked_at", {}).get(release.project, 0) >= release.number:
            _refuse_refused(release, server, said)
            return TakenUp(url=server.url, seconds=time.monotonic() - began)
        if time.monotonic() - began > seconds:
            raise _silent(release, server, said, seconds)
        time.sleep(0.05)
    return None


def said_ready(server: Server, home: Home, seconds: float) -> dict[str, Any] | None:
    """What a server says at /ready; None where it does not answer in time."""
    try:
        said = json.loads(ask(server, home, "/ready", seconds) or b"")
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _refuse_refused(release: Release, server: Server, said: dict[str, Any]) -> None:
    refused = said.get("refused", {})
    why = refused.get(release.project)
    answers = said.get("projects", {}).get(release.project)
    goes_on = f"{answers['version']} goes on answering" if answers else "nothing answers"
    if why is not None:
        raise _refused(f"release {release.number} is entered, but the server refuses it, and {goes_on}: {why}", server)
    if release.challenger is not None and (why := refused.get(f"{release.project} challenger")) is not None:
        raise _refused(
            f"release {release.number} is entered, but the server goes without v{release.challenger}, which it refuses: {why}",
            server,
            "mend that, or end the trial with `mw abort`",
        )


def _refused(what: str, server: Server, fix: str = "mend that, or go back with `mw rollback`") -> PackageRefused:
    return PackageRefused(what, where=server.url, fix=fix, code="release.refused_by_server")


def _silent(release: Release, server: Server, said: dict[str, Any] | None, seconds: float) -> Unavailable:
    why = "it does not answer" if said is None else said.get("refused", {}).get(release.project, "it does not say why")
    return Unavailable(
        f"release {release.number} is entered, but the server has not taken it up within {seconds:g} s: {why}",
        where=server.url,
        fix="see `mw status`; --no-wait does not wait",
        code="release.not_taken_up",
    )
