"""A peer as a process: python peer_app.py WHICH PACKAGE TABLE READY

WHICH: tutorial, tuned, runtime or mlflow. The pipeline is fitted on TABLE at the start, with trees of the measured size.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from on_uvicorn import serve

NUMBERS = (
    *("month", "day", "sched_dep_time", "distance", "wx_temp", "wx_dewp", "wx_humid", "wx_wind_speed", "wx_pressure"),
    *("wx_visib", "plane_year_made", "plane_seats"),
)
CATEGORIES = ("carrier", "origin", "dest", "tailnum", "plane_manufacturer", "plane_model", "plane_engine", "dest_tz")
KINDS = {**dict.fromkeys(NUMBERS, "float64"), **dict.fromkeys(CATEGORIES, "object")}


def main(which: str, package: Path, table: Path, ready: Path) -> None:
    """Serve until told to end."""
    apps = {"tutorial": tutorial_app, "tuned": tuned_app, "runtime": runtime_app, "mlflow": mlflow_app}
    app = apps[which](table if which != "runtime" else package)
    serve(app, ready)


def pipeline(table: Path) -> Any:
    """OrdinalEncoder and LGBMClassifier, 300 trees of 63 leaves."""
    import duckdb
    import lightgbm
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    frame = duckdb.sql(f"from read_parquet('{table}')").df()
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    encode = ColumnTransformer([("codes", codes, list(CATEGORIES))], remainder="passthrough", verbose_feature_names_out=False)
    model = lightgbm.LGBMClassifier(n_estimators=300, num_leaves=63, n_jobs=1, verbosity=-1)
    return Pipeline([("encode", encode), ("model", model)]).fit(frame[[*NUMBERS, *CATEGORIES]].astype(KINDS), frame["late"])


def row_model() -> Any:
    """The row as FastAPI's users type it."""
    import pydantic

    numbers: Any = dict.fromkeys(NUMBERS, (float | None, None))
    return pydantic.create_model("Row", **numbers, **dict.fromkeys(CATEGORIES, (str | None, None)))


def tutorial_app(table: Path) -> Any:
    """What a tutorial teaches: a typed row, a frame of one row, the pipeline."""
    import fastapi
    import pandas

    fitted, app, row_type = pipeline(table), fastapi.FastAPI(), row_model()

    def predict(row: Any) -> dict[str, float]:
        frame = pandas.DataFrame([row.model_dump()]).astype(KINDS)
        return {"probability": float(fitted.predict_proba(frame)[0, 1])}

    predict.__annotations__["row"] = row_type
    app.post("/predict")(predict)
    return app


def tuned_app(table: Path) -> Any:
    """The same, asked for all rows that came within two milliseconds, 64 at most: what tools' documented batching does."""
    import fastapi
    import pandas

    fitted, app, row_type = pipeline(table), fastapi.FastAPI(), row_model()
    waiting: list[tuple[Any, asyncio.Future[float]]] = []

    async def work() -> None:
        await asyncio.sleep(0.002)
        while waiting:
            batch = waiting[:64]
            del waiting[:64]
            frame = pandas.DataFrame([row.model_dump() for row, _ in batch]).astype(KINDS)
            for (_, future), value in zip(batch, fitted.predict_proba(frame)[:, 1], strict=True):
                future.set_result(float(value))

    async def predict(row: Any) -> dict[str, float]:
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        waiting.append((row, future))
        if len(waiting) == 1:
            app.state.task = asyncio.create_task(work())
        return {"probability": await future}

    predict.__annotations__["row"] = row_type
    app.post("/predict")(predict)
    return app


def runtime_app(package: Path) -> Any:
    """A framework with Millwright's own scorer inside."""
    import fastapi

    from millwright.models.scorer import Scorer
    from millwright.package.layout import CONTRACT, INFO, MODEL, PLAN
    from millwright.records.codec import from_json
    from millwright.records.data import Contract
    from millwright.records.modelling import FeaturePlan, PayloadInfo

    info = from_json(PayloadInfo, (package / INFO).read_bytes())
    files = {name: (package / MODEL / name).read_bytes() for name in info.model_files}
    contract = from_json(Contract, (package / CONTRACT).read_bytes())
    scorer = Scorer(info, contract, from_json(FeaturePlan, (package / PLAN).read_bytes()), files)
    app, row_type = fastapi.FastAPI(), row_model()
    whole = {column.name for column in contract.columns if column.kind == "integer"}

    async def predict(row: Any) -> dict[str, Any]:
        values = {name: int(v) if name in whole and v is not None else v for name, v in row.model_dump().items()}
        return scorer.answer_rows([values])[0][0]

    predict.__annotations__["row"] = row_type
    app.post("/predict")(predict)
    return app


def mlflow_app(table: Path) -> Any:
    """MLflow's own scoring server around the pipeline, as `mlflow models serve --env-manager local --workers 1` runs it."""
    import mlflow.pyfunc
    import mlflow.sklearn
    from mlflow.pyfunc.scoring_server import init

    folder = tempfile.mkdtemp(prefix="peer-")
    how = {"pyfunc_predict_fn": "predict_proba", "serialization_format": "cloudpickle"}
    mlflow.sklearn.save_model(pipeline(table), f"{folder}/model", **how)
    return init(mlflow.pyfunc.load_model(f"{folder}/model"))


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]))
