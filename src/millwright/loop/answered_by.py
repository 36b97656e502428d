"""By which evaluator versions answer, as their packages say: for lists and logs."""

from collections.abc import Collection

import msgspec

from millwright.errors import PackageRefused
from millwright.loop.workshop import Workshop
from millwright.package.peek import peek_file, peek_manifest
from millwright.records.codec import from_json
from millwright.records.judging import Timings
from millwright.records.measuring import MeasuredEvaluator
from millwright.records.release import Version
from millwright.registry import versions

MOST_VERSIONS = 10_000
TIMINGS = "timings.json"


def evaluators_of(shop: Workshop, payloads: Collection[str]) -> dict[str, str]:
    """The evaluator of each of these payloads, by its digest, as the manifest of a version says that has it.

    One that no package tells of is not among them: packed before it was recorded, or the package is gone.
    """
    found: dict[str, str] = {}
    with shop.catalogue.read() as view:
        known = versions.page(view, shop.project, limit=MOST_VERSIONS)
    for version in known:
        if version.payload_digest in payloads and version.payload_digest not in found:
            evaluator = _recorded(shop, version)
            found |= {version.payload_digest: evaluator} if evaluator else {}
    return found


def measured_of(shop: Workshop, version: Version) -> tuple[MeasuredEvaluator, ...]:
    """The evaluators that were measured when a version was packed; none where the package does not tell."""
    try:
        timings = from_json(Timings, peek_file(shop.home.packages / version.package, TIMINGS))
    except (PackageRefused, msgspec.DecodeError):  # a list of versions is shown all the same
        return ()
    return timings.evaluators


def _recorded(shop: Workshop, version: Version) -> str:
    try:
        return peek_manifest(shop.home.packages / version.package).evaluator
    except PackageRefused:  # the log is shown all the same
        return ""
