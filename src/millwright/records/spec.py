"""What the person asked for: the validated `millwright.yaml`, every default filled in.

The text under each field is its documentation: it is the description in the published JSON Schema and the comment
that `mw init` writes above the line.
"""

from dataclasses import field
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Lt, MinLen

from millwright.records.record import record

TaskName = Literal["binary", "multiclass", "ordinal", "regression", "count"]
VALUES: frozenset[str] = frozenset(("regression", "count"))
"""Tasks that answer a value and no classes."""
SEVERAL: frozenset[str] = frozenset(("multiclass", "ordinal"))
"""Tasks that answer a probability for each of several classes, from a raw score for each."""
SplitMethod = Literal["auto", "time", "group", "stratified", "random"]
Scalar = str | int | float | bool

_STRICT: dict[str, Any] = {"extra": "forbid", "use_attribute_docstrings": True}


@record
class DataSpec:
    """Where the rows come from and what their columns mean."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    source: Annotated[str, MinLen(1)]
    """A CSV or Parquet file, a folder of them, or a glob; relative to this file."""
    target: Annotated[str, MinLen(1)]
    """The column to predict."""
    task: TaskName
    """binary, multiclass, ordinal (classes in an order), regression, or count (whole numbers from 0 up, by their mean)."""
    positive: Scalar | None = None
    """Binary only: the value of the target that counts as positive."""
    levels: tuple[Scalar, ...] = ()
    """Ordinal only: all values of the target in their order, the lowest first, as [low, medium, high]."""
    time: str | None = None
    """The column that says when a row happened. With it, models are always judged on later rows than they saw."""
    zone: str = "UTC"
    """The time zone of times that carry none, for example America/New_York."""
    until: str | None = None
    """Use only rows that happened before this moment (ISO 8601). Empty: all rows."""
    label_known: str | None = None
    """The column that says when the target of a row became known."""
    label_delay: str = "0s"
    """How long after a row happened its target is known, where no column says it: 0s, 12h, 30d."""
    key: tuple[str, ...] = ()
    """The columns that together identify a row. A column that does so alone is never a feature."""
    group: str | None = None
    """Rows of one group (a customer, a patient) never lie on both sides of a split."""
    weight: str | None = None
    """The column that says how much a row counts: numbers from 0 up. Never a feature, nor asked for by a server."""
    ignore: tuple[str, ...] = ()
    """Columns that are never used as features."""
    known_later: tuple[str, ...] = ()
    """Columns that are known only after the moment of prediction: refused as features."""
    pii: tuple[str, ...] = ()
    """Columns with personal data: stored hashed wherever something is kept for ever."""
    missing: tuple[str, ...] = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "?")
    """Texts that mean "no value" in CSV files."""
    delimiter: str | None = None
    """CSV only: the field separator. Empty: detected."""
    encoding: str | None = None
    """CSV only: the text encoding. Empty: detected."""
    acknowledge: tuple[str, ...] = ()
    """Data checks that you have looked at and accept, by their code, for example leak:outcome_code."""

    @property
    def level_names(self) -> tuple[str, ...]:
        """The levels as the target's values are named: 3 and 3.0 are "3"."""
        return tuple(str(int(x)) if not isinstance(x, str) and float(x).is_integer() else str(x) for x in self.levels)


@record
class SplitSpec:
    """How rows are divided into training, validation and a sealed holdout."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    method: SplitMethod = "auto"
    """auto is time where there is a time column, else group where there is a group, else stratified or random."""
    holdout: Annotated[float, Gt(0), Le(0.5)] | None = None
    """The share of rows sealed: judged on once per candidate, never searched on. Empty: a fifth; less where that is enough."""
    folds: Annotated[int, Ge(2), Le(20)] | None = None
    """How many validation folds the search uses. Empty: 3 by time; else 8, 5 from 5,000 rows on, 3 from 50,000 on."""
    seed: Annotated[int, Ge(0)] = 7
    """Seed of everything random."""


@record
class FairnessSpec:
    """How far apart the answers to groups of people may lie."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    column: Annotated[str, MinLen(1)]
    """The column whose groups are held against each other."""
    max: Annotated[float, Gt(0)]
    """The largest difference between two groups: of the share decided positive (or for a class), or of the mean value."""


