"""A project on flights with thirty features, trained twice in seconds: it is what the loop costs that is asked for here."""

from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from millwright.app import read_settings
from millwright.demo.flights import HISTORY_UNTIL, KEY, TARGET, TIME, ZONE
from millwright.loop.propose import Choices
from millwright.project import Project
from millwright.spec.write import write_spec

if TYPE_CHECKING:
    from site_of_run import Site

FEATURES = {
    "month": "month",
    "day": "day",
    "sched_dep_time": "sched_dep_time",
    "carrier": "carrier",
    "flight": "flight",
    "tailnum": "tailnum",
    "origin": "origin",
    "dest": "dest",
    "distance": "distance",
    **{
        f"wx_{what}": f"wx_{what}"
        for what in ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
    },
    **{f"plane_{what}": f"plane_{what}" for what in ("year_made", "manufacturer", "model", "engines", "seats", "engine")},
    "dest_lat": "dest_lat",
    "dest_lon": "dest_lon",
    "dest_tz": "dest_tz",
    "dew_gap": "round(wx_temp - wx_dewp, 2)",
    "seats_an_engine": "plane_seats // nullif(plane_engines, 0)",
}
"""With the date thirty: what is known when a flight is scheduled, and two that are worked out of it."""

SENT = {TIME: TIME, "flight_date": "flight_date", **FEATURES}
TRAINED_ON = 3000
FAMILIES = (("baseline", "lightgbm"), ("baseline", "linear"))
"""Of the first version and of the second: two models that answer differently."""


def flights_sql(extra: str, where: str) -> str:
    """SQL for flights with all that a client sends, by its name, and `extra` columns."""
    columns = ", ".join(f'{sql} as "{name}"' for name, sql in SENT.items())
    return f"select {columns}, {extra} from flights where {where}"


def requests_sql(most: int) -> str:
    """SQL for flights after those that were learnt from: `request` as a client would send it, and whether it was `late`."""
    sent = ", ".join(f'"{name}" := {_as_sent(name)}' for name in SENT)
    where = f"{TIME} >= timestamp '{HISTORY_UNTIL}' order by {TIME}, carrier, flight, origin limit {most}"
    return f"select to_json(struct_pack({sent}))::varchar as request, late from ({flights_sql(f'{TARGET} as late', where)})"


def _as_sent(name: str) -> str:
    return f"strftime(\"{name}\", '%Y-%m-%dT%H:%M:%S')" if name in (TIME, "flight_date") else f'"{name}"'


def open_flights() -> duckdb.DuckDBPyConnection:
    """A connection in which the shipped table is there as `flights`."""
    connection = duckdb.connect()
    with as_file(files("millwright.demo") / "data" / "flights_2013.parquet") as source:
        connection.execute(f"create table flights as from read_parquet('{source}')")
    return connection


def make_project(site: "Site") -> Path:
    """The project with two versions, the first of them live; returns its folder."""
    folder = site.new("flights")
    with open_flights() as connection:
        rows = flights_sql(
            TARGET, f"{TIME} < timestamp '{HISTORY_UNTIL}' order by hash(flight, {TIME}, origin) limit {TRAINED_ON}"
        )
        connection.execute(f"copy ({rows}) to '{folder / 'flights.parquet'}' (format parquet)")
    _init(site, folder)
    for number, families in enumerate(FAMILIES, 1):
        site.say(f"training version {number} on {TRAINED_ON:,} flights")
        project = _searching(Project(folder, settings=read_settings(site.in_one_thread)), families)
        project.train()
    project.promote("v1", reason="to be measured", force=True)
    return folder


def _init(site: "Site", folder: Path) -> None:
    """Windows of a week, labels a day late, and a policy that says what it would do and does nothing."""
    choices = Choices(project="flights", time=TIME, zone=ZONE, key=KEY)
    settings = read_settings(site.environment)
    project = Project.init("flights.parquet", TARGET, at=folder / "millwright.yaml", choices=choices, settings=settings)
    spec = project.spec
    spec = replace(
        spec,
        data=replace(spec.data, label_delay="1d"),
        search=replace(spec.search, budget="2s"),
        evaluate=replace(spec.evaluate, resamples=100),
        serve=replace(spec.serve, port=0),
        watch=replace(spec.watch, window="7d", every="7d"),
        policy=replace(spec.policy, mode="advise"),
    )
    project.path.write_text(write_spec(spec, {}))


def _searching(project: Project, families: tuple[str, ...]) -> Project:
    """The same project with other families of models to choose from."""
    spec = replace(project.spec, search=replace(project.spec.search, families=families))
    project.path.write_text(write_spec(spec, {}))
    return Project(project.path, settings=project.settings)
