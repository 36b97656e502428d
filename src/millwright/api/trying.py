"""Trying a version with rows of one's own, and saying what an answer is made of; nothing of it is logged."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from millwright.errors import ContractBroken, NotFound, PackageRefused
from millwright.loop.opened import open_version
from millwright.loop.releasing import prove_loadable
from millwright.loop.workshop import Workshop
from millwright.models.contributions import Explainer
from millwright.models.scorer import Scorer
from millwright.predictions.browse import LoggedLine
from millwright.project import Project
from millwright.records.record import record
from millwright.records.release import Version
from millwright.registry import versions

MOST_OPEN = 3
MOST_ROWS = 100


@record
class Tried:
    """What a version says of one row: its answer, the flags of the contract, and what each column added. error: why it does not
    answer, with the column that is at fault, where one is."""

    answer: dict[str, Any] | None
    flags: tuple[str, ...]
    contributions: dict[str, Any] | None
    error: str = ""
    column: str = ""


class OpenVersions:
    """The versions that were tried last, loaded. A version is loaded in a child first: a damaged model ends that, and not
    us."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Scorer] = OrderedDict()
        self._lock = threading.Lock()

    def scorer(self, shop: Workshop, version: Version) -> Scorer:
        """What answers for a version. Raises PackageRefused."""
        with self._lock:
            known = self._open.get(version.package)
            if known is None:
                prove_loadable(shop.home, shop.trust, version.package)
                known = self._open[version.package] = open_version(shop, version).scorer
                while len(self._open) > MOST_OPEN:
                    self._open.popitem(last=False)
            self._open.move_to_end(version.package)
            return known


def try_rows(scorer: Scorer, rows: Sequence[Mapping[str, Any]]) -> tuple[Tried, ...]:
    """Each row by itself: one that breaks the contract says so, and the others are answered."""
    explainer = scorer.explainer
    return tuple(_tried(scorer, explainer, row, number) for number, row in enumerate(rows, 1))


def explain_logged(here: Project, line: LoggedLine) -> tuple[dict[str, Any] | None, str]:
    """What each column added to a logged answer; or why that cannot be said."""
    if set(here.spec.log.redact) | set(here.spec.data.pii):
        hidden = "the log holds some of its columns hashed, so the answer cannot be made again"
        if _is_hidden(here, line):
            return None, hidden
    shop = here.workshop
    try:
        with shop.catalogue.read() as view:
            version = versions.numbered(view, shop.project, line.version)
        scorer = OPEN.scorer(shop, version)
    except (NotFound, PackageRefused) as error:
        return None, str(error)
    (tried,) = try_rows(scorer, [msgspec.json.decode(line.request)])
    if tried.answer is None or tried.contributions is None:
        return None, tried.error or "this model cannot say what its answers are made of"
    if any(msgspec.json.decode(line.output).get(name) != value for name, value in tried.answer.items()):
        return None, "the version answers this row otherwise now"
    return tried.contributions, ""


OPEN = OpenVersions()
"""One for the process: versions never change."""


def _is_hidden(here: Project, line: LoggedLine) -> bool:
    given = msgspec.json.decode(line.request)
    return any(name in given for name in (*here.spec.log.redact, *here.spec.data.pii))


def _tried(scorer: Scorer, explainer: Explainer | None, row: Mapping[str, Any], number: int) -> Tried:
    try:
        ((said, flags),) = scorer.answer_rows([row])
        cells, _ = scorer.check(row, number)
    except ContractBroken as error:
        return Tried(answer=None, flags=(), contributions=None, error=error.what, column=error.column)
    return Tried(answer=said, flags=flags, contributions=explainer.explain([cells])[0] if explainer else None)


def named_version(shop: Workshop, name: str) -> Version:
    """The version of that name. Raises NotFound."""
    with shop.catalogue.read() as view:
        return versions.get(view, shop.project, name)
