"""What the search and its training process say to each other: one JSON line each way, never a pickle."""

from millwright.records.modelling import Layer, TrialConfig
from millwright.records.record import record
from millwright.records.spec import TaskName


@record
class OwnFile:
    """A person's own code: its entry in `search.families`, how the file is called there, the name in it, and where it lies."""

    family: str
    file: str
    name: str
    path: str


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
    own: tuple[OwnFile, ...] = ()
    monotone: tuple[int, ...] = ()
    together: tuple[tuple[int, ...], ...] = ()
    balanced: bool = False
    weighted: bool = False
    """Whether rows count differently: `weight.npy` says how much."""
    layers: tuple[Layer, ...] = ()
    """The layer of each feature."""


@record
class Job:
    """One thing to do: fit a configuration on a fold and score it there, or (`fold` is None) fit it on all rows for
    `iterations`.

    stop_at: the question whether to go on at which the family is told to stop, whatever the clock says: a fit that a deadline
    cut short is made again. threads: of this fit, where no other is under way; None: those of the process. Families that have
    threads make the same model with any number of them.
    """

    number: int
    config: TrialConfig
    fold: int | None
    iterations: int | None
    seconds: float
    """After this long a family is asked to stop where it is; the process is killed a little later."""
    again: bool = False
    """Whether it was done before: then `stop_at` counts, and not the clock."""
    stop_at: int | None = None
    threads: int | None = None


@record
class Laid:
    """A problem that a process works on from now on: the folder in which it lies, and the file for what libraries say."""

    folder: str
    log: str


@record
class Ask:
    """One line to the training process: another problem, or something to do."""

    at: Laid | None = None
    job: Job | None = None


@record
class Done:
    """What a job left: the files of a model, by name; and of a fold what it said and how it did, as a FoldFit has it.

    raw: the file of what it said. refused: why there is no model, where the family said so itself and the process lives on.
    stopped_at: the question at which it was told to stop, if it was. memory: the most bytes that the process held meanwhile.
    seconds: what it took, for whoever asked; without `loading`, those in which it imported what such fits need, which only the
    first in a process does.
    """

    number: int
    iterations: int | None
    evaluator: str
    files: tuple[tuple[str, str], ...]
    importance: tuple[tuple[str, float], ...]
    score: float | None = None
    train_score: float | None = None
    raw: str = ""
    row_us: float = 0.0
    note: str = ""
    refused: str = ""
    stopped_at: int | None = None
    memory: int = 0
    loading: float = 0.0
    seconds: float = 0.0


@record
class Lost:
    """The process did not answer: killed for overrunning, or dead by itself. seconds: what that took.

    gone: nothing is known against the job, as the machine went that it was on.
    """

    overran: bool
    reason: str
    seconds: float = 0.0
    gone: bool = False
