"""Five years of looks: a chart shows as many as there is room for, says of how many, and leaves out nothing that sticks out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from test_screens import SETTLED

from millwright.project import Project
from millwright.records.judging import MetricValue
from millwright.registry import watched

if TYPE_CHECKING:
    from browser_world import Served, Tab
    from kiosk_stages import Stages

DAYS = 5 * 365
PEAK, PEAK_AT = 987.5, 777


@pytest.fixture(scope="module")
def served(stages: "Stages", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Served]":
    """A console on a kiosk that was looked at each day for five years, and was far off on one of them."""
    from browser_world import console_on

    folder = tmp_path_factory.mktemp("years") / "kiosk"
    _fill(stages.copy("promote", folder))
    with console_on(folder) as here:
        yield here


def _fill(project: Project) -> None:
    with project.workshop.catalogue.read() as view:
        like = next(look for look in watched.page(view, "kiosk", limit=50) if look.quality is not None)
        first = watched.page(view, "kiosk", limit=50)[-1].window.start
    assert like.quality is not None
    with project.workshop.catalogue.write() as tx:
        for number in range(DAYS):
            start = first - timedelta(days=DAYS - number)
            window = replace(like.window, start=start, end=start + timedelta(days=1), known_at=start + timedelta(days=1))
            whole = replace(like.quality.window, start=window.start, end=window.end)
            told = tuple(_peaked(one) if number == PEAK_AT else one for one in like.quality.metrics)
            watched.add(tx, replace(like, window=window, quality=replace(like.quality, window=whole, metrics=told)))


def _peaked(metric: MetricValue) -> MetricValue:
    return replace(metric, interval=replace(metric.interval, value=PEAK))


def test_five_years_of_looks_say_how_many_are_shown_and_keep_what_sticks_out(tab: "Tab") -> None:
    page = tab.open("/projects/kiosk/monitoring?from=2018-01-01&to=2024-03-01")
    tab.until(SETTLED)
    figure = page.get_by_role("figure").filter(has_text="Labels complete to").first
    said = figure.locator(".fine").inner_text()
    shown, of = (int(part.replace(",", "")) for part in said.partition(" looks")[0].split(" of "))
    assert of > DAYS
    assert 100 < shown < 500
    figure.get_by_role("button", name="Table").click()
    assert "987.5" in figure.locator("table").inner_text()
