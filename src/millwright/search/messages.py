"""What the search and its training process say to each other: one JSON line each way, never a pickle."""

from millwright.records.modelling import TrialConfig
from millwright.records.record import record
from millwright.records.spec import TaskName


@record
class Setup:
    """What the training process needs to know once; the arrays lie beside it as .npy files."""

    task: TaskName
    classes: int
    features: tuple[str, ...]
    categorical: tuple[int, ...]
    metric: str
    folds: int
    threads: int
    seed: int
    memory: int
    """Bytes of address space that the process may take."""
    overlaid: tuple[int, ...] = ()
    """Places of the features whose values are each fold's own."""


@record
class Job:
    """One thing to do: score a configuration on the folds, or (`refit`) fit it on all rows for `iterations`."""

    number: int
    config: TrialConfig
    refit: bool
    iterations: int | None
    seconds: float
    """After this long a family is asked to stop where it is; the process is killed a little later."""


@record
class Done:
    """What a job left: scores of the folds on which the metric is defined, or the files of a refitted model, by name.

    predictions, on_folds: the files of what a trial keeps under these names.
    """

    number: int
    fold_scores: tuple[float, ...] = ()
    train_score: float | None = None
    iterations: int | None = None
    predictions: str = ""
    on_folds: str = ""
    evaluator: str = ""
    files: tuple[tuple[str, str], ...] = ()
    importance: tuple[tuple[str, float], ...] = ()


@record
class Lost:
    """The process did not answer: killed for overrunning, or dead by itself."""

    overran: bool
    reason: str
