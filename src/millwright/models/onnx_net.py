"""A network in ONNX's basic operators, in float64: `models/net_evaluator.py`, said again.

Sums are exact there, and so they are here, in whatever order a runtime adds; what is not a sum is rounded by IEEE 754. Weights
stay int32 in the file, as in the model's own: half of what float64 would take.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.net_file import GRID, REACH, NetLayer, NetModel
from millwright.models.net_inputs import SOFT_CLIP, Inputs
from millwright.models.net_layers import BEND
from millwright.models.onnx_graph import FEATURES, Graph

Array = NDArray[Any]


def add_net(graph: Graph, model: NetModel) -> str:
    """The raw scores of a network, float64 (n, width)."""
    scale, centre, low, high = map(graph.constant, model.outputs)
    first, *others = model.layers
    z = _biased(graph, _first(graph, model), first)
    for layer in others:
        given = graph.add("Min", _on_grid(graph, _activated(graph, z)), graph.constant(REACH))
        z = _biased(graph, graph.add("MatMul", given, _whole(graph, layer.weights.T)), layer)
    scores = graph.add("Add", graph.add("Mul", z, scale), centre)
    return graph.add("Max", graph.add("Min", scores, high), low)


def _first(graph: Graph, model: NetModel) -> str:
    """The sums of the first layer, in steps of its grid, (n, units): of the inputs that are numbers, and of levels."""
    features = graph.cast(FEATURES, np.float64)
    sums = []
    if model.inputs.dense:
        given = _on_grid(graph, _numbers(graph, model.inputs, features))
        sums.append(graph.add("MatMul", given, _whole(graph, model.layers[0].weights.T)))
    if len(model.inputs.categories):
        levels = _levels(graph, model, _places(graph, model.inputs, features))
        sums.append(graph.add("Mul", levels, graph.constant(2.0**GRID)))
    return graph.add("Add", *sums) if len(sums) > 1 else sums[0]


def _numbers(graph: Graph, inputs: Inputs, features: str) -> str:
    """The inputs that are numbers, (n, dense): the numbers themselves, then the marks, then the pieces."""
    column = _taken(graph, features, inputs.numbers)
    absent = graph.add("IsNaN", column)
    clipped = graph.add("Min", graph.add("Max", column, graph.constant(inputs.lows)), graph.constant(inputs.highs))
    centred = graph.add("Sub", clipped, graph.constant(inputs.centres))
    scaled = graph.add("Mul", centred, graph.constant(inputs.scales))
    known = graph.add("Where", absent, graph.constant(0.0), scaled)
    share = graph.add("Div", known, graph.constant(SOFT_CLIP))
    bent = graph.add("Sqrt", graph.add("Add", graph.add("Mul", share, share), graph.constant(1.0)))
    parts = [graph.add("Div", known, bent)]
    if len(inputs.marked):
        parts.append(graph.cast(_taken(graph, absent, inputs.marked), np.float64))
    if len(inputs.pieced):
        begun = graph.add("Sub", _taken(graph, known, inputs.pieced), graph.constant(inputs.starts))
        through = graph.add("Mul", begun, graph.constant(inputs.slopes))
        parts.append(graph.add("Clip", through, graph.constant(0.0), graph.constant(1.0)))
    return graph.add("Concat", *parts, axis=1)


def _places(graph: Graph, inputs: Inputs, features: str) -> str:
    """The places (n, q) of the categories' levels in the table: its last line for a level never seen."""
    codes = _taken(graph, features, inputs.categories)
    levels = graph.constant(inputs.levels, np.float64)
    known = graph.add("And", graph.add("GreaterOrEqual", codes, graph.constant(0.0)), graph.add("Less", codes, levels))
    code = graph.cast(graph.add("Where", known, codes, graph.constant(0.0)), np.int64)
    place = graph.add("Add", code, graph.constant(inputs.firsts, np.int64))
    missing = graph.constant(inputs.firsts + inputs.levels, np.int64)
    other = graph.add("Where", graph.add("IsNaN", codes), missing, graph.constant(inputs.coded, np.int64))
    return graph.add("Where", known, place, other)


def _levels(graph: Graph, model: NetModel, places: str) -> str:
    """What the levels add, (n, units); one category after the other, so that no (n, q, units) is ever in memory."""
    table, total = _whole(graph, model.table), ""
    for at in range(len(model.inputs.categories)):
        place = graph.add("Gather", places, graph.constant(at, np.int64), axis=1)
        lines = graph.add("Gather", table, place, axis=0)
        total = graph.add("Add", total, lines) if total else lines
    return total


def _biased(graph: Graph, sums: str, layer: NetLayer) -> str:
    """Sums in steps of a layer's grid as what they stand for, and its biases."""
    z = graph.add("Mul", sums, graph.constant(2.0 ** (-layer.exponent - GRID)))
    return graph.add("Add", z, graph.constant(layer.biases))


def _activated(graph: Graph, z: str) -> str:
    """See `net_layers.activated`."""
    below = graph.add("Min", z, graph.constant(0.0))
    bent = graph.add("Mul", graph.add("Mul", below, below), graph.constant(BEND.item()))
    return graph.add("Div", z, graph.add("Sqrt", graph.add("Add", bent, graph.constant(1.0))))


def _on_grid(graph: Graph, values: str) -> str:
    """Whole steps of 2^-GRID, halves to the even one."""
    return graph.add("Round", graph.add("Mul", values, graph.constant(2.0**GRID)))


def _taken(graph: Graph, values: str, places: Array) -> str:
    """Columns of values."""
    return graph.add("Gather", values, graph.constant(places, np.int64), axis=1)


def _whole(graph: Graph, weights: Array) -> str:
    """Whole numbers, kept as int32, in float64."""
    return graph.cast(graph.constant(weights, np.int32), np.float64)