@record
class AnswerCostSpec:
    """What answers may cost: the time of a processor, at its price."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    max: Annotated[float, Gt(0)]
    """The most that a million answers may cost, each asked alone, in the unit of the price."""
    price_per_hour: Annotated[float, Gt(0)]
    """What an hour of one processor costs, in any unit of money."""


@record
class GoalSpec:
    """What the model must be like: of all that are so, the best is taken."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    latency_p99: str | None = None
    """99 of 100 rows, asked one by one, are answered within this time, such as 200us."""
    size: str | None = None
    """The most bytes of the model, such as 2MB."""
    interpretable: bool = False
    """Only a model that a person can read: a small tree, a linear or an additive one, drawn in the report."""
    fairness_gap: FairnessSpec | None = None
    """How far apart the answers to the groups of a column may lie, as {column: sex, max: 0.05}."""
    cost: AnswerCostSpec | None = None
    """What a million answers may cost, as {max: 0.01, price_per_hour: 0.04}: by the processor's time that an answer takes."""


@record
class SearchSpec:
    """How long and where to look for a model."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    metric: str = "auto"
    """What the search makes better: log_loss, roc_auc, average_precision, brier, rmse, mae, ... auto picks by task."""
    budget: str = "60s"
    """What a training run may take: the search stops early enough to judge and pack what it found, but has half in any case."""
    families: Annotated[tuple[str, ...], MinLen(1)] = ("baseline", "linear", "lightgbm", "net")
    """Families to try; the baseline always is. xgboost, catboost: extras so named. FILE.py:NAME: your own in this folder."""
    ensemble: Annotated[int, Ge(1), Le(20)] | None = None
    """The most settings that answer together, weighed. 1: the best alone. Where not said: 6, or 3 where split by time."""
    monotone: dict[str, Literal["increasing", "decreasing"]] = field(default_factory=dict)
    """Columns that answers only rise or only fall with, as {income: increasing}; families that cannot do so are left out."""
    interactions: tuple[Annotated[tuple[str, ...], MinLen(1)], ...] = ()
    """Columns that may act together, as [[age, sex], [income]]; one in no group stands for itself. Empty: all may."""
    quantiles: tuple[Annotated[float, Gt(0), Lt(1)], ...] = ()
    """Regression and count: which quantiles are answered beside the value, as [0.1, 0.5, 0.9]. Empty: none."""
    imbalance: Literal["none", "balanced"] = "none"
    """balanced: rare classes count as much as frequent ones while a model is fitted; its probabilities are brought back."""
    trials: Annotated[int, Ge(1)] | None = None
    """The most fits on a fold. With it the same data and seed give the same model on any machine that keeps the budget."""
    memory: str = "8GB"
    """The most memory that a search may take here, with all its training processes; on Ray, that each of these may take."""
    rows: Annotated[int, Ge(1000)] | None = None
    """The most rows that are learnt from; of more a sample. Empty: all, or as many as search.memory has room for."""
    executor: Literal["local", "pool", "ray"] = "pool"
    """Where trials run: one process here, several here, or several on a Ray cluster (extra ray)."""
    workers: Annotated[int, Ge(1), Le(1000)] | None = None
    """Trials at once, for pool and ray. Empty: as many as there are processors for them."""
    ray_address: str = ""
    """The cluster, as HOST:PORT. Empty: RAY_ADDRESS, the one on this machine, or one that is started here."""
    price_per_hour: Annotated[float, Ge(0)] = 0.0
    """What an hour of one worker costs, in any unit of money."""
    max_cost: Annotated[float, Gt(0)] | None = None
    """The most that a search may cost, at search.price_per_hour: it ends as by its budget, whichever comes first."""
    goal: GoalSpec | None = None
    """What the model must be like beside good: how quick, small, readable or fair. Empty: the best alone counts."""
    generate: bool = True
    """Whether features are made of others (a ratio, a cross, a distance from a mean) where they say something new."""
    refit: bool = True
    """Whether what passed on the sealed rows is fitted once more, with its settings, on these too, and ships like that. Of a
    retrain `retrain.refit` says it."""


@record
class CostSpec:
    """What a wrong decision costs, in any unit. Sets the threshold of a binary model; of more classes, which is decided on."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    false_positive: Annotated[float, Ge(0)] = 1.0
    """The cost of acting on a row that was negative."""
    false_negative: Annotated[float, Ge(0)] = 1.0
    """The cost of not acting on a row that was positive."""
    matrix: dict[str, dict[str, Annotated[float, Ge(0)]]] | None = None
    """Several classes: by the true one what each answer costs, as {a: {b: 5}}. Not said: 1, and 0 for the true one itself."""


