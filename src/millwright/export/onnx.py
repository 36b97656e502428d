"""A version as an ONNX graph: written only where ONNX Runtime gives the version's own answers with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, rows_in
from millwright.errors import Conflict, PackageRefused
from millwright.export.subject import Subject
from millwright.models.onnx_evaluator import ROWS_AT_ONCE, open_session
from millwright.models.onnx_graph import FEATURES, RAW, Precision
from millwright.models.onnx_model import onnx_model
from millwright.models.output import outputs
from millwright.models.scorer import Scorer
from millwright.package.layout import MODEL
from millwright.records.codec import pretty_json, sha256, to_plain
from millwright.records.record import record
from millwright.records.spec import TaskName
from millwright.stores.durable import write_atomic

Array = NDArray[Any]

TOLERANCE = 1e-6
"""Of the outputs' standard deviation where that is above 1: how far the graph's answers may be from the version's."""
_OUTPUTS: Mapping[TaskName, str] = {
    "binary": "probability",
    "multiclass": "probabilities",
    "ordinal": "probabilities",
    "regression": "value",
    "count": "value",
}


@record
class OnnxParity:
    """How far the graph's outputs are from the version's, at most, and how far they may be; and on which rows."""

    golden_rows: int
    real_rows: int
    largest: float
    allowed: float

    @property
    def holds(self) -> bool:
        """Whether the graph gives the version's answers; a difference that is no number is none."""
        return self.largest <= self.allowed


@record
class OnnxExport:
    """What was written."""

    version: str
    payload: str
    precision: Precision
    model: str
    columns: str
    output: str
    parity: OnnxParity


def export_onnx(subject: Subject, out: Path, precision: Precision, real: Columns | None, *, force: bool) -> OnnxExport:
    """Write the graph to `out` and what its input means beside it, as JSON.

    real: rows of real data in canonical cells, to compare on as well. Raises PackageRefused, with the code export.parity and
    nothing written, where an output differs by more than is allowed; Conflict where a target is there.
    """
    beside = out.with_suffix(".json")
    _refuse_taken((out, beside), force)
    payload = subject.payload
    info, scorer = payload.info, payload.scorer
    files = {path: content for path, content in subject.verified.payload.items() if path.startswith(MODEL)}
    name = _OUTPUTS[info.task]
    width = len(scorer.plan.features)
    graph = onnx_model(info.own_evaluator, files, width, precision, calibrated=(name, info.calibrator))
    parity = _parity(subject, graph, name, precision, real)
    if not parity.holds:
        raise _too_far(parity, precision)
    write_atomic(beside, _described(subject, name, graph, precision, parity), mode=0o644)
    write_atomic(out, graph, mode=0o644)
    return OnnxExport(
        version=subject.version.name,
        payload=payload.payload_digest,
        precision=precision,
        model=str(out),
        columns=str(beside),
        output=name,
        parity=parity,
    )


def _refuse_taken(targets: tuple[Path, ...], force: bool) -> None:
    for target in targets:
        if target.is_dir() or (target.exists() and not force):
            fix = "name another one" + ("" if target.is_dir() else ", or use --force to replace it")
            raise Conflict("the target is there already", where=str(target), fix=fix, code="export.exists")


def _parity(subject: Subject, graph: bytes, name: str, precision: Precision, real: Columns | None) -> OnnxParity:
    """The graph asked with the golden rows and the real ones, many at once, and the golden rows one by one as well."""
    scorer, golden = subject.payload.scorer, subject.payload.golden
    cells = [scorer.check(row, number)[0] for number, row in enumerate(golden.rows, 1)]
    parts = [np.array([scorer.vector(row) for row in cells])]
    if real is not None and rows_in(real):
        parts.append(scorer.matrix(real))
    X = np.vstack(parts)
    session = open_session(graph)
    with np.errstate(over="ignore"):
        asked = X.astype(precision)
    mine, theirs = _outputs(scorer, X), _answers(session, name, asked, ROWS_AT_ONCE)
    single = _answers(session, name, asked[: len(cells)], 1)
    apart = max(_largest(theirs, mine), _largest(single, mine[: len(cells)]))
    spread = float(mine.std(axis=0).max())
    return OnnxParity(
        golden_rows=len(cells), real_rows=len(X) - len(cells), largest=apart, allowed=TOLERANCE * max(1.0, spread)
    )


def _answers(session: Any, name: str, X: Array, step: int) -> Array:
    """An output of the graph for feature vectors, asked for so many rows at a time."""
    return np.vstack([session.run([name], {FEATURES: X[at : at + step]})[0] for at in range(0, len(X), step)])


def _outputs(scorer: Scorer, X: Array) -> Array:
    return outputs(scorer.info.calibrator, scorer.raw_batch(X)).reshape(len(X), -1)


def _largest(theirs: Array, mine: Array) -> float:
    return float(np.max(np.abs(theirs - mine)))


def _too_far(parity: OnnxParity, precision: Precision) -> PackageRefused:
    what = f"the graph's answers differ by up to {parity.largest:.3g} and may differ by {parity.allowed:.3g}"
    fix = "export it with --precision float64" if precision == "float32" else "nothing was written; please report it"
    return PackageRefused(what, fix=fix, code="export.parity")


def _described(subject: Subject, name: str, graph: bytes, precision: Precision, parity: OnnxParity) -> bytes:
    """What the graph takes and gives: the order of the features, and the plan by which cells become features."""
    info, scorer = subject.payload.info, subject.payload.scorer
    plan = scorer.plan
    said = {
        **subject.mark("onnx"),
        "sha256": sha256(graph),
        "input": {
            "name": FEATURES,
            "type": precision,
            "features": list(plan.features),
            "categorical": [plan.features[place] for place in plan.categorical],
        },
        "outputs": {name: "calibrated, float64 (n, width)", RAW: "raw scores, float64 (n, width)"},
        "info": to_plain(info),
        "plan": to_plain(plan),
        "contract": to_plain(scorer.contract),
        "parity": to_plain(parity),
    }
    return pretty_json(said).encode() + b"\n"
