"""What acting is expected to bring against what it costs and risks; every figure stands in the decision's conditions."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from millwright.policy.situation import Retrained, Situation
from millwright.policy.terms import is_so
from millwright.records.deciding import Finding, Loss, Term
from millwright.records.figures import figure
from millwright.records.spec import Spec
from millwright.spec.durations import parse_duration
from millwright.spec.rates import Rate, parse_retrains


def pays(spec: Spec, s: Situation, found: Iterable[Finding]) -> tuple[Term, ...]:
    """Whether a retrain for these findings is expected to bring more than it costs; no condition where no loss is known.

    Gain: the largest loss of the findings, over the horizon, times the chance that a retrain makes a better model, which is
    how often it did so far, one success and one failure added (Laplace's rule of succession). Price: the cost of a retrain,
    and the risk that a worse version passes its gates, for as long as a canary would take to show it. In the unit of the
    spec's costs where these are declared, else in days of what the model is worth over its baseline.
    """
    loss = max((f.loss for f in found if f.loss is not None), key=lambda one: one.share, default=None)
    if loss is None or loss.share == 0:
        return ()
    a_day, unit = (loss.share, " days of its worth") if loss.per_day is None else (loss.per_day, "")
    worth = a_day / loss.share
    days, (chance, said) = _days(spec.policy.horizon), chance_of(s.retrained)
    gain = a_day * days * chance
    risk = (1 - spec.evaluate.confidence) * worth * spec.release.canary_share * _days(spec.release.canary)
    price = spec.policy.retrain_cost + risk
    value = f"{figure(gain)}{unit} ({_said(loss)}: {figure(a_day)} a day x {days:g} days x chance {chance:.2g}, as {said})"
    limit = f"more than {figure(price)} ({spec.policy.retrain_cost:g} for it, {risk:.3g} at risk)"
    return (is_so("expected gain", value, limit, gain > price),)


def costs_nothing(spec: Spec) -> tuple[Term, ...]:
    """What newer rows alone bring is not known, so nothing may be paid for it; no condition where a retrain costs nothing."""
    if spec.policy.retrain_cost == 0:
        return ()
    return (is_so("cost of a retrain", f"{spec.policy.retrain_cost:g}", "0, as no loss is known", False),)


def chance_of(retrained: Iterable[Retrained]) -> tuple[float, str]:
    """How likely a retrain makes a better model, and from what that is known."""
    ended = [one.better for one in retrained if one.better is not None]
    better = sum(ended)
    said = f"{better} of {len(ended)} retrains made a better model" if ended else "no retrain has ended yet"
    return (1 + better) / (2 + len(ended)), said


def in_budget(spec: Spec, s: Situation) -> Term:
    """Whether the bucket of retrains holds one more."""
    rate = parse_retrains(spec.policy.retrains)
    left = tokens(rate, [one.at for one in s.retrained], s.now)
    return is_so("retrains left", f"{left:.3g} of {rate.number}", f"at least 1 ({spec.policy.retrains})", left >= 1)


def tokens(rate: Rate, spent: Iterable[datetime], now: datetime) -> float:
    """What is left in a token bucket: full at first, one taken by each of `spent`, filled again evenly up to the rate's number
    (Turner, IEEE Communications Magazine 24, 1986)."""
    left, last = float(rate.number), now
    for moment in sorted(spent):
        filled = left + max(moment - last, timedelta(0)) / rate.apart
        left, last = max(min(filled, float(rate.number)) - 1.0, 0.0), moment
    return min(left + (now - last) / rate.apart, float(rate.number))


def _said(loss: Loss) -> str:
    points = "" if loss.points is None else f", {loss.points:.3g} {loss.metric}"
    return f"{'measured' if loss.measured else 'expected'} loss of {100 * loss.share:.3g} % of its worth{points}"


def _days(duration: str) -> float:
    return parse_duration(duration) / timedelta(days=1)
