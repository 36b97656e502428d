"""What goes over the wire as answers, as structures: the server writes plain dicts, so these are for telling alone.

A test holds every answer of a real server against them.
"""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType


class LabelItem(Struct, omit_defaults=True):
    """What came true of one prediction: named by its id or by its key."""

    id: Annotated[Any, Meta(description="The id of a prediction, from its answer.")] = None
    key: Annotated[Any, Meta(description="Instead of the id: the key, or an object of the key columns.")] = None
    value: Annotated[Any, Meta(description="A class or a number.")] = None
    at: Annotated[Any, Meta(description="When it came true, ISO 8601 with its zone; by default now.")] = None


class LabelRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Labels, each judged by itself: a bad one does not cost the others."""

    labels: list[LabelItem]
    source: Annotated[str, Meta(description="Who says so: 1 to 64 characters, kept with each label.")] = "api"


class ErrorTold(Struct):
    """What is wrong, where, and what to do. Codes do not change; words may."""

    code: str
    message: str
    where: str
    hint: str
    request_id: str
    column: str | UnsetType = UNSET
    row: Annotated[int, Meta(description="Counted from 1.")] | UnsetType = UNSET


class ErrorAnswer(Struct):
    """A request that was refused."""

    error: ErrorTold


class SentenceError(Struct):
    """A request that was refused, told in one sentence."""

    error: str


class MlflowError(Struct):
    """A request that was refused, as MLflow's clients read it."""

    error_code: str
    message: str


class Contributions(Struct):
    """What each column added to an answer, on the scale of raw scores: base and columns add up to the raw score."""

    base: Annotated[Any, Meta(description="The raw score before any column: a number, or one for each class.")]
    columns: Annotated[dict[str, Any], Meta(description="By column: a number, or one for each class.")]


class GivenPrediction(Struct):
    """The answer to one row. Which fields there are depends on the task."""

    id: Annotated[str, Meta(description="To send with its label.")]
    flags: Annotated[list[str], Meta(description='What training never saw: "unseen:dest", "range:age".')]
    probability: Annotated[float, Meta(description="Binary: of the positive class, in [0, 1].")] | UnsetType = UNSET
    decision: Annotated[bool, Meta(description="Binary: whether it reaches the threshold.")] | UnsetType = UNSET
    label: Annotated[str, Meta(description="The class that follows, or the most probable one.")] | UnsetType = UNSET
    probabilities: Annotated[dict[str, float], Meta(description="Multiclass, ordinal: of each class.")] | UnsetType = UNSET
    value: Annotated[float, Meta(description="Regression: the value.")] | UnsetType = UNSET
    low: Annotated[float, Meta(description="Regression: where its interval begins.")] | UnsetType = UNSET
    high: Annotated[float, Meta(description="Regression: where its interval ends.")] | UnsetType = UNSET
    quantiles: Annotated[dict[str, float], Meta(description="Regression, count: by level, where asked for.")] | UnsetType = (
        UNSET
    )
    expected_cost: (
        Annotated[float, Meta(description="Multiclass, ordinal: of the label, where costs are known.")] | UnsetType
    ) = UNSET
    expected_rank: Annotated[float, Meta(description="Ordinal: the mean place of the level, from 1.")] | UnsetType = UNSET
    contributions: Contributions | UnsetType | None = UNSET


class PredictAnswer(Struct):
    """One answer for each row, in order; one payload gave them all."""

    predictions: list[GivenPrediction]
    payload: Annotated[str, Meta(description="The digest of what computed the answer.")]
    version: str
    project: str


class InstancesAnswer(Struct):
    """One answer for each instance, in order."""

    predictions: list[GivenPrediction]
    model_name: str
    model_version: str


class ExplainedInstances(InstancesAnswer):
    """The same, and what each column added to each."""

    explanations: list[Contributions | None]


class InvocationsAnswer(Struct):
    """One answer for each row, in order."""

    predictions: list[GivenPrediction]


class LabelError(Struct):
    """Why a label was refused."""

    code: str
    message: str
    where: str
    hint: str


class LabelTold(Struct):
    """What became of one label: "accepted", or "refused" with the error."""

    status: str
    error: LabelError | UnsetType = UNSET
    conflicts: Annotated[bool, Meta(description="An earlier label said another value; this one counts.")] | UnsetType = UNSET


class LabelAnswer(Struct):
    """One result for each label, in order. What was accepted is on the disk."""

    labels: list[LabelTold]
    accepted: int
    refused: int
    conflicting: int
    project: str
    error: ErrorTold | UnsetType = UNSET


class Health(Struct):
    """The process lives."""

    status: str


class ServedVersion(Struct):
    """A version that answers."""

    version: str
    payload: str


class Challenger(ServedVersion):
    """A version that is tried beside the live one: in a canary for a share of the keys, or unseen, in shadow."""

    share: float
    stage: str


class ServedProject(ServedVersion):
    """What answers for a project."""

    release: int
    challenger: Challenger | None


class Readiness(Struct):
    """Whether the server answers, for which projects with what, and which releases it refused and why."""

    ready: bool
    default: str | None
    projects: dict[str, ServedProject]
    refused: dict[str, str]


class Live(Struct):
    """The process lives."""

    live: bool


class ServerReady(Struct):
    """Whether something is live."""

    live: bool
    ready: bool


class ServerMetadata(Struct):
    """Who answers."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(Struct):
    """A tensor that a model takes or gives; -1 is the number of rows."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(Struct):
    """What a model takes and gives; keys: by what else a row may be named."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    keys: list[TensorMetadata]
    outputs: list[TensorMetadata]


class ModelReady(Struct):
    """A model that answers."""

    name: str
    ready: bool


class Models(Struct):
    """The projects that are live."""

    models: list[str]


class OutputTensor(Struct):
    """One part of the answer, a value for each row; in raw bytes after the JSON where `data` is not there."""

    name: str
    datatype: str
    shape: list[int]
    data: list[Any] | UnsetType = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET


class InferAnswer(Struct):
    """The answer as tensors."""

    model_name: str
    model_version: str
    parameters: dict[str, Any]
    outputs: list[OutputTensor]
    id: str | UnsetType = UNSET


class ExecutionParameters(Struct):
    """What SageMaker's batch transform may send."""

    MaxConcurrentTransforms: int
    MaxPayloadInMB: int
    BatchStrategy: str
