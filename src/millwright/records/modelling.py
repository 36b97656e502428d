"""From rows to a model: splits, feature plans, trials, candidates, payloads."""

from dataclasses import field
from typing import Literal

from millwright.records.imported import Imported
from millwright.records.record import record
from millwright.records.spec import Scalar, TaskName

EncoderKind = Literal[
    "number",
    "number_text",
    "boolean",
    "category",
    "frequency",
    "date",
    "text",
    "words",
    "word_means",
    "pieces",
    "items",
    "mean",
    "truth",
    "cycle",
    "sum",
    "difference",
    "product",
    "ratio",
    "cross",
    "cross_frequency",
    "cross_mean",
    "less_mean",
]

Layer = Literal["plain", "rich", "generated"]
"""How far a feature is from its column: what the cell says; what is made of it (means, words, pieces, items, cycles); and what
was made of two features, because it paid."""
Seen = Literal["all", "plain", "rich", "generated"]
"""Which features a configuration is fitted with: all, the plain ones, or these and those of one more layer."""

_RICH = ("words", "word_means", "pieces", "items", "mean", "cycle")
_GENERATED = ("sum", "difference", "product", "ratio", "cross", "cross_frequency", "cross_mean", "less_mean")


@record
class Split:
    """How the labelled rows of a snapshot were divided.

    The assignment itself is one int8 per row in the blob `assignment`: -1 not used, 0 sealed holdout, k >= 1 a training
    row that is validated in fold k, and FOLDLESS (127) a training row that is never a validation row.
    """

    schema: Literal["millwright.split/1"] = "millwright.split/1"
    method: Literal["time", "group", "stratified", "random"]
    seed: int
    folds: int
    assignment: str
    rows: int
    train: int
    holdout: int
    unused: int
    holdout_from: str | None = None
    holdout_until: str | None = None
    train_until: str | None = None
    note: str = ""


@record
class Encoder:
    """How one column becomes one or more float64 features. Pure data, fitted on training rows alone.

    A generated one is made of two features, named in `parts`, which come before it in the plan; they are of `column` and, where
    it is another one, of `other`.
    """

    column: str
    kind: EncoderKind
    outputs: tuple[str, ...]
    levels: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    parts: tuple[str, ...] = ()
    hashed: bool = False
    other: str | None = None

    @property
    def layer(self) -> Layer:
        """The layer of its features."""
        return "rich" if self.kind in _RICH else "generated" if self.kind in _GENERATED else "plain"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its features are made of."""
        return (self.column,) if self.other is None else (self.column, self.other)


@record
class FeaturePlan:
    """Every encoder, in order; the feature vector is their outputs laid end to end."""

    schema: Literal["millwright.plan/1"] = "millwright.plan/1"
    encoders: tuple[Encoder, ...]
    features: tuple[str, ...]
    categorical: tuple[int, ...] = ()
    zone: str = "UTC"
    salt: str = ""
    dropped: tuple[tuple[str, str], ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layer of each feature."""
        return tuple(encoder.layer for encoder in self.encoders for _ in encoder.outputs)


@record
class Member:
    """A configuration in an ensemble, and what its raw scores are multiplied by."""

    weight: float
    config: "TrialConfig"


@record
class TrialConfig:
    """A model family and its settings; or the members of an ensemble, whose weighted raw scores are added.

    features: which of them it is fitted with.
    """

    name: str
    family: str
    params: dict[str, Scalar] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    features: Seen = "all"

    @property
    def fitted(self) -> "tuple[TrialConfig, ...]":
        """The configurations that are fitted: itself, or those of its members."""
        return tuple(member.config for member in self.members) or (self,)


