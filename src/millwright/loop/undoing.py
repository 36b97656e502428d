"""Taking back what a person has just done to a release, while that is fresh: the inverse change, as a change of its own."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from millwright.errors import Conflict
from millwright.loop.decided_on import POLICY
from millwright.loop.outcomes import ReleaseReport
from millwright.loop.releasing import abort, pause, promote, resume, rollback, try_out
from millwright.loop.workshop import Workshop
from millwright.records.record import record
from millwright.records.release import Release, say_share
from millwright.registry import releases

UNDO_FOR = timedelta(minutes=10)
"""How long a change may be taken back with one word; after that it is a change like any other."""

How = Literal["rollback", "promote", "abort", "try_out", "resume", "pause"]


@record
class Undo:
    """What taking the last change back would do. of: the number of the release that it takes back; until: how long it may
    be."""

    of: int
    how: How
    version: int | None
    share: float | None
    until: datetime
    sentence: str
    command: str


def undo_of(view: Connection, project: str, now: datetime) -> Undo | None:
    """What taking the last change back would do; None where it is too long ago, was not a person's, or was the first."""
    newest = releases.page(view, project, limit=2)
    if len(newest) < 2 or newest[0].actor == POLICY or now - newest[0].event_at >= UNDO_FOR:
        return None
    last, before = newest
    return _inverse(last, before)


def undo(shop: Workshop, expected: int | None, *, reason: str) -> ReleaseReport:
    """Take the last change back. expected: the number of the release that is meant, where somebody names it. Raises Conflict
    where there is nothing to take back any more; and as the change that it is."""
    now = shop.clock.now()
    with shop.catalogue.read() as view:
        wanted = undo_of(view, shop.project, now)
    if wanted is None or (expected is not None and wanted.of != expected):
        raise Conflict(
            "there is nothing to undo any more", fix="see `mw releases`; roll back or promote instead", code="release.undo"
        )
    why = reason or f"undo of release {wanted.of}"
    if wanted.how in ("rollback", "promote"):
        change = rollback if wanted.how == "rollback" else promote
        return change(shop, f"v{wanted.version}", reason=why)
    if wanted.how == "try_out":
        return try_out(shop, f"v{wanted.version}", wanted.share or 0.0, reason=why, force=True)
    return {"abort": abort, "resume": resume, "pause": pause}[wanted.how](shop, reason=why)


def _inverse(last: Release, before: Release) -> Undo | None:
    until = last.event_at + UNDO_FOR

    def undoing(how: How, sentence: str, command: str, version: int | None = None, share: float | None = None) -> Undo:
        return Undo(of=last.number, how=how, version=version, share=share, until=until, sentence=sentence, command=command)

    if last.action == "promote":
        said = f"v{before.version} is live again"
        return undoing("rollback", said, f"mw rollback v{before.version}", before.version)
    if last.action == "rollback":
        return undoing("promote", f"v{before.version} is live again", f"mw promote v{before.version}", before.version)
    if last.action in ("pause", "resume"):
        back: How = "resume" if last.action == "pause" else "pause"
        return undoing(back, "the trial goes on" if back == "resume" else "the trial is paused again", f"mw {back}")
    if before.challenger is None:
        return undoing("abort", f"v{last.challenger} is not tried any more", "mw abort")
    if last.action in ("abort", "shadow", "canary"):
        how = f"is a canary for {say_share(before.share)} of the keys" if before.share else "is in shadow"
        step = say_share(before.share) if before.share else "shadow"
        command = f"mw promote v{before.challenger} --to {step}"
        return undoing("try_out", f"v{before.challenger} {how} again", command, before.challenger, before.share)
    return None
