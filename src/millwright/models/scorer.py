"""What answers: contract, feature plan, evaluator, calibrator and task of one payload, for one row or many, same bits."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, Row
from millwright.data.enforce import RowContract
from millwright.errors import ContractBroken, PackageRefused
from millwright.features.batch import BatchEncoder
from millwright.features.clean_row import CleanRows
from millwright.features.row import RowEncoder
from millwright.models.bulk import in_bulk
from millwright.models.contributions import Explainer, Explains, needed, used_columns
from millwright.models.evaluator import Evaluator, load_evaluator
from millwright.models.output import outputs, row_output
from millwright.models.support import Support
from millwright.records.data import Contract
from millwright.records.modelling import FeaturePlan, PayloadInfo
from millwright.tasks.interval import check_bands
from millwright.tasks.multiclass import check_costs
from millwright.tasks.quantiles import check_quantiles
from millwright.tasks.registry import task

Array = NDArray[Any]
Answered = tuple[dict[str, Any], tuple[str, ...]]
"""The answer and the flags of the contract to one row."""

ARRAYS_FROM = 64
"""From so many rows on it is quicker to calibrate scores as an array than one by one."""
_CLEAN: tuple[str, ...] = ()


class Scorer:
    """Answers for one payload. Immutable after construction; safe to call from several threads.

    files: the bytes of the payload's model files, by their paths in `info.model_files`.
    Raises PackageRefused where the parts are not there or do not fit each other.
    """

    def __init__(self, info: PayloadInfo, contract: Contract, plan: FeaturePlan, files: Mapping[str, bytes]) -> None:
        self.info, self.contract, self.plan = info, contract, plan
        self._task = task(info.task)
        self._rules = RowContract(contract)
        self._features = tuple(column.name for column in contract.columns if column.role == "feature")
        model = _model_files(info, files)
        self.evaluator = load_evaluator(info.evaluator, model)
        self._own = load_evaluator(info.own_evaluator, model) if info.stands_for else self.evaluator
        self._bulk = in_bulk(self.evaluator, info.evaluator, model)
        self._output = row_output(info.calibrator, self.evaluator.width)
        _fits(self.evaluator, self._task.raw_width(info.classes), len(plan.features))
        check_bands(info.interval_bands)
        check_quantiles(info.quantiles)
        check_costs(info.costs, len(info.classes))
        self.support = Support(used_columns(self._own, plan))
        takes = needed(self._own, plan)
        self._encode_row = RowEncoder(plan, takes).encode
        self._encode_clean = CleanRows(contract, plan, takes).vector
        self._encode_batch = BatchEncoder(plan, takes).encode

    def check(self, row: Mapping[str, Any], number: int) -> tuple[Row, tuple[str, ...]]:
        """The canonical cells of a JSON row, and flags such as "unseen:dest". Raises ContractBroken, naming row `number`."""
        cells, flags = self._rules.check(row, number)
        return cells, self.support.marked(flags) if flags else flags

    @property
    def explainer(self) -> Explainer | None:
        """What says where an answer comes from; None where this model's evaluator cannot."""
        own = self._own
        if not isinstance(own, Explains):
            return None
        return Explainer(own, self._encode_row, self.plan, self.contract, self.info.classes)

    def vector(self, cells: Row) -> "array[float]":
        """The features of one row, float64, those too that its model never asks for."""
        return self._every_feature(cells)

    @cached_property
    def _every_feature(self) -> "Callable[[Row], array[float]]":
        return RowEncoder(self.plan).encode

    def matrix(self, columns: Columns) -> Array:
        """The features of many rows, shape (n, f); each row's equal to `vector` of it to the bit."""
        return BatchEncoder(self.plan).encode(columns)

    def row(self, cells: Row) -> list[float]:
        """The calibrated output of one row: one number, or k probabilities."""
        return self._output(self.evaluator.row(self._encode_row(cells)))

    def answer(self, cells: Row) -> dict[str, Any]:
        """What a client reads for one row; see Task.answer."""
        return self.said(self.row(cells))

    def said(self, output: list[float]) -> dict[str, Any]:
        """The same for its calibrated output."""
        return self._task.answer(output, self.info)

    def batch(self, columns: Columns) -> Array:
        """Calibrated outputs of many rows, shape (n,) or (n, k); each row's equal to `row` of it to the bit."""
        return outputs(self.info.calibrator, self.raw_batch(self._encode_batch(columns)))

    def raw_batch(self, X: Array) -> Array:
        """Raw scores, shape (n, width), of features of shape (n, f)."""
        return self._bulk.batch(X)

    def answer_rows(self, rows: Sequence[Mapping[str, Any]], gaps: list[str] | None = None) -> list[Answered]:
        """Check and answer JSON rows, numbered from 1. Raises ContractBroken at the first row that breaks the contract.

        gaps: takes the column of each cell without a value, as often as there is one. They are seen where values are looked
        at anyway, so that a row without any costs nothing.
        """
        answer, info, found = self._task.answer, self.info, [] if gaps is None else gaps
        if len(rows) == 1:
            vector, flags = self.encode(rows[0], 1, found)
            return [(answer(self._output(self.evaluator.row(vector)), info), flags)]
        encoded = [self.encode(row, number, found) for number, row in enumerate(rows, 1)]
        if len(encoded) < self.evaluator.together_from:
            return [(answer(self._output(self.evaluator.row(vector)), info), flags) for vector, flags in encoded]
        outputs = self._outputs([vector for vector, _ in encoded])
        return [(answer(output, info), flags) for output, (_, flags) in zip(outputs, encoded, strict=True)]

    def encode(self, row: Mapping[str, Any], number: int, gaps: list[str]) -> "tuple[array[float], tuple[str, ...]]":
        """The features and flags of a JSON row, by the short way where nothing is wrong with it; gaps: see `answer_rows`."""
        before = len(gaps)
        vector = self._encode_clean(row, gaps)
        if vector is not None:
            return vector, _CLEAN
        cells, flags = self.check(row, number)
        gaps[before:] = [name for name in self._features if cells[name] is None]
        return self._encode_row(cells), flags

    def _outputs(self, vectors: "list[array[float]]") -> list[list[float]]:
        """The calibrated output of each vector: the same to the bit as one by one."""
        X = np.frombuffer(b"".join(vectors), np.float64).reshape(len(vectors), -1)
        raw = self.raw_batch(X)
        if len(vectors) < ARRAYS_FROM:
            return list(map(self._output, raw.tolist()))
        many: list[list[float]] = outputs(self.info.calibrator, raw).reshape(len(vectors), -1).tolist()
        return many


def _model_files(info: PayloadInfo, files: Mapping[str, bytes]) -> dict[str, bytes]:
    lacking = [path for path in info.model_files if path not in files]
    if lacking:
        raise PackageRefused(f"model files are missing: {', '.join(lacking)}")
    return {path: files[path] for path in info.model_files}


def _fits(evaluator: Evaluator, width: int, features: int) -> None:
    """One row of missing values is scored: a model of another width or other features shows itself here, not in a request."""
    try:
        given = len(evaluator.row(array("d", [float("nan")]) * features))
    except ContractBroken:  # an imported model may have no answer to such a row
        given = evaluator.width
    except ValueError as error:
        raise PackageRefused(f"the model does not fit the feature plan: {error}") from error
    if given != width:
        raise PackageRefused(f"the model gives {given} raw scores, the task takes {width}")
