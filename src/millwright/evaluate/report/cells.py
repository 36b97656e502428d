"""Which records notebooks show as pictures. Nothing that draws is loaded before something is shown."""

from collections.abc import Mapping
from typing import Any

from millwright.records.record import Draw


def _evaluation(found: Any) -> str:
    from millwright.evaluate.report.evaluation_cell import evaluation_cell

    return evaluation_cell(found)


def _run(found: Any) -> str:
    from millwright.evaluate.report.run_cell import run_cell

    return run_cell(found)


def _finding(found: Any) -> str:
    from millwright.evaluate.report.finding_cell import finding_cell

    return finding_cell(found)


def _rehearsal(found: Any) -> str:
    from millwright.evaluate.report.rehearsal_cell import rehearsal_cell

    return rehearsal_cell(found)


CELLS: Mapping[str, Draw] = {
    "Evaluation": _evaluation,
    "RunStory": _run,
    "Finding": _finding,
    "Rehearsal": _rehearsal,
}
"""How each is drawn, by the name of its class."""
