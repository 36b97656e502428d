"""What an ONNX file says of itself: inputs, outputs, operators, names of classes, texts. Read in a child process only."""

from collections.abc import Iterator
from typing import Any

from millwright.errors import ModelRefused, PackageRefused
from millwright.models.onnx_evaluator import open_session, refuse_external
from millwright.models.onnx_graph import import_onnx
from millwright.records.codec import sha256
from millwright.records.record import record

MOST_TEXTS = 200_000
_LABELS = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")
_NO_TEXTS = {*_LABELS, "nodes_modes"}
_OF_OTHERS = {"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "com.microsoft"}
"""Operator sets that ONNX Runtime brings along."""
_TAKES_TEXTS_APART = {
    "RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer", "Tokenizer", "StringConcatenator",
}  # fmt: skip
_EXTERNAL = 1


@record
class Tensor:
    """An input or output: its name, its type as ONNX Runtime writes it, and its shape; None: any."""

    name: str
    type: str
    shape: tuple[int | None, ...]


@record
class OnnxFacts:
    """A graph, as its file describes it.

    labels: the names of classes that its operators hold, each list once. texts: every other text constant. text_operators:
    those that do more with texts than to look them up.
    """

    sha256: str
    size: int
    producer: str
    graph: str
    ir_version: int
    opsets: tuple[tuple[str, int], ...]
    metadata: dict[str, str]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    labels: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...]
    text_operators: tuple[str, ...]


def read_facts(content: bytes) -> OnnxFacts:
    """Parse a file and open it with ONNX Runtime, which may abort the process. Raises ModelRefused, Unavailable."""
    model = _parsed(content)
    nodes = list(_nodes(model))
    session = _opened(content, model)
    return OnnxFacts(
        sha256=sha256(content),
        size=len(content),
        producer=f"{model.producer_name} {model.producer_version}".strip(),
        graph=model.graph.name,
        ir_version=model.ir_version,
        opsets=tuple(sorted({(one.domain, one.version) for one in model.opset_import})),
        metadata=dict(session.get_modelmeta().custom_metadata_map),
        inputs=tuple(map(_tensor, session.get_inputs())),
        outputs=tuple(map(_tensor, session.get_outputs())),
        labels=tuple(dict.fromkeys(_labels(nodes))),
        texts=_texts(model, nodes),
        text_operators=tuple(sorted({node.op_type for node in nodes} & _TAKES_TEXTS_APART)),
    )


def _parsed(content: bytes) -> Any:
    onnx = import_onnx()
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's own errors have no common class
        raise _no_onnx() from error
    if not model.ir_version or not model.graph.output:
        raise _no_onnx()
    tensors = [*model.graph.initializer, *_tensors(list(_nodes(model)))]
    if any(tensor.data_location == _EXTERNAL for tensor in tensors):
        raise ModelRefused(
            "its values lie in another file, and one file is taken",
            fix="write it as one: onnx.save(model, path, save_as_external_data=False)",
            code="onnx.external",
        )
    return model


def _no_onnx() -> ModelRefused:
    return ModelRefused("this is no ONNX file, or not all of one", fix="write it anew from your model", code="onnx.file")


def _opened(content: bytes, model: Any) -> Any:
    try:
        refuse_external(content)
        return open_session(content)
    except PackageRefused as error:
        raise _why_refused(model, error) from error


def _why_refused(model: Any, error: PackageRefused) -> ModelRefused:
    """ONNX Runtime's refusal in our words, where the file shows the cause."""
    own = {function.domain for function in model.functions}
    strange = sorted({one.domain for one in model.opset_import} - _OF_OTHERS - own)
    if strange:
        what = f"it needs operators of {', '.join(strange)}, which ONNX Runtime has not"
        return ModelRefused(what, fix="convert the model with standard operators alone", code="onnx.operator")
    newest = import_onnx().defs.onnx_opset_version()
    opset = max((one.version for one in model.opset_import if one.domain in ("", "ai.onnx")), default=0)
    if opset > newest or "opset" in error.what.lower():
        what = f"its opset, {opset}, is not supported by the installed ONNX Runtime"
        return ModelRefused(what, fix="convert with an older target_opset, or upgrade onnxruntime", code="onnx.opset")
    code = error.code if error.code.startswith("onnx.") else "onnx.refused"
    return ModelRefused(" ".join(error.what.split()), code=code)


def _nodes(model: Any) -> Iterator[Any]:
    """Every node, those of inner graphs and of the model's own functions too."""
    waiting = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    while waiting:
        node = waiting.pop()
        yield node
        for attribute in node.attribute:
            waiting += attribute.g.node
            waiting += (inner for graph in attribute.graphs for inner in graph.node)


def _tensors(nodes: list[Any]) -> Iterator[Any]:
    for node in nodes:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            yield from attribute.g.initializer


def _tensor(described: Any) -> Tensor:
    shape = tuple(size if isinstance(size, int) and size >= 0 else None for size in described.shape or ())
    return Tensor(name=described.name, type=described.type, shape=shape)


def _labels(nodes: list[Any]) -> Iterator[tuple[str, ...]]:
    for node in nodes:
        for attribute in node.attribute:
            if attribute.name in _LABELS:
                names = tuple(map(str, attribute.ints)) or tuple(map(_text, attribute.strings))
                if names:
                    yield names


def _texts(model: Any, nodes: list[Any]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in nodes:
        for attribute in node.attribute:
            if attribute.name not in _NO_TEXTS:
                found |= dict.fromkeys(map(_text, attribute.strings))
    for tensor in (*model.graph.initializer, *_tensors(nodes)):
        found |= dict.fromkeys(map(_text, tensor.string_data))
    if len(found) > MOST_TEXTS:
        raise ModelRefused(f"it holds {len(found):,} texts, and {MOST_TEXTS:,} are the most", code="onnx.huge")
    return tuple(sorted(found))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