@record
class GateSpec:
    """One condition that a model must meet before it may be released."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    metric: str
    """A metric of the task, or latency_ms, size_mb, overfit_gap, calibration_error."""
    min: float | None = None
    """Passes when the interval of the metric lies above this value."""
    max: float | None = None
    """Passes when the interval of the metric lies below this value."""
    against: Literal["baseline", "champion"] | None = None
    """Compare with the baseline, or with the live model, on the same rows."""
    rule: Literal["superior", "non_inferior"] = "superior"
    """superior: better with the stated confidence. non_inferior: not worse than the margin."""
    margin: Annotated[float, Ge(0)] = 0.0
    """How much worse still counts as not inferior, in units of the metric."""
    slice: str | None = None
    """Judge the worst group of this column instead of all rows."""
    or_by: tuple[str, ...] = ()
    """Other metrics that may show as well that a version is better than the live model, where this one is no worse on these
    rows; the chance of error is divided among them all. Only with against: champion and rule: superior."""


@record
class EvaluateSpec:
    """How a model is judged."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    confidence: Annotated[float, Gt(0.5), Le(0.999)] = 0.95
    """The level of every interval."""
    resamples: Annotated[int, Ge(100), Le(10_000)] = 500
    """Bootstrap resamples behind every interval."""
    interval: Annotated[float, Ge(0.5), Le(0.999)] = 0.9
    """Regression: the share of true values that is to lie between `low` and `high` of their answers."""
    block: str | None = None
    """Rows of one block are resampled together: a column, or day, week, hour of the time. Empty: day, if there is a time, else
    data.group, if there is one."""
    slices: tuple[str, ...] = ()
    """Columns whose groups are reported one by one. Empty: chosen from the data."""


