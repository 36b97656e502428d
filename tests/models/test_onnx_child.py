"""Files that are no models, hostile or damaged: one clear refusal each, and the process that asks lives on."""

import json
from pathlib import Path

import numpy as np
import odd_graphs as odd
import pytest
from onnx import TensorProto, helper, load_model_from_string

from millwright.errors import ModelRefused
from millwright.models.onnx_child import ask_graph, facts_of
from millwright.records.imported import GraphInput, GraphUse

FOREIGN = Path(__file__).parent / "foreign"
WHOLE = (FOREIGN / "flights_pipeline.onnx").read_bytes()


def external() -> bytes:
    model = load_model_from_string(odd.linear(np.ones((2, 1))))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    content: bytes = model.SerializeToString()
    return content


def custom() -> bytes:
    node = helper.make_node("Guess", ["X"], ["y"], domain="our.own")
    return odd.graph([node], [("X", odd.FLOAT, [None, 2])], [("y", odd.FLOAT, [None, 1])])


def endless() -> bytes:
    """A loop that goes on for ever."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Add", ["v", "one"], ["w"])],
        "body",
        [
            helper.make_tensor_value_info("i", odd.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", odd.FLOAT, [None, 1]),
        ],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("w", odd.FLOAT, [None, 1])],
    )
    nodes = [helper.make_node("Loop", ["", "yes", "X"], ["y"], body=body)]
    constants = [odd.constant("yes", True, bool), odd.constant("one", [[1.0]])]
    return odd.graph(nodes, [("X", odd.FLOAT, [None, 1])], [("y", odd.FLOAT, [None, 1])], constants=constants)


BAD = {
    "empty": (b"", "onnx.file"),
    "truncated": (WHOLE[: len(WHOLE) // 2], "onnx.file"),
    "random": (np.random.default_rng(3).bytes(5_000), "onnx.file"),
    "json": (json.dumps({"model": "no"}).encode(), "onnx.file"),
    "external": (external(), "onnx.external"),
    "custom": (custom(), "onnx.operator"),
    "opset": (odd.graph([helper.make_node("Relu", ["X"], ["y"])], [("X", odd.FLOAT, [None, 1])], [("y", odd.FLOAT, None)], opset=999), "onnx.opset"),  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_model_is_refused_in_one_line(name: str) -> None:
    content, code = BAD[name]
    with pytest.raises(ModelRefused) as refused:
        facts_of(content)
    assert refused.value.code == code
    assert "\n" not in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_a_real_file_says_what_it_is() -> None:
    facts = facts_of(WHOLE)
    assert [taken.name for taken in facts.inputs][-2:] == ["carrier", "origin"]
    assert facts.labels == (("0", "1"),)
    assert facts.producer.startswith("skl2onnx")
    assert {"UA", "JFK"} <= {*facts.texts}


def test_a_graph_that_never_ends_is_ended() -> None:
    use = GraphUse(
        features=1,
        inputs=(GraphInput(name="X", type="float32", rank=2, places=(0,)),),
        output="y",
        scores="value",
        given=1,
        columns=(0,),
    )
    with pytest.raises(ModelRefused) as refused:
        ask_graph(endless(), use, np.zeros((1, 1)), None, seconds=2.5)
    assert refused.value.code == "onnx.time"
