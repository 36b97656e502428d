"""The peer that knows no comfort: parse, encode, one call, answer. python bare_app.py MODEL PLAN READY

What a good engineer writes by hand for one model, on uvicorn: no contract, no log, no ids, no limits, no metrics.
"""

import sys
from array import array
from pathlib import Path
from typing import Any

import msgspec
from on_uvicorn import serve

from millwright.features.text import level_table
from millwright.models.lightgbm_native import LightGBMEvaluator
from millwright.records.codec import from_json
from millwright.records.modelling import FeaturePlan
from millwright.tasks.link import sigmoid

HEADERS = [(b"content-type", b"application/json")]


class BareApp:
    """An ASGI application for one model."""

    def __init__(self, model: bytes, plan: FeaturePlan) -> None:
        self._score = LightGBMEvaluator(model).row
        self._missing = array("d", [float("nan")]) * len(plan.features)
        self._numbers: list[tuple[int, str]] = []
        self._levels: list[tuple[int, str, dict[str, float], float]] = []
        at = 0
        for encoder in plan.encoders:
            if encoder.kind == "number":
                self._numbers.append((at, encoder.column))
            else:
                self._levels.append((at, encoder.column, *level_table(encoder)))
            at += len(encoder.outputs)
        self._decode = msgspec.json.Decoder().decode
        self._encode = msgspec.json.Encoder().encode

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        answer = self._encode({"predictions": [{"probability": self._probability(row)} for row in self._decode(body)["rows"]]})
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
        await send({"type": "http.response.body", "body": answer})

    def _probability(self, row: Any) -> float:
        vector = self._missing[:]
        for at, name in self._numbers:
            value = row[name]
            if value is not None:
                vector[at] = value
        for at, name, table, unlisted in self._levels:
            level = row[name]
            if level is not None:
                vector[at] = table.get(level, unlisted)
        return sigmoid(self._score(vector)[0])


if __name__ == "__main__":
    model, plan, ready = map(Path, sys.argv[1:4])
    app = BareApp(model.read_bytes(), from_json(FeaturePlan, plan.read_bytes()))
    serve(app, ready, http="httptools", loop="uvloop", lifespan="off")
