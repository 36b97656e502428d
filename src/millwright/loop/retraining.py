"""A retrain: a training run that the policy decided on, found again by the decision's number however it ends."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from millwright.errors import Conflict, MillwrightError, Unavailable
from millwright.evaluate.gates import is_likely_better
from millwright.loop.material import Material, Span
from millwright.loop.opened import live_version, open_version
from millwright.loop.order import ANEW, Holdout, Kept, Order
from millwright.loop.progress import Listener, at_stage
from millwright.loop.recalibrating import Recalibrating, candidate_of
from millwright.loop.rolling import Windows
from millwright.loop.table import RECENT
from millwright.loop.train import train
from millwright.loop.unfinished import UNFINISHED
from millwright.loop.workshop import Workshop
from millwright.package.keys import Trust
from millwright.package.verify import verify_package
from millwright.policy.rules import ON_DECAY
from millwright.policy.situation import Candidate as Made
from millwright.predictions.layout import to_microseconds
from millwright.predictions.window import Logs
from millwright.records.codec import from_json
from millwright.records.deciding import Decision
from millwright.records.judging import Verdict
from millwright.records.release import Version
from millwright.records.running import Run
from millwright.records.spec import Spec
from millwright.registry import runs, steps, versions
from millwright.search.generating import recipes
from millwright.spec.durations import parse_duration

MOVED = 4
"""So many times what is usually sealed must have gone by since what the live version learnt from began."""
BREAKS = "broken"
"""Where the evidence of a retrain's decision keeps the times whose rows are not learnt from."""
NOTHING_KEPT = "the live model has no settings to keep (imported, a baseline, or not known): everything is searched anew"


def run_name(project: str, number: int) -> str:
    """The id of the run of a retrain."""
    return f"{runs.RETRAIN}{project}-{number}"


def retrain(shop: Workshop, decision: Decision, listen: Listener) -> None:
    """Carry out a retrain, or go on with it. How it ended is in its run: see `made_by`.

    Raises Conflict where a person's run is under way, Unavailable where the disk is full: it is gone on with later.
    """
    broken = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in decision.evidence.get(BREAKS, [])]
    moved = decision.rule == ON_DECAY or changed_lately(shop, decision.event_at)
    order = order_of(shop, run_name(shop.project, decision.number), decision.event_at, broken, moved=moved)
    mine, teacher = replace(shop, spec=spec_of_retrain(shop.spec), actor=decision.actor), None
    if decision.action == "recalibrate":
        teacher = Recalibrating(mine)
        order = replace(order, since=_live_knows_until(shop), holdout=None, refit=False)
    elif shop.spec.retrain.search == "keep" and not order.kept.only:
        listen(at_stage("search", NOTHING_KEPT))
    try:
        train(mine, listen, order, teacher)
    except (Conflict, Unavailable):
        raise
    except MillwrightError:
        with shop.catalogue.read() as view:
            run = runs.find(view, order.run)
        if run is None or run.state == "running":  # it ended before it began: there is no record of how
            raise


def changed_lately(shop: Workshop, now: datetime) -> bool:
    """Whether the live version looked back no further than to a time of which most would be sealed now."""
    live = live_version(shop)
    if live is None:
        return False
    with shop.catalogue.read() as view:
        step = next((step for step in steps.of_run(view, live.run) if step.name == "window"), None)
    since = None if step is None else from_json(Windows, shop.blobs.get(step.output)).since
    return since is not None and to_microseconds(now) - since < MOVED * RECENT


def _live_knows_until(shop: Workshop) -> datetime | None:
    """When the live version's training data was known: what happened later it has not learnt from."""
    live = live_version(shop)
    if live is None:
        return None
    with shop.catalogue.read() as view:
        return runs.get(view, live.run).as_of


def order_of(shop: Workshop, name: str, as_of: datetime, broken: Sequence[Span], *, moved: bool = False) -> Order:
    """A retrain on what was known at `as_of`, as the spec asks. moved: whether the world changed of late, so that what is live
    does worse than it promised or has learnt little of what is so now: then a week shows whether another is better, and the
    rest of what is new is better learnt from."""
    spec = shop.spec.retrain
    usual: Holdout = "newest" if moved else "recent"
    holdout = int(parse_duration(spec.holdout).total_seconds() * 1e6) if spec.holdout else usual
    return Order(
        run=name,
        as_of=as_of,
        take=Material(Logs.of(shop.home.root), tuple(broken)).take,
        window=spec.window,
        holdout=holdout,
        kept=kept_of(shop) if spec.search == "keep" else ANEW,
        refit=spec.refit,
    )


def spec_of_retrain(spec: Spec) -> Spec:
    """The spec with the search's deadline of a retrain."""
    if spec.retrain.budget is None:
        return spec
    return replace(spec, search=replace(spec.search, budget=spec.retrain.budget))


def kept_of(shop: Workshop) -> Kept:
    """The settings of the live model, and how its features are made of others; none where they are not known any more, and
    then everything is searched anew."""
    live = live_version(shop)
    made = None if live is None else candidate_of(shop, live)
    if live is None or made is None or made.trial.config.family == "baseline":
        return ANEW
    return Kept((made.trial.config,), recipes(open_version(shop, live).scorer.plan))


def made_by(shop: Workshop, decision: Decision) -> Made | None:
    """What a retrain made, or how it ended without a version; None where it has not ended."""
    with shop.catalogue.read() as view:
        run = runs.find(view, run_name(shop.project, decision.number))
        version = versions.numbered(view, shop.project, run.version) if run and run.version else None
    if run is None or run.state == "running":
        return None
    if version is None:
        return _nothing(run, decision)
    verdict = _verdict_of(shop, version)
    return Made(
        version=version.number,
        verdict=version.verdict,
        summary=version.summary,
        against=int(verdict.champion.removeprefix("v")) if verdict.champion else None,
        of=decision.number,
        likely=is_likely_better(verdict),
        untried=verdict.summary.startswith(UNFINISHED),
    )


def _nothing(run: Run, decision: Decision) -> Made:
    return Made(version=None, verdict="refused", summary=f"{run.state}: {run.reason}", against=None, of=decision.number)


def _verdict_of(shop: Workshop, version: Version) -> Verdict:
    folder = shop.home.packages / version.package
    return from_json(Verdict, verify_package(folder, version.package, Trust(shop.trust)).files["verdict.json"])