@record
class FoldFit:
    """A configuration fitted on one fold.

    score: of the rows that validate, train_score: of a sample of those that it was fitted on; None where the metric is not
    defined on them. row_us: microseconds that an answer to one row takes. size: bytes of it. raw: what it said of the rows
    that validate and then of the sample; files: its model by file name, which `evaluator` reads. Both are blobs that are there
    while it is searched. at: seconds that the search had gone on for when the fit was done; None where it was not noted.
    stopped_at: the question whether to go on at which it was told to stop, for the deadline had come; None where it ended by
    itself. memory: the most bytes that its process held meanwhile; 0 where it was not noted.
    """

    fold: int
    score: float | None
    train_score: float | None
    iterations: int | None
    seconds: float
    row_us: float
    size: int
    raw: str
    evaluator: str
    files: dict[str, str]
    importance: tuple[tuple[str, float], ...] = ()
    at: float | None = None
    note: str = ""
    stopped_at: int | None = None
    memory: int = 0


@record
class Trial:
    """One configuration fitted on the folds, and how it did on rows it had not seen.

    state: dropped where others did better on the folds that it was fitted on, or no time was left for more; with `reason`.
    predictions: the blob of its out-of-fold raw scores. on_folds: that of its raw scores fold by fold, on the rows that
    validate and then on a sample of those that were fitted on; kept where an ensemble may be made of them. fits: on each fold.
    """

    schema: Literal["millwright.trial/1"] = "millwright.trial/1"
    number: int
    config: TrialConfig
    state: Literal["finished", "failed", "out_of_time", "dropped"]
    score: float | None
    fold_scores: tuple[float, ...] = ()
    train_score: float | None = None
    iterations: int | None = None
    seconds: float = 0.0
    predictions: str | None = None
    reason: str = ""
    on_folds: str | None = None
    fits: tuple[FoldFit, ...] = ()


@record
class MadeFit:
    """One fit that a model was made of. fold: None where it was on all rows. iterations: of boosting, or epochs. files: their
    digests by name. stopped_at: as of a FoldFit."""

    fold: int | None
    iterations: int | None
    files: dict[str, str]
    stopped_at: int | None = None


@record
class MadeModel:
    """One configuration among those that answer, and the fits that it takes to make it again.

    weight: what its raw scores are multiplied by. fits: on the folds; what they say of rows that they have not seen is what the
    calibration is learnt from; none where that is of a model that was judged before. refit: the one on all rows, which answers;
    None where those on the folds do, as their mean. iterations: what was asked of the refit.
    """

    weight: float
    config: TrialConfig
    fits: tuple[MadeFit, ...]
    iterations: int | None = None
    refit: MadeFit | None = None


@record
class Recipe:
    """All that a candidate depends on beside its rows, their split and their features: who answers, after which fits.

    threads: of each fit. seed: of all.
    """

    schema: Literal["millwright.recipe/1"] = "millwright.recipe/1"
    models: tuple[MadeModel, ...]
    seed: int
    threads: int

    @property
    def count(self) -> int:
        """How many fits it takes."""
        return sum(len(model.fits) + (model.refit is not None) for model in self.models)


@record
class FrontPoint:
    """Something that could answer: one configuration, or several by weight; and what that would cost.

    bagged: by the models of the folds, as their mean; else each is fitted once more on all rows. score: out of fold, the mean
    over the folds; of several with weights that were chosen without the fold. error: its standard error over the folds.
    microseconds: of the models of one row, the median; estimated: from what they consist of. gap: how far groups lie apart.
    cost: of a million answers, where that was asked. without: the family that was left out. on_front: nothing is at least as
    good, quick and small, and better in one of them. within: the goal, as far as was known. why: it was taken, or not.
    """

    members: tuple[tuple[str, float], ...]
    bagged: bool
    score: float
    error: float | None
    microseconds: float
    size: int
    estimated: bool = False
    gap: float | None = None
    cost: float | None = None
    without: str = ""
    on_front: bool = False
    within: bool = True
    chosen: bool = False
    why: str = ""

    @property
    def name(self) -> str:
        """What it is, in a few words."""
        if len(self.members) > 1:
            kind, without = "bags" if self.bagged else "models", f", without {self.without}" if self.without else ""
            return f"ensemble of {len(self.members)} {kind}{without}"
        return f"{self.members[0][0]}, {'bag' if self.bagged else 'fitted once'}"


