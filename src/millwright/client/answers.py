"""What a server answers, as frozen records. Fields that a newer server adds are passed over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from millwright.records.record import record


@record
class Prediction:
    """The answer to one row.

    id: to send with its label. version, payload: who answered. flags: what training never saw ("unseen:dest").
    binary: probability of the positive class in [0, 1], decision, label. multiclass, ordinal: probabilities by class, label.
    expected_cost: of the label, where costs are known. regression, count: value, the interval from low to high, quantiles by
    level where asked for. None is what this kind of model does not say.
    expected_rank: ordinal: the mean place of the level, from 1 for the lowest.
    contributions: where the server was asked to explain, what each column added to the raw score.
    """

    id: str
    version: str
    payload: str
    flags: tuple[str, ...] = ()
    probability: float | None = None
    decision: bool | None = None
    label: str | None = None
    probabilities: Mapping[str, float] | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    quantiles: Mapping[str, float] | None = None
    expected_cost: float | None = None
    expected_rank: float | None = None
    contributions: Mapping[str, Any] | None = None


@record
class Predictions(Sequence[Prediction]):
    """The answers to rows, in their order. Of a long list each part may have been answered by another version."""

    project: str
    predictions: tuple[Prediction, ...] = ()

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that answered, each once, in the order in which they first did."""
        return tuple(dict.fromkeys(one.version for one in self.predictions))

    def __len__(self) -> int:
        return len(self.predictions)

    def __iter__(self) -> Iterator[Prediction]:
        return iter(self.predictions)

    def __getitem__(self, at: Any) -> Any:
        return self.predictions[at]


@record
class LabelResult:
    """What became of one label: accepted, or refused with a code for programs, a message, its place, and what to do."""

    accepted: bool
    code: str = ""
    message: str = ""
    where: str = ""
    hint: str = ""


@record
class Served:
    """What answers for a project."""

    version: str
    payload: str
    release: int | None = None


@record
class Readiness:
    """Whether a server answers, for which projects with what, and which releases it refused and why. True where it is ready."""

    ready: bool
    default: str | None = None
    projects: Mapping[str, Served] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.ready


@record
class Column:
    """A column that a row brings; datatype as in the Open Inference Protocol: BYTES is a text, FP64, INT64, BOOL."""

    name: str
    datatype: str
