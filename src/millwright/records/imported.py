"""A model that was made elsewhere: what is known of it, and how it is asked."""

from typing import Literal

from millwright.records.record import record

Scores = Literal["probability", "raw", "value"]
"""What the outputs of a graph are: probabilities, raw scores (log odds, logits) or predicted values."""
InputType = Literal["float32", "float64", "int64", "int32", "bool", "string"]

UNKNOWN_ROWS = "its training rows are not known: where it saw the sealed rows, these figures are too good"


@record
class OnnxChoices:
    """What a person says of an ONNX file beside the file.

    inputs: the columns of its inputs, "a,b,c" for the only one, "input=a,b,c" for one of several. output: the one that
    answers. outputs: what a classifier's numbers are. classes: their order. missing_text: what a text input gets for no value.
    """

    inputs: tuple[str, ...] = ()
    output: str | None = None
    outputs: Literal["probability", "raw"] = "probability"
    classes: tuple[str, ...] = ()
    missing_text: str = ""


@record
class GraphInput:
    """One tensor that a graph takes: which features go into it, in order.

    rank: 2 for shape (n, columns), 1 for shape (n,). levels: of a text input, the texts that the codes of each of its
    features stand for; a code beyond them stands for a text that is none of them.
    """

    name: str
    type: InputType
    rank: int
    places: tuple[int, ...]
    levels: tuple[tuple[str, ...], ...] = ()


@record
class GraphUse:
    """How a graph is asked and its answer read; a model file of the payload.

    given: numbers a row in the output. columns: which of them are the raw scores, in the order of the classes.
    missing_text, unseen_text: what a text input is given for no value, and for a text that is not among its levels.
    """

    schema: Literal["millwright.graph/1"] = "millwright.graph/1"
    features: int
    inputs: tuple[GraphInput, ...]
    output: str
    scores: Scores
    given: int
    columns: tuple[int, ...]
    missing_text: str = ""
    unseen_text: str = ""


@record
class Imported:
    """Where a model came from, by its file. notes: what was settled without being asked for, a sentence each."""

    file: str
    sha256: str
    size: int
    producer: str
    graph: str
    ir_version: int
    opsets: tuple[tuple[str, int], ...]
    metadata: dict[str, str]
    scores: Scores
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Where it came from, in half a sentence."""
        made = f", made by {self.producer}" if self.producer else ""
        return f"brought as the ONNX file {self.file} (sha256 {self.sha256[:12]}{made})"
