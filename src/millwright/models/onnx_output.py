"""From raw scores to calibrated outputs in ONNX's basic operators: `models/output.py`, said again."""

import numpy as np

from millwright.models.onnx_graph import Graph
from millwright.records.modelling import Calibrator


def add_output(graph: Graph, calibrator: Calibrator, raw: str, width: int) -> str:
    """The outputs of raw scores, float64 (n, width); see `models.output.row_output`."""
    if calibrator.kind == "identity":
        return raw
    if calibrator.kind == "isotonic":
        return _isotonic(graph, calibrator, raw)
    slopes, offsets = calibrator.a or (1.0,) * width, calibrator.b or (0.0,) * width
    scores = graph.add("Add", graph.add("Mul", raw, graph.constant([slopes])), graph.constant([offsets]))
    if calibrator.step:
        step = graph.constant([[calibrator.step]])
        scores = graph.add("Mul", graph.add("Floor", graph.add("Div", scores, step)), step)
    if calibrator.kind == "exp":
        return graph.add("Exp", scores)
    return graph.add("Sigmoid", scores) if calibrator.kind == "sigmoid" else graph.add("Softmax", scores, axis=1)


def _isotonic(graph: Graph, calibrator: Calibrator, raw: str) -> str:
    """Linear between the points, flat outside: the place of a score is the number of points at or below it, less one."""
    x, y = np.array(calibrator.x), np.array(calibrator.y)
    score = graph.add("Clip", raw, graph.constant(x[0]), graph.constant(x[-1]))
    passed = graph.cast(graph.add("GreaterOrEqual", score, graph.constant([x])), np.int64)
    count = graph.add("ReduceSum", passed, graph.constant([1], np.int64), keepdims=1)
    last = graph.constant(len(x) - 1, np.int64)
    place = graph.add("Sub", graph.add("Min", count, last), graph.constant(1, np.int64))
    x0, dx, y0, dy = (graph.add("Gather", graph.constant(values), place) for values in (x[:-1], np.diff(x), y[:-1], np.diff(y)))
    share = graph.add("Div", graph.add("Sub", score, x0), dx)
    return graph.add("Add", y0, graph.add("Mul", dy, share))
