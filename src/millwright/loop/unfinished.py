"""A search that came to no model but the baseline is told from one that found nothing better."""

from collections.abc import Sequence
from dataclasses import replace

from millwright.records.judging import Verdict
from millwright.records.modelling import Trial
from millwright.search.race import NO_TIME


def short_of_time(trials: Sequence[Trial]) -> str:
    """How many of some trials ran out of time, and how many were not begun for want of it; empty where none."""
    begun = [trial for trial in trials if trial.state == "out_of_time" or trial.fits]
    late = sum(trial.state == "out_of_time" or trial.reason.endswith(NO_TIME) for trial in begun)
    never = sum(trial.reason.endswith(NO_TIME) for trial in trials) - sum(trial.reason.endswith(NO_TIME) for trial in begun)
    found = [f"{late:,} of {len(trials):,} trials ran out of time"] if late else []
    found += [f"{never:,} of {len(trials):,} were not begun"] if never else []
    return " and ".join(found)


def with_unfinished(verdict: Verdict, winner: Trial, trials: Sequence[Trial]) -> Verdict:
    """The verdict, which says so where the baseline won since no other trial came to its end."""
    tried = [trial for trial in trials if trial.config.family != "baseline"]
    if winner.config.family != "baseline" or not tried or any(trial.state == "finished" for trial in tried):
        return verdict
    failed = sum(trial.state == "failed" for trial in tried)
    short = short_of_time(tried)
    what = [short] if short else []
    what += [f"{failed} of {len(tried)} failed"] if failed else []
    fix = "raise search.budget" if short else "see what `mw runs show` says of them"
    why = f": {', '.join(what)}" if what else ""
    return replace(verdict, summary=f"do not ship: no model but the baseline was finished{why}; {fix}")
