"""A long table: all its rows come, and no task of the page takes the processor for so long that scrolling would stand still.

What counts is the time that the page's own thread has the processor for, as the browser's trace says it: it is the same
whatever else the machine has to do meanwhile.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from millwright.project import Project
from millwright.records.running import Run, Step
from millwright.registry.rows import to_row
from millwright.registry.tables import runs, steps

if TYPE_CHECKING:
    from browser_world import Served, Tab
    from kiosk_stages import Stages
    from playwright.sync_api import Browser

MANY = 10_000
LONGEST_MS = 100.0
START = datetime(2020, 1, 1, tzinfo=UTC)


def run_of(i: int) -> Run:
    """One of many runs, each judged."""
    return Run(
        id=f"many-{i:06d}", project="kiosk", spec="s" * 64, state=("finished", "failed", "refused")[i % 3], as_of=START,
        started_at=START + timedelta(hours=i), finished_at=START + timedelta(hours=i, minutes=7),
        reason=f"the cause of run {i}", version=1 if i % 3 == 0 else None, actor=f"person {i % 5}",
    )  # fmt: skip


@pytest.fixture(scope="module")
def served(stages: "Stages", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Served]":
    """A console on a kiosk of ten thousand runs, each with the figures of a real one."""
    from browser_world import console_on

    folder = tmp_path_factory.mktemp("long") / "kiosk"
    _fill(stages.copy("opened", folder))
    with console_on(folder) as here:
        yield here


def _fill(project: Project) -> None:
    made = [run_of(i) for i in range(MANY)]
    with project.workshop.catalogue.write() as tx:
        judged = tx.scalars(select(steps.c.output).where(steps.c.name == "evaluate")).first()
        assert judged is not None
        each = {"name": "evaluate", "output": judged, "started_at": START, "finished_at": START, "reused": True}
        tx.execute(runs.insert(), [to_row(one) for one in made])
        done = (Step(run=one.id, inputs=f"{one.id:0<64}", **each) for one in made)
        tx.execute(steps.insert(), [to_row(one) | {"lost": False} for one in done])


def longest_task_ms(trace: Path) -> float:
    """The most processor time that one task of the page's thread took."""
    events: list[dict[str, Any]] = json.loads(trace.read_text())["traceEvents"]
    pages = {(one["pid"], one["tid"]) for one in events if one.get("args", {}).get("name") == "CrRendererMain"}
    tasks = [one for one in events if one.get("name", "").endswith("RunTask") and (one["pid"], one["tid"]) in pages]
    assert len(tasks) > 100
    return max(float(one["tdur"]) for one in tasks if "tdur" in one) / 1000


def test_ten_thousand_runs_scroll_without_a_long_task(tab: "Tab", browser: "Browser", tmp_path: Path) -> None:
    page = tab.open("/projects/kiosk/runs", "Runs")
    frame = page.get_by_role("region", name="Training runs")
    frame.hover()
    page.mouse.wheel(0, 600)
    page.wait_for_timeout(500)
    browser.start_tracing(
        page=page, path=tmp_path / "trace.json", categories=["toplevel", "disabled-by-default-devtools.timeline"]
    )
    for _ in range(60):
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(40)
    for share in (0.9, 0.2, 0.6, 1.0):
        frame.evaluate("(part, share) => { part.scrollTop = part.scrollHeight * share }", share)
        page.wait_for_timeout(120)
    browser.stop_tracing()
    assert longest_task_ms(tmp_path / "trace.json") < LONGEST_MS
    for _ in range(200):
        frame.evaluate("part => { part.scrollTop = part.scrollHeight }")
        page.wait_for_timeout(200)
        if page.get_by_text("many-000000").count():
            break
    page.get_by_role("link", name="many-000000").wait_for()
    assert page.locator("tbody tr.opens").count() < 100
