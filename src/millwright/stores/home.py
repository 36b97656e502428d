"""Where everything lies: the folder that holds a project's state."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """The state folder (by default `.millwright` beside the spec) and the places in it."""

    root: Path

    @property
    def catalogue(self) -> Path:
        """The SQLite catalogue: projects, runs, versions, releases, decisions, audit."""
        return self.root / "catalogue.db"

    @property
    def blobs(self) -> Path:
        """Snapshots and step results under their digests."""
        return self.root / "blobs"

    @property
    def packages(self) -> Path:
        """Signed packages, one folder each, named by digest."""
        return self.root / "packages"

    @property
    def profiles(self) -> Path:
        """Profiles of the sealed days of the logs, one folder a project and day."""
        return self.root / "profiles"

    @property
    def work(self) -> Path:
        """Scratch space of runs; may be deleted when nothing runs."""
        return self.root / "work"

    @property
    def reports(self) -> Path:
        """Reports written for people."""
        return self.root / "reports"

    @property
    def alerts_key(self) -> Path:
        """The key that signs links in alerts."""
        return self.root / "alerts.key"

    @property
    def server(self) -> Path:
        """The running server's process id, port and log."""
        return self.root / "run"
