"""A package read for people: verified first, and what it says taken apart. One that does not verify is told as such."""

from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from millwright.errors import PackageRefused
from millwright.loop.workshop import Workshop
from millwright.package.golden import Golden
from millwright.package.keys import Trust
from millwright.package.layout import CONTRACT, GOLDEN
from millwright.package.verify import Verified, verify_package
from millwright.records.codec import from_json
from millwright.records.data import Check, Contract, Profile
from millwright.records.judging import Evaluation, Timings, Verdict
from millwright.records.release import FileEntry, Version

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opened:
    """A package, and what is wrong with it, if anything: then nothing of it is said."""

    verified: Verified | None
    refused: str = ""

    def whole(self) -> Any:
        """Its files by path. Raises PackageRefused where it did not verify."""
        if self.verified is None:
            raise PackageRefused(self.refused, fix="restore it from a backup, or revoke the version")
        return self.verified.files

    @property
    def key(self) -> str:
        """The id of the key that signed it."""
        return self.verified.key if self.verified else ""

    @property
    def files(self) -> tuple[FileEntry, ...]:
        """What it holds."""
        return self.verified.manifest.files if self.verified else ()

    @property
    def evaluation(self) -> Evaluation | None:
        """How it did. When its rows happened is told in UTC, whatever their own clock is."""
        found, contract = self.read("evaluation.json", Evaluation), self.contract
        if found is None or found.event_at is None or found.event_at.tzinfo is not None:
            return found
        zone = ZoneInfo(contract.zone) if contract else UTC
        return replace(found, event_at=found.event_at.replace(tzinfo=zone).astimezone(UTC))

    @property
    def verdict(self) -> Verdict | None:
        """Each gate, with its evidence."""
        return self.read("verdict.json", Verdict)

    @property
    def timings(self) -> Timings | None:
        """How fast it answers."""
        return self.read("timings.json", Timings)

    @property
    def contract(self) -> Contract | None:
        """What a valid row is."""
        return self.read(CONTRACT, Contract)

    @property
    def profile(self) -> Profile | None:
        """What the rows looked like that it was learnt from."""
        return self.read("profile.json", Profile)

    @property
    def checks(self) -> tuple[Check, ...]:
        """What was found in the data."""
        return self.read("checks.json", tuple[Check, ...]) or ()

    @property
    def card(self) -> str:
        """The model card, in Markdown."""
        return self.verified.files.get("card.md", b"").decode("utf-8", "replace") if self.verified else ""

    @property
    def provenance(self) -> dict[str, Any] | None:
        """From what it was made."""
        return self.read("provenance.json", dict[str, Any])

    @property
    def environment(self) -> Any:
        """With what it was made."""
        return self.read("environment.json", dict[str, Any])

    @property
    def example(self) -> dict[str, Any] | None:
        """A row as a client would send it; nobody's."""
        golden = self.read(GOLDEN, Golden)
        return dict(golden.rows[0]) if golden and golden.rows else None

    def read(self, path: str, kind: type[T]) -> T | None:
        """One of its files; None where it has none such, or where nothing of it is said."""
        content = self.verified.files.get(path) if self.verified else None
        try:
            return None if content is None else from_json(kind, content)
        except msgspec.DecodeError:  # of a Millwright that wrote it in another form: the rest is shown
            return None


def open_package(shop: Workshop, version: Version) -> Opened:
    """The package of a version, verified byte by byte."""
    try:
        return Opened(verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust)))
    except PackageRefused as error:
        return Opened(None, str(error))
