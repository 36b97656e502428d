"""What answers, by project: one reference per project, replaced whole when a release changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from millwright.data.columns import Row
from millwright.models.contributions import Explainer
from millwright.predictions.redact import Redaction
from millwright.records.data import Contract
from millwright.records.modelling import PayloadInfo
from millwright.serve.settings import ServeSettings

Role = Literal["live", "canary", "asked"]
"""Why a version answers a client: it is live; it was its turn in a canary; it was asked for by name, to try it."""

Answered = tuple[dict[str, Any], tuple[str, ...]]


class RowScorer(Protocol):
    """The part of a payload that a server calls."""

    @property
    def info(self) -> PayloadInfo:
        """What the payload predicts."""

    @property
    def contract(self) -> Contract:
        """What a valid row is."""

    @property
    def explainer(self) -> Explainer | None:
        """What says where an answer comes from; None where nothing can."""

    def check(self, row: Mapping[str, Any], number: int) -> tuple[Row, tuple[str, ...]]:
        """The canonical cells and flags of a JSON row. Raises ContractBroken, naming row `number`."""

    def answer_rows(self, rows: Sequence[Mapping[str, Any]], gaps: list[str] | None = None) -> Sequence[Answered]:
        """Answer and flags of JSON rows, numbered from 1; each cell without a value puts its column into `gaps`.

        Raises ContractBroken.
        """


@dataclass(frozen=True, slots=True)
class Rival:
    """The challenger that is tried beside the live payload: in shadow (share 0), or for a share (0 to 1) of the keys."""

    scorer: RowScorer
    payload_digest: str
    version: int
    share: float = 0.0

    def try_rows(self, rows: Sequence[Mapping[str, Any]], gaps: list[str] | None = None) -> Sequence[Answered] | None:
        """Its answer and flags for each row, as `answer_rows` gives them; None where it cannot, for whatever reason."""
        try:
            answers = self.scorer.answer_rows(rows, gaps)
        except Exception:  # noqa: BLE001  (whatever a challenger does, the client has its answer)
            return None
        return answers if len(answers) == len(rows) else None


@dataclass(frozen=True, slots=True)
class Slot:
    """One project's live payload, its challenger, and what is needed beside them to answer.

    A request keeps the one it began with, so that a change of release never touches it. instead_of: the version that was
    released, where it may not answer and an older one does.
    """

    project: str
    scorer: RowScorer
    payload_digest: str
    version: int
    release: int
    settings: ServeSettings = field(default_factory=ServeSettings)
    key_columns: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()
    redaction: Redaction = field(default_factory=lambda: Redaction(()))
    challenger: Rival | None = None
    instead_of: int | None = None
    role: Role = "live"

    @classmethod
    def of(
        cls,
        project: str,
        scorer: RowScorer,
        *,
        payload_digest: str,
        version: int,
        release: int,
        settings: ServeSettings,
        challenger: Rival | None = None,
        instead_of: int | None = None,
    ) -> "Slot":
        """A slot whose keys, known columns and redaction follow from the contract and the settings.

        A column that only the challenger knows is known, and one that only it holds to be personal is hidden.
        """
        columns = scorer.contract.columns
        both = (*columns, *(challenger.scorer.contract.columns if challenger else ()))
        return cls(
            project=project,
            scorer=scorer,
            payload_digest=payload_digest,
            version=version,
            release=release,
            settings=settings,
            key_columns=settings.key or tuple(column.name for column in columns if column.key),
            columns=frozenset(column.name for column in both),
            redaction=Redaction([*settings.redact, *(column.name for column in both if column.pii)]),
            challenger=challenger,
            instead_of=instead_of,
        )

    def asked_for(self, version: int) -> "Slot | None":
        """The same with the version that is asked for by name, live or challenger, and nothing beside it; None for others."""
        if version == self.version:
            return replace(self, challenger=None, role="asked")
        rival = self.challenger
        if rival is None or version != rival.version:
            return None
        by_rival = replace(self, scorer=rival.scorer, payload_digest=rival.payload_digest, version=version)
        return replace(by_rival, challenger=None, role="asked")

    @property
    def hides_key(self) -> bool:
        """Whether keys are written as hashes, because a key column is personal data."""
        return bool(self.redaction.columns.intersection(self.key_columns))


class Slots:
    """The live slots. Reading is one dictionary look-up; a change replaces the whole mapping, so none sees half of it."""

    def __init__(self) -> None:
        self._live: Mapping[str, Slot] = {}
        self._withdrawn: frozenset[str] = frozenset()
        self._revoked: Mapping[str, frozenset[int]] = {}
        self._default: str | None = None

    def get(self, project: str | None) -> Slot | None:
        """The slot of a project; None for the project means the default one."""
        return self._live.get(project or self._default or "")

    def put(self, slot: Slot, *, default: bool) -> None:
        """Let `slot` answer for its project from now on."""
        self._live = {**self._live, slot.project: slot}
        self._withdrawn -= {slot.project}
        if default or self._default is None:
            self._default = slot.project

    def withdraw(self, project: str, *, default: bool) -> None:
        """Let nothing answer for a project from now on: what was released is revoked."""
        self._withdrawn |= {project}
        self._live = {name: slot for name, slot in self._live.items() if name != project}
        if default:
            self._default = project

    def is_withdrawn(self, project: str | None) -> bool:
        """Whether what was released for a project (None: the default one) is revoked, and nothing answers in its place."""
        return (project or self._default) in self._withdrawn

    def note_revoked(self, project: str, versions: frozenset[int]) -> None:
        """Which versions that its release names are revoked, of all that were live, or are, or are tried."""
        self._revoked = {**self._revoked, project: versions}

    def is_revoked(self, project: str | None, version: int) -> bool:
        """Whether a version of a project (None: the default one) is known to be revoked."""
        return version in self._revoked.get(project or self._default or "", frozenset())

    def all(self) -> Mapping[str, Slot]:
        """Every live slot by project."""
        return self._live

    def payloads(self) -> frozenset[str]:
        """The digests of all payloads that answer: live ones and challengers."""
        slots = self._live.values()
        return frozenset(part.payload_digest for slot in slots for part in (slot, slot.challenger) if part is not None)

    @property
    def default(self) -> str | None:
        """The project that /v1/predict answers for."""
        return self._default
