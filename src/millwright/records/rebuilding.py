"""From what a payload was made, and whether it comes out the same when it is made again."""

from dataclasses import field
from datetime import datetime
from typing import Literal

from millwright.records.data import Snapshot
from millwright.records.imported import Imported
from millwright.records.modelling import Encoder, Recipe
from millwright.records.record import record
from millwright.records.spec import Spec

PROVENANCE = "provenance.json"
"""Its name in a package."""


@record
class Bounds:
    """Which rows of a snapshot count, and what was kept. since: nothing before it, in microseconds of the wall clock of the
    contract. holdout: what is sealed, where that is not the share that the spec says. golden: the rows that are not learnt
    from. made: how features are made of others, where that was not chosen by these rows."""

    since: int | None = None
    holdout: int | Literal["recent", "newest", "none"] | None = None
    golden: Snapshot | None = None
    made: tuple[Encoder, ...] | None = None


@record
class Provenance:
    """From what a payload was made. contract, plan, assignment, candidate: by digest.

    recipe: which fits it takes to make it again; None where it was not learnt in this run: `note` says from where it is.
    judged: of a payload that was fitted once more on the sealed rows, the files of the one that was judged on them, by path, as
    digests of blobs; empty where what was judged is what this is.
    """

    schema: Literal["millwright.provenance/1"] = "millwright.provenance/1"
    run: str
    actor: str
    as_of: datetime
    spec: Spec
    snapshot: Snapshot
    contract: str
    plan: str
    assignment: str
    candidate: str
    imported: Imported | None = None
    bounds: Bounds = Bounds()
    recipe: Recipe | None = None
    note: str = ""
    judged: dict[str, str] = field(default_factory=dict)


@record
class Changed:
    """Something that is not as it was when a package was made: a library, the interpreter, the machine."""

    what: str
    then: str
    now: str


@record
class Rebuilt:
    """A payload that was made again, beside the one in the package.

    rebuilt_digest: empty where it came apart before anything was fitted. rows: whether the rows were kept here or came from the
    source anew. fits: how many it took. files: those of the payload that differ. apart: where it came apart, in words.
    """

    version: str
    package: str
    payload_digest: str
    rebuilt_digest: str
    rows: Literal["kept", "source"]
    fits: int
    seconds: float
    files: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    environment: tuple[Changed, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether the same payload came out."""
        return self.rebuilt_digest == self.payload_digest