@record
class ReleaseSpec:
    """How a version that passed goes live."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    mode: Literal["advise", "auto"] = "advise"
    """advise: `mw train` ends with the verdict and you run `mw promote`. auto: a version that passed every gate goes live."""
    shadow: str = "1d"
    """How long a challenger answers unseen beside the live version, each answer logged: 0s leaves this out."""
    canary: str = "1d"
    """How long a challenger then answers a share of the traffic before it answers all: 0s leaves this out."""
    canary_share: Annotated[float, Gt(0), Le(0.5)] = 0.1
    """The share of the keys that a canary answers; a key always goes the same way."""
    min_rows: Annotated[int, Ge(1)] = 100
    """The fewest rows that a challenger must have answered in a stage before it goes on to the next."""
    deadline: str = "1d"
    """How long a stage waits for these rows. Where traffic is thin, what did no harm by then goes on with a single one: it
    passed its gates on labelled rows."""
    promote_on: Literal["superior", "not_worse"] = "superior"
    """superior: a new version must be better than the live one on the same rows. not_worse: worse by at most release.margin.
    A gate of your own against the champion says this itself."""
    margin: Annotated[float, Ge(0)] = 0.0
    """How much worse still counts as not worse, in units of the metric; only with promote_on: not_worse."""
    approvals: Annotated[int, Ge(1), Le(2)] = 1
    """How many people it takes to let a version answer clients: with 2, whoever asks for a canary or a promotion needs another
    person, who approves it, and what policy.mode or release.mode auto would do waits for two. Rolling back, pausing and
    aborting take one."""
    harm_alpha: Annotated[float, Ge(0.0001), Le(0.2)] = 0.05
    """The chance that a stage of a trial ends for harm where the challenger does none, however often it is looked at; half of
    it is the chance that a release is taken back for a worse metric that is none."""


@record
class ServeSpec:
    """How predictions are answered."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    host: str = "127.0.0.1"
    """The address to listen on. The default is reachable from this machine only."""
    port: Annotated[int, Ge(0), Le(65535)] = 8080
    """The port of the data plane; 0 takes a free one."""
    max_rows: Annotated[int, Ge(1)] = 10_000
    """Rows in one request."""
    max_body_mb: Annotated[float, Gt(0)] = 16.0
    """Size of one request."""
    extra_columns: Literal["ignore", "refuse"] = "ignore"
    """What to do with columns that the contract does not know."""
    workers: Annotated[int, Ge(0), Le(64)] = 0
    """Processes that answer behind the one port; 0: one for each core."""
    shadow_share: Annotated[float, Ge(0.01), Le(1)] = 0.25
    """The most of one core that challengers in shadow may take. Rows beyond that are dropped, and counted."""


@record
class ConsoleSpec:
    """The console for people, and the API behind it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    port: Annotated[int, Ge(0), Le(65535)] = 8181
    """The port of the console, on this machine, that `mw up` opens beside the server. 0: none is opened."""


@record
class LogSpec:
    """What is kept of each prediction."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    redact: tuple[str, ...] = ()
    """Columns whose values are replaced by a hash in the log (pii columns always are)."""
    when_full: Literal["refuse", "answer"] = "refuse"
    """With a full disk: refuse to answer, or answer without a log line and count it."""
    keep: str | None = None
    """How long predictions and labels are kept, such as 90d; what is older is deleted by whole days. Empty: for ever."""


@record
class LabelsSpec:
    """How what came true is taken."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    park: str = "30d"
    """How long a label waits for a prediction that is not in the log; after that it is given up, and listed as such."""


@record
class FeedSpec:
    """A place that several columns come from, so that what breaks there is one matter."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    name: Annotated[str, MinLen(1)]
    """What it is called in findings and alerts, such as weather."""
    columns: Annotated[tuple[str, ...], MinLen(1)]
    """The columns that come from it; * stands for any characters, as in wx_*."""


@record
class WatchSpec:
    """What is watched once the model is live."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    window: str = "7d"
    """How much live traffic is looked at together: by the loop, by `mw status` and by the report."""
    every: str = "1d"
    """How often a window ends and is looked at."""
    rows: Annotated[int, Ge(100)] | None = None
    """A window by count holds the newest so many rows, none older than watch.window; watch.every does not count then. Empty:
    windows by time alone."""
    every_rows: Annotated[int, Ge(1)] | None = None
    """A window by count ends once so many rows have come since the last one, or after watch.window if that is sooner. Empty: as
    many as it holds, so that windows do not overlap."""
    cumulative: bool = False
    """Whether a window holds everything since the live version was released, and not the newest watch.window."""
    slices: tuple[str, ...] = ()
    """Categories whose commonest levels are looked at one by one too, each held against its own live days. Empty: none."""
    alarm_budget: str = "1 per quarter"
    """How many false alarms there may be, on average, where nothing changes: a number per day, week, month, quarter or year."""
    page: Annotated[float, Gt(0), Le(1)] = 0.1
    """What is expected to cost at least this share of what the model is worth over its baseline is a page, not an alarm."""
    page_cost: Annotated[float, Gt(0)] | None = None
    """The same as an amount a day, in the unit of `costs`: either makes a page. Empty: the share alone."""
    label_maturity: str | None = None
    """When labels of a window count as complete. Empty: data.label_delay."""
    error_rate: Annotated[float, Gt(0), Le(1)] = 0.01
    """The share of requests that may fail by the server's fault before that is a finding."""
    latency_ms: Annotated[float, Gt(0)] | None = None
    """The 99th percentile of answer times, in milliseconds, above which that is a finding. Empty: not watched."""
    no_data: str | None = None
    """How long there may be no requests, labels or answers of the server before that is a finding. Empty: watch.window."""
    feeds: tuple[FeedSpec, ...] = ()
    """Where columns come from, as {name: weather, columns: [temp, wind]}: what breaks in one feed is told as one cause."""


