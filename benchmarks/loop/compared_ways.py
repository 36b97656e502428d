"""What the policy's answers were worth, beside those of simpler ways on the same requests. Printed, and held to no bar."""

from collections.abc import Iterator, Mapping
from typing import Any

from bike_year import live_through
from figure import Figure
from site_of_run import Site

from millwright.records.judging import Interval

SAID = {"policy": "this policy", "never": "never retrained", "always": "retrained at every window, no gate asked"}


def figures(site: Site) -> Iterator[Figure]:
    """The live metric of each way with its interval, how often it retrained, and paired differences on the same rows."""
    yield from of_flights(site.demo)
    yield from of_bikes(site)


def of_flights(demo: Mapping[str, Any]) -> Iterator[Figure]:
    """As the demo's outcome has them; its simplest way retrains every four windows of a week."""
    for way, metrics in demo["overall"].items():
        for metric, found in metrics.items():
            yield _way(f"ways.flights.{metric}.{way}", Interval(**found), SAID[way])
        yield Figure(f"ways.flights.retrains.{way}", demo["retrains"][way], "", SAID[way])
    for gap in demo["differences"]:
        yield _gap(f"ways.flights.{gap['metric']}.over_{gap['against']}", Interval(**gap["difference"]), gap["against"])


def of_bikes(site: Site) -> Iterator[Figure]:
    year = live_through(site)
    for way in year.ways:
        for metric, found in way.overall.items():
            yield _way(f"ways.bikes.{metric}.{way.name}", found, SAID[way.name])
        yield Figure(f"ways.bikes.retrains.{way.name}", way.retrains, "", SAID[way.name])
    for gap in year.gaps:
        yield _gap(f"ways.bikes.{gap.metric}.over_{gap.against}", gap.difference, gap.against)


def _way(name: str, found: Interval, against: str) -> Figure:
    return Figure(name, found.value, "", against, n=found.n, low=found.low, high=found.high)


def _gap(name: str, found: Interval, against: str) -> Figure:
    said = f"{SAID[against]}: paired, a plus is in favour of the policy"
    return Figure(name, found.value, "", said, n=found.n, low=found.low, high=found.high)
