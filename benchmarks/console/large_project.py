"""A project as large as the console has to show: two trained versions on real flights, eight weeks of log with a tick for each,
and what years of that would leave in the catalogue.

Everything is entered by the product's own functions. What the years would leave is what was trained, found and decided here,
again and again under other names and times: the same records, as long and as deep.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sealed_log import make_log
from thirty_columns import TRAINED_ON, flights_sql, open_flights

from millwright.app import read_settings
from millwright.demo.flights import HISTORY_UNTIL, KEY, TARGET, TIME, ZONE
from millwright.loop.opened import chosen_version, open_model
from millwright.loop.propose import Choices
from millwright.loop.releasing import promote
from millwright.loop.tick import tick
from millwright.loop.train import train
from millwright.loop.workshop import Workshop
from millwright.predictions.window import Logs
from millwright.project import Project
from millwright.spec.write import write_spec
from millwright.stores.clock import FixedClock, SystemClock

if TYPE_CHECKING:
    from console_site import Site

WEEKS, WEEK, DAY = 8, timedelta(days=7), timedelta(days=1)
SOON_AFTER = timedelta(minutes=10)
REASON = "to be measured"


def make_project(site: "Site") -> Path:
    """The folder of the project; its log ends at the last midnight."""
    folder = site.folder / "flights-making"
    folder.mkdir(parents=True)
    end = SystemClock().now().replace(hour=0, minute=0, second=0, microsecond=0)
    start = end - WEEKS * WEEK
    project = _trained(site, folder, start)
    shop = project.workshop
    site.say(f"a log of {site.asked.rows:,} rows")
    model = open_model(shop, chosen_version(shop, None))
    for number in range(WEEKS):  # a week at a time: each day of a call is written by a walk through all its rows
        make_log(Logs.of(shop.home.root), model, start + number * WEEK, start + (number + 1) * WEEK, site.asked.rows // WEEKS)
    for at in _ends(start):
        site.say(f"the tick of {at:%d %B}")
        tick(_at(shop, at + SOON_AFTER))
    _leave_years(site, shop, end)
    shop.catalogue.close()
    return folder.rename(site.folder / "flights") / "millwright.yaml"


def _ends(start: datetime) -> Iterator[datetime]:
    """When the windows of a week end: at Thursday's midnight, as 1 January 1970's was."""
    first = start + (-(start - datetime(1970, 1, 1, tzinfo=start.tzinfo)) % WEEK)
    return (first + number * WEEK for number in range(1, WEEKS))


def _at(shop: Workshop, moment: datetime) -> Workshop:
    return replace(shop, clock=FixedClock(moment))


def _trained(site: "Site", folder: Path, start: datetime) -> Project:
    """Two versions that were trained a day before the log begins, the first of them live."""
    with open_flights() as connection:
        where = f"{TIME} < timestamp '{HISTORY_UNTIL}' order by hash(flight, {TIME}, origin) limit {TRAINED_ON}"
        connection.execute(f"copy ({flights_sql(TARGET, where)}) to '{folder / 'flights.parquet'}' (format parquet)")
    settings = read_settings(site.environment | {"MILLWRIGHT_THREADS": "1"})
    choices = Choices(project="flights", time=TIME, zone=ZONE, key=KEY)
    project = Project.init("flights.parquet", TARGET, at=folder / "millwright.yaml", choices=choices, settings=settings)
    for number, families in enumerate((("baseline", "lightgbm"), ("baseline", "linear"))):
        site.say(f"training version {number + 1} on {TRAINED_ON:,} flights")
        _write_spec(project, families)
        project = Project(project.path, settings=settings)
        train(_at(project.workshop, start - DAY + number * SOON_AFTER), lambda _progress: None)
    promote(_at(project.workshop, start - DAY / 2), "v1", reason=REASON, force=True)
    return project


def _write_spec(project: Project, families: tuple[str, ...]) -> None:
    """Windows of a week, labels a day late, and a policy that says what it would do and does nothing."""
    spec = project.spec
    spec = replace(
        spec,
        data=replace(spec.data, label_delay="1d"),
        search=replace(spec.search, budget="2s", families=families),
        evaluate=replace(spec.evaluate, resamples=100),
        serve=replace(spec.serve, port=0),
        watch=replace(spec.watch, window="7d", every="7d"),
        policy=replace(spec.policy, mode="advise"),
    )
    project.path.write_text(write_spec(spec, {}))


def _leave_years(site: "Site", shop: Workshop, end: datetime) -> None:
    import years_of_it

    site.say(f"{site.asked.runs:,} runs, and what years would leave beside them")
    years_of_it.leave(shop, end, site.asked.runs)
