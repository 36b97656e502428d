"""`mw import onnx`: a model that was made elsewhere, judged, packed and signed as one that was searched for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millwright.errors import ModelRefused, NotFound, Unavailable
from millwright.export.onnx_beside import read_beside
from millwright.loop.bringing import Brought, ModelFile, bring_in
from millwright.loop.learn import Lesson, seen_of, split_rows
from millwright.loop.outcomes import TrainOutcome
from millwright.loop.progress import Listener, many
from millwright.loop.prove import Proof
from millwright.loop.steps import Steps
from millwright.loop.table import Table
from millwright.loop.train import train
from millwright.loop.workshop import Workshop
from millwright.models.onnx_child import facts_of
from millwright.package.environment import libraries
from millwright.records.codec import digest_of
from millwright.records.imported import OnnxChoices
from millwright.records.running import Run

MOST_BYTES = 1 << 30
_LIBRARIES = ("numpy", "onnx", "onnxruntime")


def import_onnx(shop: Workshop, path: Path, choices: OnnxChoices, listen: Listener, reason: str = "") -> TrainOutcome:
    """Bring an ONNX file in as a version: checked against the data, judged on the sealed rows, packed and signed.

    Raises ModelRefused where the file cannot be used as it is, NotFound where there is none, Unavailable without the extra;
    and as `train`. A run that was killed is taken up again by the same file and choices.
    """
    content = read_model(path)
    facts = _about(path, lambda: facts_of(content))
    beside = None if choices.inputs else read_beside(path, facts.sha256)
    file = ModelFile(path.name, content, facts, beside, choices)
    return train(shop, listen, teacher=Importing(shop, file, reason))


def read_model(path: Path) -> bytes:
    """The bytes of a model file. Raises NotFound, ModelRefused where it is too large, Unavailable where it cannot be read."""
    try:
        if not path.is_file():
            raise NotFound("there is no such file", where=str(path), fix="name the .onnx file", code="file.missing")
        if path.stat().st_size > MOST_BYTES:
            what = f"it has {path.stat().st_size / 1e9:.1f} GB, and {MOST_BYTES / 1e9:.1f} are the most"
            raise ModelRefused(what, where=str(path), code="onnx.huge")
        return path.read_bytes()
    except OSError as error:
        raise Unavailable(f"the file cannot be read: {error.strerror}", where=str(path), code="file.unreadable") from error


@dataclass(frozen=True, slots=True)
class Importing:
    """A candidate from a file instead of a search."""

    shop: Workshop
    file: ModelFile
    reason: str
    by_hand: bool = True

    @property
    def asked(self) -> str:
        """The spec, the file and what was said of it."""
        return digest_of({"spec": digest_of(self.shop.spec), **self.file.identity})

    def prepare(self) -> None:
        """Keep the file: what is judged later are these bytes, whatever becomes of the file."""
        self.shop.blobs.put(self.file.content)

    def teach(self, run: Run, steps: Steps, proof: Proof, table: Table, listen: Listener) -> Lesson:  # noqa: ARG002
        """Split, and bind the file to the data."""
        split, assignment = split_rows(self.shop, steps, proof, table)
        brought = steps.do(
            "import",
            {**seen_of(proof), "assignment": split.assignment, **self.file.identity, "libraries": _versions()},
            Brought,
            lambda: _about(Path(self.file.name), lambda: bring_in(self.shop, table, assignment, self.file, self.reason)),
            _say,
            lambda b: (*b.candidate.files.values(), *b.candidate.baseline_files.values(), b.candidate.out_of_fold),
        )
        return Lesson(split, assignment, brought.plan, brought.candidate, ())


def _about(path: Path, work: Callable[[], Any]) -> Any:
    """What `work` gives; where it refuses the model, the file is named."""
    try:
        return work()
    except ModelRefused as error:
        raise ModelRefused(error.what, where=error.where or str(path), fix=error.fix, code=error.code) from error


def _say(brought: Brought) -> str:
    made = brought.candidate.imported
    assert made is not None
    return f"{made.file}: {many(len(brought.plan.features), 'feature')}, {made.size:,} bytes" + (
        f", made by {made.producer}" if made.producer else ""
    )


def _versions() -> dict[str, str]:
    return {name: one.version for name in _LIBRARIES for one in libraries(name) if one.name == name}
