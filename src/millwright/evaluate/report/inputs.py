"""Everything that a report may speak of, in one frozen record."""

from datetime import datetime

from millwright.records.data import Check, Contract, Profile, Snapshot
from millwright.records.judging import Evaluation, OutOfFold, Timings, Verdict
from millwright.records.modelling import Candidate, FeaturePlan, PayloadInfo, Split, Trial
from millwright.records.readable import Readable
from millwright.records.record import record
from millwright.records.spec import Spec


@record
class Refit:
    """What ships in the place of what was judged: the same settings, learnt from so many rows until then.

    in_shadow_first: it answers clients after that alone.
    """

    rows: int
    until: str | None
    payload_digest: str
    in_shadow_first: bool


@record
class ReportInput:
    """A judged candidate with all that led to it. info: of what ships, which is its `refit` where that is given."""

    spec: Spec
    snapshot: Snapshot
    contract: Contract
    profile: Profile
    split: Split
    checks: tuple[Check, ...]
    plan: FeaturePlan
    trials: tuple[Trial, ...]
    candidate: Candidate
    evaluation: Evaluation
    timings: Timings
    verdict: Verdict
    info: PayloadInfo
    created_at: datetime
    out_of_fold: OutOfFold | None = None
    readable: tuple[Readable, ...] = ()
    refit: Refit | None = None
