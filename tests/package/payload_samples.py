"""A real payload, small: late trips by distance, carrier, weekend and departure, learnt by a real family."""

from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType

import numpy as np

from millwright.data.columns import MISSING_DATE, Columns
from millwright.features.batch import BatchEncoder
from millwright.features.fit import fit_plan
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.models.scorer import Scorer
from millwright.package.golden import Golden, make_golden
from millwright.package.open import payload_files
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import Calibrator, PayloadInfo

N = 400
CONTRACT = Contract(
    columns=(
        ContractColumn(name="distance", kind="number", minimum=0.0, maximum=5000.0),
        ContractColumn(name="carrier", kind="category", levels=("AA", "B6", "UA"), nullable=False),
        ContractColumn(name="weekend", kind="boolean"),
        ContractColumn(name="departs", kind="date"),
        ContractColumn(name="passenger", kind="category", pii=True),
        ContractColumn(name="phone", kind="category", pii=True, nullable=False),
        ContractColumn(name="id", kind="text", role="key"),
        ContractColumn(name="late", kind="boolean", role="target"),
    )
)


@cache
def columns() -> Columns:
    rng = np.random.default_rng(3)
    start = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    distance = rng.gamma(3, 300, N).round(1)
    carrier = rng.choice(["AA", "B6", "UA"], N).astype(object)
    late = rng.random(N) < 1 / (1 + np.exp(-(distance / 500 - 2 + (carrier == "B6"))))
    distance[:20] = np.nan
    departs = start + rng.integers(0, 90 * 86_400, N) * 1_000_000
    departs[20:30] = MISSING_DATE
    people = np.array([f"Passenger {i % 60}" for i in range(N)], dtype=object)
    people[30:40] = None
    return MappingProxyType(
        {
            "distance": distance,
            "carrier": carrier,
            "weekend": rng.integers(0, 2, N).astype(float),
            "departs": departs,
            "passenger": people,
            "phone": np.array([f"555-{i % 60:04d}" for i in range(N)], dtype=object),
            "id": np.array([f"trip {i}" for i in range(N)], dtype=object),
            "late": late.astype(float),
        }
    )


@cache
def scorer(kind: str = "lightgbm") -> tuple[Scorer, dict[str, bytes]]:
    """A scorer of the family `kind`, and its model files."""
    plan = fit_plan({name: columns()[name] for name in columns()}, CONTRACT, salt="trips")
    X = BatchEncoder(plan).encode(columns())
    problem = Problem(X, columns()["late"], "binary", 2, plan.features, plan.categorical)
    params = {"num_leaves": 7, "n_estimators": 12, "num_threads": 1} if kind == "lightgbm" else {}
    fitted = family(kind).fit(problem, params, valid=None, seed=1, keep_going=lambda: True)
    info = PayloadInfo(
        project="trips", task="binary", target="late", classes=("false", "true"), positive="true", threshold=0.5,
        evaluator=fitted.evaluator, model_files=tuple(sorted(fitted.files)), calibrator=Calibrator(kind="sigmoid"),
    )  # fmt: skip
    return Scorer(info, CONTRACT, plan, fitted.files), dict(fitted.files)


def golden(kind: str = "lightgbm") -> Golden:
    return make_golden(columns(), scorer(kind)[0], seed=7)


def payload(kind: str = "lightgbm") -> dict[str, bytes]:
    made, files = scorer(kind)
    return payload_files(made.info, made.contract, made.plan, golden(kind), files)
