"""What is live, read in a few milliseconds of work: no SQLAlchemy, no NumPy, nothing started."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from millwright.errors import NotFound, Unavailable
from millwright.loop.server import Server, running_server
from millwright.loop.steward_state import EXPIRES, read_steward
from millwright.loop.taking_up import said_ready
from millwright.records.codec import to_plain
from millwright.records.release import say_share
from millwright.registry.status import read_status
from millwright.stores.home import Home

ANSWER_SECONDS = 1.0


def read_live(home: Home, trust: Path) -> dict[str, Any]:
    """The state of every project in this state folder, and the running server.

    `unreadable` says why the catalogue cannot be read, or is empty; the server may answer all the same. `untold`: by project,
    what was done here that the catalogue was not told of yet, the oldest first.
    """
    status = _status(home)
    server = running_server(home)
    for name, project in status["projects"].items():
        project["quality"] = read_quality(home, name)
        project["steward"] = read_steward(home, name)
    about = {**server.as_plain(), **_said_by(server, home)} if server else None
    return {**status, "untold": _untold(home, trust), "server": about, "home": str(home.root)}


def _status(home: Home) -> dict[str, Any]:
    unreadable = ""
    try:
        status = read_status(home.catalogue)
        return {name: status[name] for name in ("projects", "audit")} | {"unreadable": ""}
    except NotFound:
        if any((home.root / "release").glob("*.json")):
            unreadable = f"{home.catalogue}: the catalogue is gone (put it back, or restore it from a backup)"
    except Unavailable as error:
        unreadable = str(error)
    return {"projects": {}, "audit": {"entries": 0, "head": None}, "unreadable": unreadable}


def _untold(home: Home, trust: Path) -> dict[str, list[dict[str, Any]]]:
    """What stands in the release files alone. What verifies them takes a while to load."""
    from millwright.package.keys import Trust
    from millwright.package.release_file import read_untold

    found = read_untold(home.root, Trust(trust))
    return {name: [{**to_plain(told), "sentence": told.sentence} for told in untold] for name, untold in found.items()}


def _said_by(server: Server, home: Home) -> dict[str, Any]:
    """What the running server says of itself at /ready: whether it is, what answers, and which releases it refuses and why."""
    said = said_ready(server, home, ANSWER_SECONDS)
    if said is None:
        return {"ready": False, "answers": {}, "refused": {"server": "it does not answer"}}
    return {"ready": bool(said.get("ready")), "answers": said.get("projects", {}), "refused": said.get("refused", {})}


def read_quality(home: Home, project: str) -> dict[str, Any] | None:
    """The realised quality that was last computed for a project, or None."""
    path = home.server / f"quality-{project}.json"
    if not path.is_file():
        return None
    quality: dict[str, Any] = json.loads(path.read_text())
    return quality


def sentences(live: dict[str, Any]) -> list[str]:
    """The state as a person reads it."""
    served, refused = live["server"] is not None, (live["server"] or {}).get("refused", {})
    lines = [line for name, project in live["projects"].items() for line in _project(name, project, served, name in refused)]
    if live["unreadable"]:
        lines = [live["unreadable"]]
    if not lines:
        lines = ["Nothing has run here yet. Begin with `mw train`."]
    lines += [say_untold(name, told["sentence"]) for name, untold in live["untold"].items() for told in untold]
    server = live["server"]
    lines.append(_server(server) if server else "server: not running; `mw up` starts it")
    lines += [f"  refused: {name}: {why}" for name, why in (server["refused"] if server else {}).items()]
    return lines + list(_otherwise(live["projects"], server["answers"] if server else {}))


def say_untold(project: str, done: str) -> str:
    """What was done while the catalogue was away, as a person reads it."""
    return f"{project}: the catalogue was not told yet of the {done}. The next command that can write it does so."


def _server(server: dict[str, Any]) -> str:
    who = "" if server["auth"] == "none" else "; each request needs an API key"
    return f"server: {server['url']} (process {server['pid']}){who}"


def _otherwise(projects: dict[str, Any], answers: dict[str, Any]) -> Iterator[str]:
    """Where the server answers with another version than the catalogue says is live."""
    for name, answer in answers.items():
        live = projects.get(name, {}).get("live")
        if live is None or answer["version"] != f"v{live['version']}":
            yield f"  {name}: the server answers with {answer['version']} (release {answer['release']})"


def _project(name: str, project: dict[str, Any], served: bool, refused: bool) -> list[str]:
    live, newest = project["live"], project["newest_version"]
    lines = [f"{name}: {_live(live)}"]
    if project["live_version"]:
        lines.append(f"  promised: {project['live_version']['summary']}")
    lines += [f"  live: {line}" for line in _quality(project)] if live else []
    lines += _loop(project) if live else []
    if newest and (live is None or newest["payload_digest"] != live["payload_digest"]):
        lines.append(f"  newest: v{newest['number']}, {newest['verdict']}: {newest['summary']}")
    if project["unfinished_runs"]:
        lines.append("  a run was stopped; `mw train` goes on where it was")
    helps = "the server refuses what is live: `mw rollback`, or `mw promote` another version"
    lines.append(f"  next: {helps if refused else _next(project, served)}")
    return lines


def _loop(project: dict[str, Any]) -> list[str]:
    """What the loop found, what it is trying, what waits for a person, and whether anybody looks."""
    lines = [f"  trying: {_trying(project['challenger'])}"] if project["challenger"] else []
    lines += [f"  found: {cause['sentence']}" for cause in project["causes"]]
    explained = {id_ for cause in project["causes"] for id_ in cause["findings"]}
    lines += [f"  found: {finding['sentence']}" for finding in project["findings"] if finding["id"] not in explained]
    last = project["last_decision"]
    if last is not None:
        version = f" v{last['version']}" if last["version"] is not None else ""
        lines.append(f"  decided: {last['number']}, {last['action']}{version}: {last['reason']}")
    for waits in _waiting(project):
        version = f" v{waits['version']}" if waits["version"] is not None else ""
        lines.append(f"  waits for you: {waits['action']}{version}: `mw approve {waits['number']}`")
    lines += [f"  alert {alert['number']}, {alert['severity']}: {alert['title']}" for alert in project["alerts"]["open"][:3]]
    if (more := len(project["alerts"]["open"]) - 3) > 0:
        lines.append(f"  and {more}{'+' if more == 47 else ''} more alerts that nobody looks after: `mw alerts --open`")
    lines += [f"  {_unsent(channel)}" for channel in project["alerts"]["unsent"]]
    lines += [f"  amended: +{one['late_rows']:,} late rows in the window {_span(one)}" for one in project["amended"]]
    lines += [f"  cannot be watched: {line}" for line in project["cannot"]]
    return [*lines, f"  steward: {_steward(project)}"]


def _unsent(channel: dict[str, Any]) -> str:
    """What waits for a channel: for quiet hours to end, or since it does not take it."""
    many = f"{channel['waiting']} alert{'' if channel['waiting'] == 1 else 's'} not sent to {channel['channel']} yet"
    return f"{many}, next at {_minute(channel['next_try'])}{': ' + channel['said'] if channel['said'] else ''}"


def _waiting(project: dict[str, Any]) -> list[dict[str, Any]]:
    """Decisions that wait for a person and have not expired."""
    oldest = datetime.now(UTC) - EXPIRES
    return [waits for waits in project["pending"] if datetime.fromisoformat(waits["event_at"]) > oldest]


def _what_helps(project: dict[str, Any]) -> str:
    steward = project["steward"]
    if steward is not None and steward["running"] and steward["mode"] != "advise":
        return "it does worse than promised; the loop retrains as the policy allows: `mw decisions`"
    return "it does worse than promised: train on newer data with `mw train`"


def _trying(challenger: dict[str, Any]) -> str:
    how = f"canary for {say_share(challenger['share'])} of the keys" if challenger["share"] else "in shadow"
    harm = "; harm still ends it" if challenger["paused"] == "pause" else ""
    why = f" ({challenger['reason']})" if challenger["reason"] != "asked for" else ""
    paused = f", paused, last word by {challenger['actor']}{why}{harm}: `mw resume`" if challenger["paused"] else ""
    return f"v{challenger['version']}, {how}{paused}"


def _steward(project: dict[str, Any]) -> str:
    """Whether anybody looks, until when it did, and when it looks next."""
    steward, until = project["steward"], project["watched_until"]
    looked = f"looked at windows until {_minute(until)}{_last(project['window'])}" if until else "no window was looked at yet"
    if steward is None or not steward["running"]:
        return f"none is running; {looked}; `mw up` starts one, `mw tick` looks once"
    trouble = f"; its last tick failed: {steward['error']}" if steward["error"] else ""
    ends = f"{_minute(steward['next_look'])}{' or sooner' if steward.get('may_be_sooner') else ''}"
    return f"{looked}, the next ends at {ends} (policy.mode: {steward['mode']}){trouble}"


def _last(window: dict[str, Any] | None) -> str:
    """The newest window, with what its inputs were held against."""
    if window is None:
        return ""
    against = {"periods": "training rows by period", "live": "live traffic", "rows": "all training rows at once"}
    return f" (the last from {_minute(window['start'])}, {window['rows']:,} rows, beside {against[window['held_against']]})"


def _span(window: dict[str, Any]) -> str:
    return f"{_minute(window['start'])} to {_minute(window['end'])}"


def _minute(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"


def _live(live: dict[str, Any] | None) -> str:
    if live is None:
        return "nothing is live"
    since = datetime.fromisoformat(live["event_at"]).strftime("%Y-%m-%d %H:%M UTC")
    why = f" ({live['reason']})" if live["reason"] != "asked for" else ""
    why += ", forced against its verdict" if live["forced"] else ""
    return f"v{live['version']} is live since {since}, by {live['actor']}{why}"


def _quality(project: dict[str, Any]) -> list[str]:
    """What was judged last, where it was the version that is live."""
    quality = project["quality"]
    if quality is not None and quality["version"] == project["live"]["version"]:
        return list(quality["lines"])
    if project["watched_until"] is None:
        return ["not judged yet: no window was looked at"]
    return ["at the last look none of its answers was old enough for its label to be known"]


def _next(project: dict[str, Any], served: bool) -> str:
    if live_waits := _waiting(project):
        return f"`mw explain-decision {live_waits[0]['number']}`, then `mw approve` it or not"
    live, newest = project["live"], project["newest_version"]
    if newest is None:
        return "`mw train`"
    waiting = live is None or (live["version"] < newest["number"] and live["payload_digest"] != newest["payload_digest"])
    tried = project["challenger"] is not None and project["challenger"]["version"] == newest["number"]
    if newest["verdict"] == "passed" and waiting and not tried:
        return f"`mw promote v{newest['number']}`"
    if live is None:
        return f"see why v{newest['number']} did not pass: `mw report --open`"
    if any(": worse than promised" in line for line in _quality(project)):
        return _what_helps(project)
    return "nothing to do" if served else "`mw up`"
