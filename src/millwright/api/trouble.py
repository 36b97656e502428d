"""Is anything wrong? What stands in a project's status, as a list of troubles, the worst first."""

from collections.abc import Iterator
from typing import Any, Literal

from millwright.records.record import record

Level = Literal["broken", "worse", "attention", "waits"]
_BADNESS: dict[Level, int] = {"broken": 1000, "worse": 300, "attention": 100, "waits": 30}


@record
class Trouble:
    """One thing that is wrong. about: what it is about (server, catalogue, spec, quality, cause, alert, decision, steward);
    ref: the id or number of it, where it has one; fix: what helps."""

    level: Level
    about: str
    sentence: str
    ref: str = ""
    fix: str = ""


def troubles_of(
    name: str, status: dict[str, Any], server: dict[str, Any] | None, unreadable: str, spec_fault: str
) -> list[Trouble]:
    """What is wrong with a project, the worst first."""
    place = [*_of_the_place(name, server, unreadable, spec_fault), *_unserved(status, server)]
    found = [*place, *_of_the_loop(status), *_of_people(status)]
    return sorted(found, key=lambda one: -_BADNESS[one.level])


def worst(found: list[Trouble]) -> int:
    """How bad it is: 0 where nothing is wrong."""
    return sum(_BADNESS[one.level] for one in found)


def _of_the_place(name: str, server: dict[str, Any] | None, unreadable: str, spec_fault: str) -> Iterator[Trouble]:
    if unreadable:
        yield Trouble(level="broken", about="catalogue", sentence=unreadable, fix="restore it from a backup")
    if server is not None and name in server.get("refused", {}):
        why = server["refused"][name]
        yield Trouble(level="broken", about="server", sentence=f"the server refuses what is live: {why}", fix="mw rollback")
    elif server is not None and not server.get("ready", True):
        yield Trouble(level="broken", about="server", sentence="the server does not answer", fix="mw down, then mw up")
    if spec_fault:
        yield Trouble(
            level="attention", about="spec", sentence=spec_fault, fix="correct millwright.yaml; the one of before counts"
        )


def _unserved(status: dict[str, Any], server: dict[str, Any] | None) -> Iterator[Trouble]:
    """Something is live and nobody serves it here. It is no trouble where it is asked elsewhere, or in bulk."""
    if status.get("live") and server is None:
        yield Trouble(level="waits", about="server", sentence="no server runs here: what is live answers nobody", fix="mw up")


def _of_the_loop(status: dict[str, Any]) -> Iterator[Trouble]:
    live, quality = status.get("live"), status.get("quality")
    if live and quality and quality["version"] == live["version"]:
        for line in quality.get("lines", ()):
            if ": worse than promised" in line:
                yield Trouble(level="worse", about="quality", sentence=line, fix="mw quality why")
    for cause in status.get("causes", ()):
        yield Trouble(level="attention", about="cause", sentence=cause["sentence"], ref=cause["id"])
    explained = {id_ for cause in status.get("causes", ()) for id_ in cause["findings"]}
    for finding in status.get("findings", ()):
        if finding["id"] not in explained:
            yield Trouble(level="attention", about="finding", sentence=finding["sentence"], ref=finding["id"])
    steward = status.get("steward")
    if live and steward is not None and steward.get("error"):
        yield Trouble(level="attention", about="steward", sentence=f"the last look failed: {steward['error']}", fix="mw tick")
    for line in status.get("cannot", ()):
        yield Trouble(level="waits", about="watch", sentence=line)


def _of_people(status: dict[str, Any]) -> Iterator[Trouble]:
    for decision in status.get("pending", ()):
        what = f"{decision['action']} waits for a person: {decision['reason']}"
        fix = f"mw approve {decision['number']}"
        yield Trouble(level="waits", about="decision", sentence=what, ref=str(decision["number"]), fix=fix)
    for alert in status.get("alerts", {}).get("open", ()):
        level: Level = "attention" if alert["severity"] == "page" else "waits"
        yield Trouble(
            level=level, about="alert", sentence=alert["title"], ref=str(alert["number"]), fix=f"mw ack {alert['number']}"
        )
