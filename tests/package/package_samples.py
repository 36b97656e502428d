"""Small packages for the tests: real files, signed by a real key, with content that no parser needs to like."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from millwright.package.keys import SigningKey, Trust
from millwright.package.verify import Verified, verify_package
from millwright.package.write import write_package

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAYLOAD = {"payload.json": b'{"project":"trips"}', "plan.json": b"{}", "model/model.txt": b"tree\n" * 40}
ATTESTATIONS = {"evaluation.json": b'{"rows":3}', "card.md": b"# trips\n", "report.html": b"<p>late</p>", "empty.json": b""}


@dataclass(frozen=True)
class Shelf:
    """A folder of packages with the key that signs them and the keys that are believed."""

    root: Path

    @property
    def packages(self) -> Path:
        return self.root / "packages"

    @property
    def key_file(self) -> Path:
        return self.root / "private" / "signing.key"

    @property
    def trust(self) -> Trust:
        return Trust(self.root / "trust")

    @property
    def key(self) -> SigningKey:
        return SigningKey.at(self.key_file, self.trust.folder)

    def write(self, payload=PAYLOAD, attestations=ATTESTATIONS, at: datetime = NOON, key: SigningKey | None = None) -> str:
        return write_package(
            self.packages, payload=payload, attestations=attestations, project="trips", created_at=at, key=key or self.key
        )

    def verify(self, digest: str) -> Verified:
        return verify_package(self.packages / digest, digest, self.trust)
