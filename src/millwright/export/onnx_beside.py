"""What `mw export onnx` wrote beside a graph, read again: how cells become its features, and what its output means."""

from pathlib import Path
from typing import Any

import msgspec

from millwright.errors import ModelRefused
from millwright.models.onnx_graph import RAW
from millwright.records.codec import digest_of, from_json
from millwright.records.modelling import FeaturePlan, PayloadInfo
from millwright.records.record import record

MOST_BYTES = 64 << 20


@record
class Beside:
    """The plan and the meaning of an exported graph."""

    plan: FeaturePlan
    info: PayloadInfo
    output: str

    @property
    def digest(self) -> str:
        """The identity of what it says."""
        return digest_of(self)


def read_beside(model: Path, digest: str) -> Beside | None:
    """What lies beside an ONNX file whose sha256 is `digest`; None where nothing of ours does.

    Raises ModelRefused where it is of another graph, or cannot be read.
    """
    path = model.with_suffix(".json")
    said = _ours(path)
    if said is None:
        return None
    if said.get("sha256", digest) != digest:
        fix = "move it away, or bring the graph that it was written with"
        raise ModelRefused("it describes another graph than the one beside it", where=str(path), fix=fix, code="onnx.beside")
    try:
        (output,) = [name for name in said["outputs"] if name != RAW]
        plan, info = msgspec.convert(said["plan"], FeaturePlan), msgspec.convert(said["info"], PayloadInfo)
    except (KeyError, TypeError, ValueError) as error:
        what = f"what lies beside the graph cannot be read: {error}"
        raise ModelRefused(what, where=str(path), fix="export the graph again", code="onnx.beside") from error
    return Beside(plan=plan, info=info, output=output)


def _ours(path: Path) -> dict[str, Any] | None:
    """The JSON beside a model, where it is one of Millwright's exports."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        said = from_json(dict[str, Any], path.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return said if said.get("schema") == "millwright.export/1" and said.get("kind") == "onnx" else None
