"""Building an ONNX graph: names are given, constants kept, and the result is checked. Needs the `onnx` package."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from millwright.errors import Unavailable

Array = NDArray[Any]
Precision = Literal["float64", "float32"]

OPSET, ML_OPSET, IR_VERSION = 21, 5, 10
"""TreeEnsemble, which takes float64 and sets of categories, came with version 5 of ai.onnx.ml (ONNX 1.16)."""
ML = "ai.onnx.ml"
FEATURES, RAW = "features", "raw_scores"
ROW_WISE = "millwright.row_wise"
"""A mark in the model's metadata: its raw scores come from comparisons, look-ups and IEEE arithmetic on each row alone, so
that many rows at once get the bits of one."""


def import_onnx() -> Any:
    """The `onnx` package. Raises Unavailable naming the extra."""
    try:
        import onnx
    except ImportError as error:
        raise Unavailable(
            "the onnx package is not installed", fix="pip install 'millwright[onnx]'", code="onnx.missing"
        ) from error
    return onnx


class Graph:
    """A graph from feature vectors, shape (n, features), to what is added to it."""

    def __init__(self, features: int, precision: Precision) -> None:
        self._onnx = import_onnx()
        self.features, self.precision = features, precision
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._outputs: list[Any] = []

    @property
    def dtype(self) -> "np.dtype[Any]":
        """What the features are given as."""
        return np.dtype(self.precision)

    def constant(self, values: Any, dtype: Any = np.float64) -> str:
        """The name of a constant."""
        name = f"c{len(self._constants)}"
        self._constants.append(self.tensor(name, values, dtype))
        return name

    def tensor(self, name: str, values: Any, dtype: Any) -> Any:
        """Values as a tensor, for an attribute."""
        return self._onnx.numpy_helper.from_array(np.asarray(values, dtype=dtype), name)

    def add(self, operator: str, *inputs: str, name: str = "", domain: str = "", **attributes: Any) -> str:
        """The name of what an operator gives."""
        output = name or f"n{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(operator, list(inputs), [output], domain=domain, **attributes))
        return output

    def cast(self, value: str, dtype: Any) -> str:
        """A value in another type."""
        return self.add("Cast", value, to=self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def output(self, value: str, name: str, width: int) -> None:
        """Make a value an output, float64 of shape (n, width), under a name."""
        self.add("Identity", value, name=name)
        self._outputs.append(self._onnx.helper.make_tensor_value_info(name, self._onnx.TensorProto.DOUBLE, ["n", width]))

    def model(self, metadata: Mapping[str, str]) -> bytes:
        """The whole model, checked by ONNX's own checker."""
        onnx, helper = self._onnx, self._onnx.helper
        element = helper.np_dtype_to_tensor_dtype(self.dtype)
        taken = helper.make_tensor_value_info(FEATURES, element, ["n", self.features])
        graph = helper.make_graph(self._nodes, "millwright", [taken], self._outputs, self._constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="millwright")
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString(deterministic=True)
        return content