@record
class GoalOutcome:
    """Whether what was chosen is as the spec's goal asks. said: what it has of each, or the nearest that could be had."""

    met: bool
    asked: str
    said: str


@record
class Candidate:
    """The best configuration, fitted once more on all training rows; or a model that was made elsewhere.

    out_of_fold: raw scores of the training rows, by models that had not seen them; of an imported model its own. note: what is
    to be said of the choice, if anything. recipe: how it is made again; None where it was not searched for on these rows.
    front: what else could answer, and what that would cost. goal: whether it is as was asked; None where nothing was.
    """

    schema: Literal["millwright.candidate/1"] = "millwright.candidate/1"
    trial: Trial
    baseline: Trial
    evaluator: str
    files: dict[str, str]
    baseline_evaluator: str
    baseline_files: dict[str, str]
    out_of_fold: str
    metric: str
    importance: tuple[tuple[str, float], ...] = ()
    imported: Imported | None = None
    note: str = ""
    recipe: Recipe | None = None
    front: tuple[FrontPoint, ...] = ()
    goal: GoalOutcome | None = None


@record
class Calibrator:
    """From a raw model score to an output, with plus, minus, times, divide and libm's exp alone: the same in both paths."""

    kind: Literal["identity", "sigmoid", "softmax", "isotonic", "exp"]
    a: tuple[float, ...] = ()
    b: tuple[float, ...] = ()
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    step: float = 0.0
    """Of sigmoid and exp: what goes into them is taken down to a whole multiple of it, a power of two, so that no last bit of
    theirs falls where a raw score rises; 0: it is taken as it is."""


@record
class IntervalBands:
    """Prediction intervals by predicted value: band i holds values from edges[i - 1] (that one too) to edges[i] (not that one).

    ends: for each band how far below (mostly negative) and above the predicted value the interval reaches.
    """

    edges: tuple[float, ...]
    ends: tuple[tuple[float, float], ...]


@record
class QuantileBands:
    """Quantiles around a predicted value, in bands of it as in `IntervalBands`; none of them falls from one level to the next.

    levels: rising, each within 0 and 1. offsets: for each band and level how far from the predicted value its quantile lies.
    """

    levels: tuple[float, ...]
    edges: tuple[float, ...]
    offsets: tuple[tuple[float, ...], ...]


@record
class PayloadInfo:
    """What computes an answer, beside the plan, the contract and the model files.

    interval: how far below and above a predicted value its interval reaches; where there are bands, each has its own.
    quantiles: what is answered beside a value, where it was asked for. costs: of three classes or more, by the true one and
    then the one decided on; none: the most probable is decided on.
    stands_for: the family's own evaluator, where `evaluator` is another one that gives its bits. It is loaded too, to say
    where answers come from.
    """

    schema: Literal["millwright.payload/1"] = "millwright.payload/1"
    project: str
    task: TaskName
    target: str
    classes: tuple[str, ...] = ()
    positive: str | None = None
    evaluator: str
    model_files: tuple[str, ...]
    calibrator: Calibrator
    threshold: float | None = None
    interval: tuple[float, float] | None = None
    interval_level: float | None = None
    interval_bands: IntervalBands | None = None
    stands_for: str | None = None
    quantiles: QuantileBands | None = None
    costs: tuple[tuple[float, ...], ...] = ()

    @property
    def own_evaluator(self) -> str:
        """The evaluator that the family names, and search used."""
        return self.stands_for or self.evaluator

    @property
    def evaluators(self) -> tuple[str, ...]:
        """All that are loaded where it answers."""
        return tuple(dict.fromkeys((self.evaluator, self.own_evaluator)))
