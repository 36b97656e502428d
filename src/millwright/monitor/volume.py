"""How much was asked: silence where there was traffic is not a quiet day but a feed to look at."""

from millwright.monitor.found import Scene, of_the_model
from millwright.monitor.inputs import Newest, Observed
from millwright.monitor.words import number, percent
from millwright.records.deciding import Change, Finding
from millwright.records.watching import Serving

_LEAST_SHARE = 0.2


def volume(observed: Observed, scene: Scene, level: float, serving: Serving | None = None) -> Finding | None:
    """Nothing at all since the last look, or surely less than a fifth of the usual rows (Poisson).

    serving: how the server answered meanwhile, where that is known: what it refused was asked, and counts as a row a request.
    """
    from scipy.special import pdtr

    if not observed.usual_per_day:
        return None
    newest = observed.newest or Newest(rows=observed.rows, days=observed.days)
    usual, rows = observed.usual_per_day * newest.days, newest.rows + _refused(serving)
    if rows and float(pdtr(rows, _LEAST_SHARE * usual)) > level:
        return None
    if not rows and usual < 1:
        return None
    per_day = rows / max(newest.days, 1e-6)
    change = Change(
        column="",
        check="volume",
        was=observed.usual_per_day,
        now=per_day,
        unit="rows a day",
        effect=per_day / observed.usual_per_day - 1,
    )
    usually = f"where about {number(observed.usual_per_day)} rows a day are usual"
    if not rows:
        return of_the_model("data_fault", change, f"nothing was asked since the last look, {usually}", scene)
    share = percent(rows / usual)
    return of_the_model(
        "data_fault", change, f"only {number(per_day)} rows a day were asked, {share} of the usual, {usually}", scene
    )


def _refused(serving: Serving | None) -> int:
    """Requests that were refused, each once: it may have been for several reasons."""
    return min(serving.requests, sum(one.requests for one in serving.refused)) if serving else 0
