"""Checks of search.goal: whether what is asked can be measured."""

from collections.abc import Iterator

from millwright.errors import SpecError
from millwright.records.spec import Spec
from millwright.spec.durations import parse_duration, parse_size
from millwright.spec.fault import Fault
from millwright.spec.words import shown

READABLE = ("linear", "lightgbm")
"""Families of which there are models that a person can read."""


def goal_faults(spec: Spec) -> Iterator[Fault]:
    """Everything in the goal that has the wrong meaning."""
    goal, place = spec.search.goal, ("search", "goal")
    if goal is None:
        return
    for name, text, parse in (("latency_p99", goal.latency_p99, parse_duration), ("size", goal.size, parse_size)):
        try:
            if text is not None and not parse(text):
                what = f"search.goal.{name}: {shown(text)} is nothing at all"
                yield Fault((*place, name), what, "write more, or leave it out")
        except SpecError as error:
            yield Fault((*place, name), f"search.goal.{name}: {error.what}", error.fix)
    if goal.interpretable and not set(READABLE) & set(spec.search.families):
        what = "search.goal.interpretable: none of search.families has models that a person can read"
        yield Fault((*place, "interpretable"), what, f"add one of {' and '.join(READABLE)}", also=(("search", "families"),))
    gap = goal.fairness_gap
    if gap is not None and gap.column == spec.data.target:
        what = "search.goal.fairness_gap.column: it is the target, which the answers are meant to tell apart"
        yield Fault((*place, "fairness_gap", "column"), what, "name a column that divides the rows", also=(("data", "target"),))
