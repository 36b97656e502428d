"""The model that everything here answers with: 300 trees of 63 leaves on 20 mixed columns of real flights.

A project is trained as any other; then its model alone is fitted anew at this size and packed, signed and entered as a
version by the product's own functions, so that a server cannot tell it from others.
"""

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from quickest import quickest

from millwright.app import read_settings
from millwright.loop.propose import Choices
from millwright.project import Project
from millwright.spec.write import write_spec

if TYPE_CHECKING:
    from site_of_run import Site

    from millwright.records.release import Version

NUMBERS = (
    *("month", "day", "sched_dep_time", "distance", "wx_temp", "wx_dewp", "wx_humid", "wx_wind_speed", "wx_pressure"),
    *("wx_visib", "plane_year_made", "plane_seats"),
)
CATEGORIES = ("carrier", "origin", "dest", "tailnum", "plane_manufacturer", "plane_model", "plane_engine", "dest_tz")
COLUMNS = (*NUMBERS, *CATEGORIES)
TARGET = "late"
TABLE = "flights.parquet"
TRAINED_ON, ASKED = 60_000, 1_000
TREES, LEAVES = 300, 63
PROJECT = "flights"
REASON = "to be measured"


def make_project(site: "Site") -> Path:
    """The project's folder: v1 and v2 have the size that is measured (other seeds, other answers), v1 is live."""
    folder = site.new("flights")
    with open_flights() as connection:
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        rows = f"select {columns}, arr_late15 as {TARGET} from flights where arr_late15 is not null"
        chosen = f"{rows} order by hash(flight, scheduled_departure, origin) limit {TRAINED_ON}"
        connection.execute(f"copy ({chosen}) to '{folder / TABLE}' (format parquet)")
    settings = read_settings(site.environment)
    project = Project.init(TABLE, TARGET, at=folder / "millwright.yaml", choices=Choices(project=PROJECT), settings=settings)
    spec = project.spec
    spec = replace(
        spec,
        search=replace(spec.search, budget="2s", families=("baseline", "lightgbm")),
        evaluate=replace(spec.evaluate, resamples=100),
        serve=replace(spec.serve, port=0),
    )
    project.path.write_text(write_spec(spec, {}))
    project = Project(project.path, settings=settings)
    site.say(f"training on {TRAINED_ON:,} flights, 20 columns")
    project.train()
    for seed in (1, 2):
        site.say(f"fitting {TREES} trees of {LEAVES} leaves (seed {seed})")
        enter(project, seed)
    project.promote("v2", reason=REASON, force=True)
    return folder


def open_flights() -> duckdb.DuckDBPyConnection:
    """A connection in which the shipped table is there as `flights`."""
    connection = duckdb.connect()
    with as_file(files("millwright.demo") / "data" / "flights_2013.parquet") as source:
        connection.execute(f"create table flights as from read_parquet('{source}')")
    return connection


def rows_to_ask() -> list[dict[str, Any]]:
    """Flights as JSON rows, other ones than those that were learnt from, with what is missing as null."""
    with open_flights() as connection:
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        order = "order by hash(flight, scheduled_departure, origin) desc"
        found = connection.execute(f"select {columns} from flights where plane_seats is not null {order} limit {ASKED}")
        return [dict(zip(COLUMNS, row, strict=True)) for row in found.fetchall()]


def enter(project: Project, seed: int, trees: int = TREES) -> "Version":
    """Fit, pack and enter a version of the measured size, or of more trees, from the parts of v1."""
    from millwright.loop.opened import open_model
    from millwright.models.scorer import Scorer
    from millwright.package.golden import make_golden
    from millwright.package.keys import SigningKey, Trust
    from millwright.package.open import payload_files
    from millwright.package.verify import verify_package
    from millwright.package.write import write_package
    from millwright.registry import versions

    shop = project.workshop
    first = project.versions(100)[-1]
    payload = open_model(shop, first).payload
    columns = _training_columns(project, payload.scorer.contract)
    fitted = _fit(columns, _late(project), payload.scorer, seed, trees)
    name, _, besides = quickest(fitted, payload.scorer.matrix(columns))
    model = {**fitted, **besides}
    own = None if name == "lightgbm" else "lightgbm"
    info = replace(payload.info, model_files=tuple(model), evaluator=name, stands_for=own)
    scorer = Scorer(info, payload.scorer.contract, payload.scorer.plan, model)
    golden = make_golden(columns, scorer, seed=seed)
    verified = verify_package(shop.home.packages / first.package, first.package, Trust(shop.trust))
    attestations = {path: content for path, content in verified.files.items() if path not in verified.payload}
    package = write_package(
        shop.home.packages,
        payload=payload_files(info, payload.scorer.contract, payload.scorer.plan, golden, model),
        attestations=attestations,
        project=PROJECT,
        created_at=first.created_at,
        key=SigningKey.at(shop.signing_key, shop.trust),
    )
    with shop.catalogue.write() as tx:
        return versions.add(
            tx,
            verify_package(shop.home.packages / package, package, Trust(shop.trust)),
            run=first.run,
            verdict="passed",
            summary=f"{trees} trees of {LEAVES} leaves",
            actor="benchmark",
            created_at=first.created_at,
        )


def _training_columns(project: Project, contract: Any) -> Any:
    import numpy as np

    from millwright.data.read import read_file

    batches = list(read_file(project.path.parent / TABLE, contract))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def _late(project: Project) -> Any:
    """The target of the training rows, in their order."""
    with duckdb.connect() as connection:
        file = project.path.parent / TABLE
        return connection.execute(f"select {TARGET}::double as y from read_parquet('{file}')").fetchnumpy()["y"]


def _fit(columns: Any, y: Any, scorer: Any, seed: int, trees: int) -> Mapping[str, bytes]:
    """Boosted trees of the measured size on the project's own features."""
    from millwright.models.family import Problem
    from millwright.models.lightgbm_fit import LightGBMFamily

    plan = scorer.plan
    problem = Problem(scorer.matrix(columns), y, "binary", 2, plan.features, plan.categorical)
    settings = {
        "num_leaves": LEAVES,
        "num_iterations": trees,
        "learning_rate": 0.05,
        "num_threads": 2,
        "min_data_in_leaf": 20,
        "feature_fraction": 0.8,
        "early_stopping_rounds": TREES,
    }
    fitted = LightGBMFamily().fit(problem, settings, valid=None, seed=seed, keep_going=lambda: True)
    return fitted.files
