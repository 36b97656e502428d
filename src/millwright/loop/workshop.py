"""What a run works with, wired by the composition root."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from millwright.records.spec import Spec
from millwright.stores.blobs import BlobStore
from millwright.stores.clock import Clock
from millwright.stores.home import Home

if TYPE_CHECKING:
    from millwright.loop.beside import Beside
    from millwright.predictions.reread import LabelledRows
    from millwright.registry.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Workshop:
    """The parts of a project's control plane. `base` is the folder of the spec; `signing_key` a file outside it.

    secrets: the variables from which channels of alerts take theirs; None: alerts are noted and not sent, as while history
    is played. counters: tells what a data plane in this process counted, as /metrics has it; None: the server that runs
    here is asked. beside: a process that does a part of the work meanwhile; None: there is none. labelled: what retrains read
    of the log before, of whoever makes one after the other as of now; None: each reads it anew.
    """

    spec: Spec
    base: Path
    home: Home
    catalogue: "Catalogue"
    blobs: BlobStore
    clock: Clock
    signing_key: Path
    trust: Path
    actor: str
    threads: int
    secrets: Mapping[str, str] | None = None
    counters: Callable[[], str] | None = None
    beside: "Beside | None" = None
    labelled: "LabelledRows | None" = None

    @property
    def project(self) -> str:
        """The project's name."""
        return self.spec.project

    @property
    def contract_path(self) -> Path:
        """The contract that a person may edit."""
        return self.base / self.spec.contract
