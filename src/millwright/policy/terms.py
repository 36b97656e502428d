"""The arithmetic of a rule, condition by condition, as it is kept and shown."""

from datetime import datetime, timedelta

from millwright.records.deciding import Term

NOTHING = timedelta(0)


def at_least(name: str, value: float, limit: float) -> Term:
    """`value` must reach `limit`."""
    return Term(name=name, value=_figure(value), limit=f"at least {_figure(limit)}", holds=value >= limit)


def at_most(name: str, value: float, limit: float) -> Term:
    """`value` may not pass `limit`."""
    return Term(name=name, value=_figure(value), limit=f"at most {_figure(limit)}", holds=value <= limit)


def passed_since(name: str, since: datetime | None, now: datetime, least: timedelta) -> Term:
    """At least so much time must have passed; since None: it never happened."""
    if since is None:
        return Term(name=name, value="never", limit=f"at least {span(least)}", holds=True)
    return Term(name=name, value=span(now - since), limit=f"at least {span(least)}", holds=now - since >= least)


def is_so(name: str, value: str, wanted: str, holds: bool) -> Term:
    """A condition that is no comparison of figures."""
    return Term(name=name, value=value, limit=wanted, holds=holds)


def all_hold(terms: tuple[Term, ...]) -> bool:
    """Whether every condition holds."""
    return all(term.holds for term in terms)


def span(time: timedelta) -> str:
    """A length of time as people say it: 3.5 days, 2 hours, 40 s."""
    seconds = time.total_seconds()
    for unit, size in (("days", 86400), ("hours", 3600), ("min", 60)):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:.3g}"
