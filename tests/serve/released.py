"""Real packages, signed and released: what the control plane leaves in a server's home."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np

from millwright.data.columns import Columns
from millwright.features.batch import BatchEncoder
from millwright.features.fit import fit_plan
from millwright.models.families import family
from millwright.models.family import Problem
from millwright.models.scorer import Scorer
from millwright.package.golden import make_golden
from millwright.package.keys import SigningKey
from millwright.package.open import payload_files
from millwright.package.release_file import write_release
from millwright.package.write import write_package
from millwright.records.codec import from_json
from millwright.records.data import Contract, ContractColumn
from millwright.records.modelling import Calibrator, PayloadInfo
from millwright.records.release import Challenger, Manifest, ReleaseState

from .running import Running, running

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TRIP = {"distance": 730.5, "carrier": "B6", "id": "trip 7"}
CONTRACT = Contract(
    columns=(
        ContractColumn(name="distance", kind="number", minimum=0.0, maximum=5000.0, nullable=False),
        ContractColumn(name="carrier", kind="category", levels=("AA", "B6", "UA")),
        ContractColumn(name="id", kind="text", role="key", key=True),
        ContractColumn(name="late", kind="boolean", role="target"),
    )
)


@cache
def trips(seed: int, rows: int = 300) -> Columns:
    """Trips, and whether they were late."""
    rng = np.random.default_rng(seed)
    distance = rng.gamma(3, 300, rows).round(1)
    return {
        "distance": distance,
        "carrier": rng.choice(["AA", "B6", "UA"], rows).astype(object),
        "id": np.array([f"trip {i}" for i in range(rows)], dtype=object),
        "late": (rng.random(rows) < 1 / (1 + np.exp(-(distance / 500 - 2)))).astype(float),
    }


STRICTER = replace(
    CONTRACT, columns=(*CONTRACT.columns, ContractColumn(name="weather", kind="category", levels=("dry", "wet")))
)
"""A contract that refuses a trip without its weather."""


@cache
def payload(seed: int, project: str = "trips", contract: Contract = CONTRACT) -> dict[str, bytes]:
    """A payload learnt from the trips of a seed."""
    columns = {**trips(seed), "weather": np.array(["dry", "wet"] * 150, dtype=object), "ticket": np.arange(300.0)}
    columns = {column.name: columns[column.name] for column in contract.columns}
    plan = fit_plan(columns, contract, salt=project)
    problem = Problem(BatchEncoder(plan).encode(columns), columns["late"], "binary", 2, plan.features, plan.categorical)
    fitted = family("linear").fit(problem, {}, valid=None, seed=1, keep_going=lambda: True)
    info = PayloadInfo(
        project=project,
        task="binary",
        target="late",
        classes=("false", "true"),
        positive="true",
        threshold=0.5,
        evaluator=fitted.evaluator,
        model_files=tuple(sorted(fitted.files)),
        calibrator=Calibrator(kind="sigmoid"),
    )
    golden = make_golden(columns, Scorer(info, contract, plan, fitted.files), seed=7)
    return payload_files(info, contract, plan, golden, fitted.files)


@dataclass(frozen=True)
class Home:
    """A server's home, and the hands of a control plane."""

    root: Path

    @property
    def trust(self) -> Path:
        """Pinned keys."""
        return self.root / "trust"

    @property
    def key(self) -> SigningKey:
        """The key that signs."""
        return SigningKey.at(self.root / "private" / "signing.key", self.trust)

    def package(self, seed: int, project: str = "trips", key: SigningKey | None = None, contract: Contract = CONTRACT) -> str:
        """Write a package; its digest."""
        return write_package(
            self.root / "packages",
            payload=payload(seed, project, contract),
            attestations={"card.md": b"# trips\n"},
            project=project,
            created_at=NOON,
            key=key or self.key,
        )

    def payload_digest(self, package: str) -> str:
        """The digest of the payload in a package."""
        return from_json(Manifest, (self.root / "packages" / package / "manifest.json").read_bytes()).payload_digest

    def challenger(self, version: int, package: str, share: float = 0.0) -> Challenger:
        """A package to be tried as a version, in shadow or for a share."""
        return Challenger(version=version, package=package, payload_digest=self.payload_digest(package), share=share)

    def state(self, number: int, package: str, project: str = "trips", **changes: object) -> ReleaseState:
        """The state that says: this package is live, as version and release `number`."""
        fields = {
            "project": project,
            "number": number,
            "version": number,
            "package": package,
            "payload_digest": self.payload_digest(package),
            "default": project == "trips",
            "since": NOON,
            **changes,
        }
        return ReleaseState(**fields)  # type: ignore[arg-type]

    def write(self, state: ReleaseState, key: SigningKey | None = None) -> Path:
        """Sign a state and put it where servers look."""
        return write_release(self.root, state, key or self.key)

    def release(self, number: int, package: str, project: str = "trips", **changes: object) -> Path:
        """Release a package."""
        return self.write(self.state(number, package, project, **changes))

    @contextmanager
    def serve(self, *options: str) -> Iterator[Running]:
        """A real server process over this home."""
        ready = str(self.root / "ready.json")
        command = [sys.executable, "-m", "millwright.serve", "--home", str(self.root), "--trust", str(self.trust)]
        with running(self.root, [*command, "--port", "0", "--ready-file", ready, *options]) as server:
            yield server