@record
class PolicySpec:
    """What is done about what was found, and what may be done without asking a person."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    mode: Literal["advise", "approve", "auto"] = "advise"
    """advise: say what to do. approve: prepare it and wait for `mw approve`. auto: do it and record why."""
    retrain_on: tuple[Literal["decay", "drift", "age"], ...] = ("decay", "drift", "age")
    """What may start a retrain: a metric below its promise, inputs that drifted, and, where there is no schedule, age."""
    refresh: str = "14d"
    """The age at which newer rows are worth a try. After a try that made no better model it is twice that; a try that
    did, or was likely to and could not show it, takes it back to this."""
    schedule: str | None = None
    """Retrain at least this often, such as 30d, whether it helps or not. Empty: only for a reason, or by age."""
    cooldown: str = "7d"
    """The least time between two retrains."""
    retrains: str = "4 per month"
    """How many retrains there may be: a number per day, week, month, quarter or year. Beyond it a person is asked."""
    retrain_cost: Annotated[float, Ge(0)] = 0.0
    """What a retrain costs, review included, in the unit of `costs`: it must be expected to bring more."""
    horizon: str = "30d"
    """How long a better model is expected to stay better, when what it brings is weighed against what it costs."""
    drift_weight: Annotated[float, Ge(0), Le(1)] = 0.1
    """Drift starts a retrain where the columns that drifted hold at least this share of the model's importance."""
    min_labels: Annotated[int, Ge(0)] = 200
    """The fewest labelled rows that are new since the live model was trained, before a retrain is worth it."""
    guard: str = "30d"
    """How long after a release errors, latency or a worse metric lead back to the version before."""


@record
class RetrainSpec:
    """What a retrain learns from. It is judged on rows that the live model is judged on too."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    data: Literal["source", "log", "both"] = "both"
    """source: data.source as it is then. log: logged requests with their labels. both: the source, then the log after it."""
    window: str = "auto"
    """auto: all rows, or the newest half of them, quarter and so on, whichever does best on rows newer still. expanding: all
    rows. A duration such as 90d: the newest rows alone."""
    holdout: str | None = None
    """How much of the newest labelled time is sealed to judge on, such as 14d. Empty: four weeks, one where the live model has
    decayed; more where these have fewer than 500 rows, and no more than split.holdout, or a fifth: the longer, the older what
    ships."""
    search: Literal["keep", "anew"] = "keep"
    """keep: the live model's settings on new rows. anew: the whole search."""
    budget: str | None = None
    """The search's deadline in a retrain. Empty: search.budget."""
    refit: bool = True
    """Whether what passed on the sealed rows is fitted once more, with its settings, on these too: that is then as new as what
    is known, and goes live by way of a shadow alone. false, or release.shadow 0s: what was judged goes live as it is."""
    source_share: Annotated[float, Gt(0), Le(1)] | None = None
    """The largest share of a retrain's logged labels that one source may have told, where several tell them. Empty: any."""


