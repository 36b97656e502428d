"""What a file of answers says beside them: which rows lie out of support, and what each column added."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from millwright.data.columns import Columns
from millwright.data.enforce_columns import ColumnReport
from millwright.errors import DataRefused
from millwright.models.contributions import Explainer
from millwright.models.support import OUT_OF_SUPPORT
from millwright.package.open import Payload

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Beside:
    """What is written beside the answers of one payload; without an explainer no contributions."""

    payload: Payload
    explainer: Explainer | None

    @classmethod
    def of(cls, payload: Payload, *, explain: bool) -> "Beside":
        """Raises DataRefused where contributions are asked for and the model cannot say them."""
        explainer = payload.scorer.explainer if explain else None
        if explain and explainer is None:
            what = "this version cannot say what its answers are made of"
            raise DataRefused(what, fix="leave out --explain, or name another version", code="explain.unsupported")
        return cls(payload, explainer)

    def columns(self, rows: Columns, report: ColumnReport) -> dict[str, Array]:
        """Column out_of_support, and where asked for contributions_base and contribution:NAME (with more than two classes each
        with :CLASS behind)."""
        scorer = self.payload.scorer
        found = {OUT_OF_SUPPORT: scorer.support.rows(rows, scorer.contract, report)}
        return found if self.explainer is None else found | self.explainer.as_columns(scorer.matrix(rows))
