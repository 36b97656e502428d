"""Millwright's own way: /v1/predict."""

from typing import Any

from millwright.serve.body import PredictBody, decode_predict
from millwright.serve.dialects.dialect import Dialect
from millwright.serve.form import Form
from millwright.serve.predict import Answer
from millwright.serve.refusal import error_body
from millwright.serve.slot import Slot


def _read(raw: bytes, _form: Form, _slot: Slot) -> tuple[PredictBody, None]:
    return decode_predict(raw), None


def _write(answer: Answer, _slot: Slot, _besides: Any) -> dict[str, Any]:
    return {
        "predictions": answer.given,
        "payload": answer.payload_digest,
        "version": f"v{answer.version}",
        "project": answer.project,
    }


OWN = Dialect(read=_read, write=_write, refuse=error_body)
