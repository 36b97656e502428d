"""A search that came to no model but the baseline is told from one that found nothing better."""

from collections.abc import Sequence
from dataclasses import replace

from millwright.metrics.registry import metric
from millwright.records.figures import fixed
from millwright.records.judging import Verdict
from millwright.records.modelling import Candidate, Trial
from millwright.records.spec import Spec
from millwright.registry.runs import RETRAIN
from millwright.search.bench import ranked
from millwright.search.race import NO_TIME

UNFINISHED = "do not ship: no model but the baseline was finished"
MOST_NAMED = 2
"""So many of those that failed or ran out of time are named."""


def short_of_time(trials: Sequence[Trial]) -> str:
    """How many of some trials ran out of time, and how many were not begun for want of it; empty where none."""
    begun = [trial for trial in trials if trial.state == "out_of_time" or trial.fits]
    late = sum(trial.state == "out_of_time" or trial.reason.endswith(NO_TIME) for trial in begun)
    never = sum(trial.reason.endswith(NO_TIME) for trial in trials) - sum(trial.reason.endswith(NO_TIME) for trial in begun)
    found = [f"{late:,} of {len(trials):,} trials ran out of time"] if late else []
    found += [f"{never:,} of {len(trials):,} were not begun"] if never else []
    return " and ".join(found)


def with_unfinished(verdict: Verdict, candidate: Candidate, trials: Sequence[Trial], more: str) -> Verdict:
    """The verdict, which says so where the baseline won since no other trial came to its end, or could not be fitted once more.
    more: what to raise, for more time."""
    tried = [trial for trial in trials if trial.config.family != "baseline"]
    if candidate.trial.config.family != "baseline" or not tried:
        return verdict
    if any(trial.state == "finished" for trial in tried):
        best = ranked([candidate.trial, *tried], metric(candidate.metric))[0]
        if best.score == candidate.trial.score or candidate.goal is not None:
            return verdict
        had = f"{best.config.name} had {candidate.metric} {fixed(best.score)}, the baseline {fixed(candidate.trial.score)}"
        return replace(verdict, summary=f"do not ship: {had}, but no time was left to fit it once more: raise {more}")
    failed = sum(trial.state == "failed" for trial in tried)
    short = short_of_time(tried)
    what = [short] if short else []
    what += [f"{failed} of {len(tried)} failed"] if failed else []
    what += [f"{trial.config.name} {trial.reason}" for trial in tried if trial.state in ("failed", "out_of_time")][:MOST_NAMED]
    fix = f"raise {more}" if short else "see what `mw runs show` says of them"
    why = f": {', '.join(what)}" if what else ""
    return replace(verdict, summary=f"{UNFINISHED}{why}; {fix}")


def more_time(spec: Spec, run: str) -> str:
    """The field that says how much time a run has."""
    return "retrain.budget" if run.startswith(RETRAIN) and spec.retrain.budget is not None else "search.budget"
