"""Keeping the logs as long as log.keep says, and as long as the loop still needs them; what was deleted is in the audit."""

from datetime import datetime

from millwright.errors import MillwrightError
from millwright.loop.calendar import due
from millwright.loop.kept_days import drop_pruned
from millwright.loop.quality import JUDGED_WINDOWS, maturity_of
from millwright.loop.workshop import Workshop
from millwright.predictions.of_record import IDEMPOTENT_FOR
from millwright.predictions.prune import PruneOrder, finish_prune, plan_prune, prune
from millwright.predictions.pruned import PruneRound, read_mark
from millwright.predictions.window import Logs
from millwright.records.codec import digest_of
from millwright.records.record import record
from millwright.registry import audit, releases
from millwright.registry import watched as catalogue_watched
from millwright.spec.durations import parse_duration

KEEPER = "keeper"
"""Who deletes what log.keep lets go, in the audit."""


@record
class PruneReport:
    """What was deleted, or would be. needed_from: what is newer is still needed by the loop and stays in any case."""

    project: str
    keep: str
    needed_from: datetime
    done: bool
    found: PruneRound | None

    @property
    def lines(self) -> list[str]:
        """The report for a person."""
        if self.found is None:
            why = f"the loop still needs what is newer than {self.needed_from:%Y-%m-%d %H:%M} UTC"
            return [f"nothing to delete: no sealed day is older than {self.keep}, or {why}"]
        return [f"{'deleted' if self.done else 'would delete'}: {self.found.sentence}"]


def keep_logs(shop: Workshop, now: datetime) -> PruneRound | None:
    """Delete what log.keep lets go; None where that is nothing. A round that was killed is ended. Raises Unavailable."""
    keep, logs = shop.spec.log.keep, Logs.of(shop.home.root)
    found = None
    if keep is None:
        finish_prune(logs, shop.project)
    else:
        found = prune(logs, _order(shop, keep, now, KEEPER))
    drop_pruned(shop)
    _note(shop, logs)
    return found


def prune_logs(shop: Workshop, keep: str | None, *, dry: bool) -> PruneReport:
    """Delete by hand what is older than `keep` (None: log.keep), or only say what that is. Raises MillwrightError (log.keep)
    where neither says how long, Unavailable."""
    chosen, now, logs = keep or shop.spec.log.keep, shop.clock.now(), Logs.of(shop.home.root)
    if chosen is None:
        fix = "give --keep 90d, or set log.keep in the spec"
        raise MillwrightError("nothing says how long the logs are kept", where="log.keep", fix=fix, code="log.keep")
    order = _order(shop, chosen, now, shop.actor)
    found = plan_prune(logs, order) if dry else prune(logs, order)
    if not dry:
        drop_pruned(shop)
        _note(shop, logs)
    return PruneReport(project=shop.project, keep=chosen, needed_from=needed_from(shop, now), done=not dry, found=found)


def needed_from(shop: Workshop, now: datetime) -> datetime:
    """The oldest moment of the logs that a look of the loop, or a trial that goes on, may still ask about."""
    with shop.catalogue.read() as view:
        release = releases.current(view, shop.project)
        newest = catalogue_watched.newest(view, shop.project)
        first = releases.numbered(view, shop.project, 1) if release else None
    looked = newest.window.end if newest else None
    ends = due(now, parse_duration(shop.spec.watch.every), looked, first.event_at) if first else ()
    if first and shop.spec.watch.rows is not None:
        ends = (max(looked or first.event_at, first.event_at),)
    judged = min((*ends, now)) - maturity_of(shop) - JUDGED_WINDOWS * parse_duration(shop.spec.watch.window)
    trying = release.event_at if release is not None and release.challenger is not None else now
    return min(judged, trying) - IDEMPOTENT_FOR


def _order(shop: Workshop, keep: str, now: datetime, actor: str) -> PruneOrder:
    before = min(now - parse_duration(keep), needed_from(shop, now))
    return PruneOrder(project=shop.project, before=before, keep=keep, actor=actor, at=now)


def _note(shop: Workshop, logs: Logs) -> None:
    """Enter into the audit the rounds that the mark tells of and the audit does not: the last one, or one that was killed."""
    mark = read_mark(logs.predictions, shop.project)
    if mark is None:
        return
    subject = f"log {shop.project}"
    with shop.catalogue.read() as view:
        noted = {entry.detail for entry in audit.about(view, subject)}
    missing = [each for each in mark.rounds if digest_of(each) not in noted]
    if missing:
        with shop.catalogue.write() as tx:
            for each in missing:
                audit.append(tx, actor=each.actor, action="log.prune", subject=subject, detail=digest_of(each), at=each.at)
