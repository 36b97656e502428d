"""KServe's V1 protocol and Vertex AI's: {"instances": [...]} is answered with {"predictions": [...]}, one for each.

Contributions are asked for by {"parameters": {"explain": true}}, and then lie in each prediction; or, as KServe does it, at
":explain", and then come as {"explanations": [...]} beside the predictions.
"""

from typing import Any

import msgspec

from millwright.errors import MillwrightError
from millwright.serve.body import PredictBody, decode
from millwright.serve.dialects.columns import named
from millwright.serve.dialects.dialect import Dialect
from millwright.serve.dialects.sentences import sentence_of
from millwright.serve.explaining import wants_explanation
from millwright.serve.form import Form
from millwright.serve.predict import Answer
from millwright.serve.refusal import RequestRefused
from millwright.serve.slot import Slot


class InstancesBody(msgspec.Struct, omit_defaults=True):
    """Rows under `instances` or `inputs`: objects, or lists in the order of the contract; `explain` may be in `parameters`."""

    instances: list[dict[str, Any] | list[Any]] | None = None
    inputs: list[dict[str, Any] | list[Any]] | None = None
    parameters: Any = None


def _read(raw: bytes, _form: Form, slot: Slot) -> tuple[PredictBody, None]:
    body = decode(InstancesBody, raw, example='{"instances": [{"column": 1}]}')
    given = [rows for rows in (body.instances, body.inputs) if rows is not None]
    if len(given) != 1:
        raise RequestRefused(422, "give either instances or inputs", code="body.shape", where="body")
    rows = [row if isinstance(row, dict) else named(slot, row, number) for number, row in enumerate(given[0], 1)]
    return PredictBody(rows=rows, explain=wants_explanation(body.parameters)), None


def _read_to_explain(raw: bytes, form: Form, slot: Slot) -> tuple[PredictBody, None]:
    body, _ = _read(raw, form, slot)
    return PredictBody(rows=body.rows, explain=True), None


def _write(answer: Answer, _slot: Slot, _besides: Any) -> dict[str, Any]:
    return {"predictions": answer.given, "model_name": answer.project, "model_version": f"v{answer.version}"}


def _write_explained(answer: Answer, slot: Slot, besides: Any) -> dict[str, Any]:
    predictions = [{name: part for name, part in given.items() if name != "contributions"} for given in answer.given]
    explanations = [given["contributions"] for given in answer.given]
    return {**_write(answer, slot, besides), "predictions": predictions, "explanations": explanations}


def _refuse(error: MillwrightError, request_id: str) -> dict[str, str]:
    return {"error": sentence_of(error, request_id)}


INSTANCES = Dialect(read=_read, write=_write, refuse=_refuse)
EXPLANATIONS = Dialect(read=_read_to_explain, write=_write_explained, refuse=_refuse, explains=True)
