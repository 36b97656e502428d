"""What MLflow's own loader finds behind a model that `mw export mlflow` wrote: `mlflow.pyfunc.load_model(folder)`.

MLflow itself is not imported. The folder is verified at each load, byte for byte, before any of it is parsed.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from millwright.errors import PackageRefused
from millwright.package.golden import check_golden
from millwright.package.keys import Trust
from millwright.package.open import Payload, open_payload
from millwright.package.probe import probe_package
from millwright.package.verify import verify_package
from millwright.tasks.registry import task

if TYPE_CHECKING:
    import pandas as pd

PACKAGES, TRUST = "packages", "trust"
"""Where, below the model's data folder, the package lies under its digest, and the public keys that are believed."""
_PROBE_SECONDS = 120.0


class MillwrightModel:
    """Answers the rows of a DataFrame: the columns that `mw predict` writes, the same to the bit."""

    def __init__(self, payload: Payload) -> None:
        self._scorer, self._info = payload.scorer, payload.info

    def predict(self, model_input: "pd.DataFrame", params: Mapping[str, Any] | None = None) -> "pd.DataFrame":
        """One row of answers for each row, under its index. params: none are taken.

        Raises ContractBroken naming the first row and column that the contract refuses, PackageRefused for params.
        """
        import pandas as pd

        if params:
            raise PackageRefused(f"this model takes no params, got {', '.join(params)}", code="mlflow.params")
        kind = task(self._info.task)
        answered = [answer for answer, _flags in self._scorer.answer_rows(list(_rows(model_input)))]
        return pd.DataFrame(kind.answers(kind.outputs_of(answered, self._info), self._info), index=model_input.index)


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> MillwrightModel:
    """The model in a data folder; MLflow calls this.

    model_config: {"trust": FOLDER} believes the public keys in that folder instead of those that came with the model.
    Raises PackageRefused: a byte was changed, no believed key signed it, or it does not answer its golden rows here.
    """
    trust = Trust(Path((model_config or {}).get("trust") or Path(path) / TRUST))
    folders = sorted((Path(path) / PACKAGES).glob("*"))
    if len(folders) != 1:
        raise PackageRefused("there is not one package in the model's folder", where=path, fix="export it again")
    folder = folders[0]
    verified = verify_package(folder, folder.name, trust)
    probe_package(folder, folder.name, trust.folder, _PROBE_SECONDS)
    payload = open_payload(verified)
    check_golden(payload.scorer, payload.golden)
    return MillwrightModel(payload)


def _rows(frame: "pd.DataFrame") -> Iterator[dict[str, Any]]:
    """The rows as a client would send them in JSON."""
    columns = [(str(name), [_value(cell) for cell in frame[name].tolist()]) for name in frame.columns]
    for place in range(len(frame)):
        yield {name: cells[place] for name, cells in columns}


def _value(cell: Any) -> Any:
    """A cell as JSON has it: what pandas takes for missing is null, a moment is its ISO text, a number is Python's."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType") or cell != cell:
        return None
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="microseconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return float(cell)
    return cell.item() if hasattr(cell, "item") else cell
