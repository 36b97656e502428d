"""Small ONNX graphs, written by hand, of every form that people bring."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT, DOUBLE, INT64, STRING = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.STRING
Value = tuple[str, int, Sequence[Any] | None]


def graph(
    nodes: Sequence[Any], inputs: Sequence[Value], outputs: Sequence[Value], *, constants: Sequence[Any] = (), opset: int = 15
) -> bytes:
    """A model of these nodes; inputs and outputs by name, type and shape."""
    given, made = ([helper.make_tensor_value_info(*value) for value in values] for values in (inputs, outputs))
    whole = helper.make_graph(list(nodes), "by hand", given, made, list(constants))
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("our.own", 1)]
    used = {node.domain for node in nodes}
    opsets = [one for one in opsets if one.domain in used | {""}]
    content: bytes = helper.make_model(whole, opset_imports=opsets, ir_version=8).SerializeToString()
    return content


def constant(name: str, values: Any, dtype: Any = np.float32) -> Any:
    """A constant tensor."""
    return numpy_helper.from_array(np.asarray(values, dtype), name)


def linear(
    weights: Any, offset: Any = 0.0, *, shape: Sequence[Any] | None = None, link: str = "", output: str = "answer"
) -> bytes:
    """X @ weights + offset of one float tensor X, weights of shape (f, k); link: Sigmoid, Softmax or none."""
    W = np.asarray(weights, np.float32)
    nodes = [helper.make_node("MatMul", ["X", "W"], ["m"]), helper.make_node("Add", ["m", "b"], ["s"])]
    nodes.append(helper.make_node(link or "Identity", ["s"], [output]))
    taken = ("X", FLOAT, shape or [None, len(W)])
    return graph(nodes, [taken], [(output, FLOAT, [None, W.shape[1]])], constants=[constant("W", W), constant("b", offset)])


def classifier(labels: Sequence[str], *, labelled: bool = True, hold: bool = True) -> bytes:
    """Softmax of X (n, k): class i is likely where feature i is large. labelled: with an output that names the class decided
    on; hold: with the names where a converter puts them."""
    k = len(labels)
    nodes = [helper.make_node("Softmax", ["X"], ["probabilities"], axis=1)]
    outputs: list[Value] = [("probabilities", FLOAT, [None, k])]
    if labelled:
        nodes += [
            helper.make_node("ArgMax", ["probabilities"], ["top"], axis=1, keepdims=0),
            helper.make_node(
                "LabelEncoder", ["top"], ["label"], domain="ai.onnx.ml", keys_int64s=list(range(k)), values_strings=list(labels)
            ),
        ]
        outputs.insert(0, ("label", STRING, [None]))
    if hold:
        nodes.append(
            helper.make_node(
                "LinearClassifier",
                ["X"],
                ["unused", "scores"],
                domain="ai.onnx.ml",
                coefficients=np.eye(k).ravel().tolist(),
                intercepts=[0.0] * k,
                classlabels_strings=list(labels),
            )
        )
    return graph(nodes, [("X", FLOAT, [None, k])], outputs)


def looks_up(levels: Sequence[str], values: Sequence[float], *, other: float, kind: str = "value") -> bytes:
    """A text input "town" and a float input "size": value of the town, plus size."""
    nodes = [
        helper.make_node(
            "LabelEncoder",
            ["town"],
            ["code"],
            domain="ai.onnx.ml",
            keys_strings=list(levels),
            values_floats=[*map(float, values)],
            default_float=float(other),
        ),
        helper.make_node("Add", ["code", "size"], [kind]),
    ]
    return graph(nodes, [("town", STRING, [None, 1]), ("size", FLOAT, [None, 1])], [(kind, FLOAT, [None, 1])])
