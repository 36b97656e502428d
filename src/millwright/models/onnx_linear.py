"""Linear and constant models in ONNX's basic operators, in float64."""

import numpy as np

from millwright.models.constant import ConstantModel
from millwright.models.linear_evaluator import LinearModel, LinearTerm
from millwright.models.onnx_graph import FEATURES, Graph


def add_constant(graph: Graph, model: ConstantModel) -> str:
    """The same raw scores for every row, float64 (n, width)."""
    rows = graph.add("Shape", FEATURES, start=0, end=1)
    shape = graph.add("Concat", rows, graph.constant([len(model.raw)], np.int64), axis=0)
    return graph.add("Expand", graph.constant([model.raw]), shape)


def add_linear(graph: Graph, model: LinearModel) -> str:
    """The raw scores of a linear model, float64 (n, width): its terms, added in their order as the evaluator adds them."""
    features = graph.cast(FEATURES, np.float64)
    total = graph.constant([model.intercepts])
    for place, term in enumerate(model.terms):
        column = graph.add("Gather", features, graph.constant([place], np.int64), axis=1)
        total = graph.add("Add", total, _term(graph, term, column, len(model.intercepts)))
    if not model.terms:
        return add_constant(graph, ConstantModel(raw=model.intercepts))
    return total


def _term(graph: Graph, term: LinearTerm, column: str, width: int) -> str:
    missing = graph.add("IsNaN", column)
    known = _code(graph, term, column, missing, width) if term.table else _number(graph, term, column)
    return graph.add("Where", missing, graph.constant([term.missing]), known)


def _number(graph: Graph, term: LinearTerm, column: str) -> str:
    clipped = graph.add("Clip", column, graph.constant(term.low), graph.constant(term.high))
    centred = graph.add("Sub", clipped, graph.constant(term.centre))
    return graph.add("Mul", graph.add("Div", centred, graph.constant(term.scale)), graph.constant([term.weights]))


def _code(graph: Graph, term: LinearTerm, column: str, missing: str, width: int) -> str:
    """A row of the table; the last one, of zeros, for a code that is not in it."""
    size = len(term.table)
    table = graph.constant([*term.table, (0.0,) * width])
    low = graph.add("Less", column, graph.constant(0.0))
    high = graph.add("GreaterOrEqual", column, graph.constant(float(size)))
    odd = graph.add("Or", graph.add("Or", low, high), missing)
    code = graph.cast(graph.add("Where", odd, graph.constant(float(size)), column), np.int64)
    return graph.add("Squeeze", graph.add("Gather", table, code, axis=0), graph.constant([1], np.int64))