@record
class ChannelSpec:
    """One way to tell people. Which settings a channel takes depends on its kind; secrets are never written here."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    name: Annotated[str, MinLen(1)]
    """What it is called in `mw alerts` and in alerts.escalate_to."""
    kind: Annotated[str, MinLen(1)]
    """webhook, email, slack, github_issue or file."""
    min_severity: Literal["note", "alarm", "page"] = "alarm"
    """The least severe that is told here: note, alarm or page."""
    url: str | None = None
    """webhook, slack, github_issue: where to post, or env:NAME or file:PATH where that is a secret, as it is with slack."""
    secret: str | None = None
    """webhook: signs each body; env:NAME or file:PATH."""
    token: str | None = None
    """webhook, github_issue: sent as a bearer token; env:NAME or file:PATH."""
    private: bool = False
    """Whether the url may lead to a private or loopback address, and may be plain http."""
    path: str | None = None
    """file, github_issue: the file that is appended to; relative to this file."""
    labels: tuple[str, ...] = ()
    """github_issue: the labels of the issue, besides the severity."""
    to: tuple[str, ...] = ()
    """email: who gets it."""
    sender: str | None = None
    """email: whom it is from."""
    host: str | None = None
    """email: the mail server."""
    port: Annotated[int, Ge(1), Le(65535)] | None = None
    """email: its port. Empty: 587 for starttls, 465 for tls, 25 for none."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """email: starttls and tls encrypt, and refuse a server whose certificate does not hold; none sends in the clear."""
    user: str | None = None
    """email: who logs in, where the server asks for that."""
    password: str | None = None
    """email: with which password; env:NAME or file:PATH."""


@record
class AlertsSpec:
    """Who is told of findings and decisions, how, and when not."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    channels: tuple[ChannelSpec, ...] = ()
    """Where alerts go. Empty: they are listed by `mw alerts` alone."""
    quiet_hours: str | None = None
    """When only pages are sent, such as 22:00-07:00; all else waits for the end and comes together."""
    zone: str | None = None
    """The time zone of quiet_hours. Empty: data.zone."""
    dedup: str = "7d"
    """How long a cause that goes on is not told again, unless it becomes more severe."""
    escalate_after: str | None = None
    """How long an alarm or page may go without `mw ack` before escalate_to is told. Empty: no escalation."""
    escalate_to: str | None = None
    """The channel that is told of what nobody acknowledged, and of nothing else."""
    link: str | None = None
    """Where people reach `mw alerts door`, such as https://models.example.com: alerts then carry signed links to answer by."""


@record
class Spec:
    """A project: what the person asked for."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    version: Literal[1] = 1
    """The version of this file's format."""
    project: Annotated[str, MinLen(1)]
    """The project's name: lower-case letters, digits, - and _."""
    data: DataSpec
    contract: str = "contract.yaml"
    """What a valid row is: written by `mw check`, yours to edit."""
    split: SplitSpec = field(default_factory=SplitSpec)
    search: SearchSpec = field(default_factory=SearchSpec)
    costs: CostSpec | None = None
    evaluate: EvaluateSpec = field(default_factory=EvaluateSpec)
    gates: tuple[GateSpec, ...] = ()
    """Every gate must pass before a version may go live. Empty: better than the baseline, and better than the live model."""
    golden: str | None = None
    """A table of labelled rows that you vouch for: never learnt from, and nothing goes live that surely does worse on it."""
    release: ReleaseSpec = field(default_factory=ReleaseSpec)
    serve: ServeSpec = field(default_factory=ServeSpec)
    console: ConsoleSpec = field(default_factory=ConsoleSpec)
    log: LogSpec = field(default_factory=LogSpec)
    labels: LabelsSpec = field(default_factory=LabelsSpec)
    watch: WatchSpec = field(default_factory=WatchSpec)
    policy: PolicySpec = field(default_factory=PolicySpec)
    retrain: RetrainSpec = field(default_factory=RetrainSpec)
    alerts: AlertsSpec = field(default_factory=AlertsSpec)
