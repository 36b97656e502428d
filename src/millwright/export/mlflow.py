"""A version as an MLflow model: the folder that MLflow's loader reads, written without MLflow.

The folder's form is that of `mlflow.pyfunc` ("Filesystem format") and `mlflow.models.Model.to_dict` in MLflow 3.
"""

import io
import json
import platform
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from millwright import __version__
from millwright.export.container import trusted
from millwright.export.subject import Subject
from millwright.export.target import write_folder
from millwright.mlflow_flavor import PACKAGES, TRUST
from millwright.package.environment import ROOT, libraries
from millwright.package.keys import Trust
from millwright.package.tree import read_tree
from millwright.records.data import ContractColumn
from millwright.records.modelling import PayloadInfo
from millwright.records.record import record
from millwright.records.spec import VALUES
from millwright.tasks.quantiles import level_name

DATA = "millwright"
WRITTEN_FOR = "3.0.0"
"""The MLflow version that the folder says it is of; from 2.20 on MLflow reads it (columns of any type came with that)."""
_NEEDED = ("pandas",)
_ASKED = ("feature", "time", "key")


@record
class MlflowExport:
    """What was written."""

    version: str
    package: str
    folder: str
    loader: str
    files: int


def export_mlflow(subject: Subject, out: Path, package: Path, trust: Trust, now: datetime, *, force: bool) -> MlflowExport:
    """Write the model into `out`. Raises Conflict where it is taken; then nothing is written."""
    inner = f"{DATA}/{PACKAGES}/{subject.version.package}/"
    whole = {path: subject.verified.files.get(path, content) for path, content in read_tree(package).items()}
    files = {
        **{inner + path: content for path, content in whole.items()},
        **trusted(f"{DATA}/{TRUST}/", trust),
        **_environment(subject.evaluators),
        "input_example.json": _example(subject),
    }
    files["MLmodel"] = _yaml(_mlmodel(subject, now, sum(map(len, files.values()))))
    write_folder(out, files, subject.mark("mlflow"), force=force)
    return MlflowExport(
        version=subject.version.name,
        package=subject.version.package,
        folder=str(out),
        loader="millwright.mlflow_flavor",
        files=len(files) + 1,
    )


def _mlmodel(subject: Subject, now: datetime, size: int) -> dict[str, Any]:
    version, info = subject.version, subject.payload.info
    columns = [column for column in subject.payload.scorer.contract.columns if column.role in _ASKED]
    return {
        "flavors": {
            "python_function": {
                "loader_module": "millwright.mlflow_flavor",
                "python_version": platform.python_version(),
                "data": DATA,
                "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
            },
            "millwright": {**subject.mark("mlflow"), "data": DATA},
        },
        "mlflow_version": WRITTEN_FOR,
        "model_uuid": uuid.uuid5(uuid.NAMESPACE_URL, f"millwright:{version.package}").hex,
        "utc_time_created": f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}",
        "model_size_bytes": size,
        "signature": {
            "inputs": json.dumps([_asked(column) for column in columns]),
            "outputs": json.dumps(_answered(info)),
            "params": None,
        },
        "saved_input_example_info": {
            "artifact_path": "input_example.json",
            "type": "dataframe",
            "pandas_orient": "split",
        },
        "metadata": {"kinds": {column.name: column.kind for column in columns}},
    }


def _asked(column: ContractColumn) -> dict[str, Any]:
    """Any type: MLflow would refuse whole numbers for a float, and 1 for "1". The contract decides, as everywhere."""
    return {"type": "any", "name": column.name, "required": column.role == "feature"}


def _answered(info: PayloadInfo) -> list[dict[str, Any]]:
    if info.task in VALUES:
        named = {"value": "double"} | ({"low": "double", "high": "double"} if info.interval is not None else {})
        levels = info.quantiles.levels if info.quantiles else ()
        named |= {f"quantile {level_name(level)}": "double" for level in levels}
    elif info.task == "binary":
        named = {"probability": "double", "decision": "boolean", "label": "string"}
    else:
        named = {f"probability of {name}": "double" for name in info.classes} | {"label": "string"}
        named |= {"expected_cost": "double"} if info.costs else {}
        named |= {"expected_rank": "double"} if info.task == "ordinal" else {}
    return [{"type": kind, "name": name, "required": True} for name, kind in named.items()]


def _environment(evaluators: Sequence[str]) -> dict[str, bytes]:
    known = {library.name: library.version for library in libraries()}
    extra = "[onnx]" if {"onnx", "imported"} & {*evaluators} else ""
    pins = [f"{ROOT}{extra}=={__version__}", *(f"{name}=={known[name]}" for name in _NEEDED)]
    python = platform.python_version()
    conda = {
        "name": "mlflow-env",
        "channels": ["conda-forge"],
        "dependencies": [f"python={python}", "pip", {"pip": pins}],
    }
    virtual = {"python": python, "build_dependencies": ["pip"], "dependencies": ["-r requirements.txt"]}
    return {
        "requirements.txt": "\n".join([*pins, ""]).encode(),
        "conda.yaml": _yaml(conda),
        "python_env.yaml": _yaml(virtual),
    }


def _example(subject: Subject) -> bytes:
    """A golden row: nobody's, and answered by every load."""
    row = subject.payload.golden.rows[0]
    return json.dumps({"columns": list(row), "data": [list(row.values())]}).encode()


def _yaml(content: Mapping[str, Any]) -> bytes:
    from ruamel.yaml import YAML

    writer, text = YAML(typ="safe", pure=True), io.BytesIO()
    writer.default_flow_style = False
    writer.width = 4096
    writer.dump(dict(content), text)
    return text.getvalue()
