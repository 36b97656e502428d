"""What is exported: a version whose package was verified and answered its golden rows."""

from dataclasses import dataclass
from typing import Any

from millwright import __version__
from millwright.models.ensemble import evaluators_in
from millwright.package.open import Payload
from millwright.package.verify import Verified
from millwright.records.release import Version


@dataclass(frozen=True, slots=True)
class Subject:
    """A version, its verified bytes, and what answers."""

    version: Version
    verified: Verified
    payload: Payload

    @property
    def evaluators(self) -> tuple[str, ...]:
        """All that are loaded where it answers, those of an ensemble's members too."""
        return evaluators_in(self.payload.info.evaluators, self.verified.payload)

    def mark(self, kind: str) -> dict[str, Any]:
        """What an export says of itself."""
        return {
            "schema": "millwright.export/1",
            "kind": kind,
            "project": self.version.project,
            "version": self.version.name,
            "verdict": self.version.verdict,
            "package": self.version.package,
            "payload": self.version.payload_digest,
            "millwright": __version__,
        }
