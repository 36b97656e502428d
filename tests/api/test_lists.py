from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from console_world import Control, Who
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from millwright.api.series import series
from millwright.records.running import Run
from millwright.registry import run_list, runs
from millwright.registry.catalogue import Catalogue
from millwright.registry.pages import Asked
from millwright.registry.tables import runs as runs_table

MANY = 230


@pytest.fixture(scope="module")
def ada(control: Control) -> Who:
    return control.person("ada", "viewer")


@pytest.fixture(scope="module")
def many(control: Control) -> list[str]:
    """Further runs, several of them begun at one moment: their ids, as they were entered."""
    states = ("finished", "failed", "refused", "running")
    start = datetime(2020, 1, 1, tzinfo=UTC)
    made = [
        Run(
            id=f"many-{i:04d}", project="kiosk", spec="s" * 64, state=states[i % 4], as_of=start,
            started_at=start + timedelta(hours=i // 3), finished_at=None if i % 4 == 3 else start + timedelta(hours=i),
            reason=f"reason {i % 7} <b>{{x}}</b> 100%", version=None, actor=f"actor {i % 2}",
        )
        for i in range(MANY)
    ]  # fmt: skip
    with control.catalogue.write() as tx:
        for run in made:
            runs.start(tx, run)
    return [run.id for run in made]


def walk(control: Control, ada: Who, path: str, **params: object) -> list[dict[str, object]]:
    """Every item of a list, page by page."""
    found: list[dict[str, object]] = []
    cursor, total = "", None
    for _ in range(20):
        control.desk.rates.forget()
        said = control.get(path, ada, params={"limit": 37, "cursor": cursor, **params}).json()
        assert total in (None, said["total"]), "what there is does not change with the page"
        total, cursor = said["total"], said["next"] or ""
        found += said["items"]
        if not cursor:
            assert len(found) == total
            return found
    raise AssertionError("the pages have no end")


@pytest.mark.parametrize("sort", ["-started_at", "started_at", "state", "-state", "actor", "-finished_at", "id", "version"])
def test_pages_hold_every_run_once_and_in_order(control: Control, ada: Who, many: list[str], sort: str) -> None:
    found = [item["run"] for item in walk(control, ada, "projects/kiosk/runs", sort=sort)]
    ids = [run["id"] for run in found]  # type: ignore[index]
    assert len(ids) == len(set(ids)) >= MANY
    name = sort.removeprefix("-")
    values = [(run[name] or ("" if name != "version" else 0), run["id"]) for run in found]  # type: ignore[index]
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_lists_are_narrowed_by_state_actor_text_and_time(control: Control, ada: Who, many: list[str]) -> None:
    path = "projects/kiosk/runs"
    assert {item["run"]["state"] for item in walk(control, ada, path, state=["failed", "refused"])} == {"failed", "refused"}
    assert {item["run"]["actor"] for item in walk(control, ada, path, actor="actor 1")} == {"actor 1"}
    assert len(walk(control, ada, path, q="REASON 3 <B>")) == len([i for i in range(MANY) if i % 7 == 3])
    assert walk(control, ada, path, q="100_") == [], "what SQL takes for any letter is a letter here"
    early = walk(control, ada, path, **{"from": "2020-01-01", "to": "2020-01-02"})
    assert len(early) == 72
    counted = control.get(f"{path}/counts", ada).json()["states"]
    assert counted["failed"] >= MANY // 4


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("runs", {"sort": "size"}, "list.sort"),
        ("runs", {"cursor": "zzz"}, "list.cursor"),
        ("runs", {"cursor": "W10"}, "list.cursor"),
        ("runs", {"limit": 501}, "request.parameter"),
        ("runs", {"state": "odd"}, "request.parameter"),
        ("decisions", {"sort": "actor; drop table runs"}, "list.sort"),
        ("quality", {"from": "2026-01-02", "to": "2026-01-01"}, "request.range"),
        ("quality", {"from": "yesterday"}, "request.parameter"),
        ("volume", {"from": "0001-01-01T00:00:00+14:00"}, "request.range"),
    ],
)
def test_a_question_that_is_none_is_answered_with_what_it_takes(
    control: Control, ada: Who, path: str, params: dict[str, object], code: str
) -> None:
    said = control.get(f"projects/kiosk/{path}", ada, params=params)
    assert said.status_code in (400, 422)
    assert said.json()["error"]["code"] == code
    assert said.json()["error"]["fix"]


def test_a_page_is_found_by_an_index_and_not_by_reading_the_table(control: Control, many: list[str]) -> None:
    query = (
        select(runs_table)
        .where(runs_table.c.project == "kiosk")
        .order_by(runs_table.c.started_at.desc(), runs_table.c.id.desc())
    )
    text = str(query.limit(51).compile(compile_kwargs={"literal_binds": True}))
    with control.catalogue.read() as view:
        plan = " ".join(str(row[3]) for row in view.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
    assert "runs_by_start" in plan
    assert "TEMP B-TREE" not in plan


def test_what_is_entered_meanwhile_moves_no_page(tmp_path: Path) -> None:
    with Catalogue.open(tmp_path / "catalogue.db") as catalogue:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        run = Run(
            id="r", project="p", spec="s", state="running", as_of=start, started_at=start, finished_at=None, reason="",
            version=None, actor="a",
        )  # fmt: skip
        with catalogue.write() as tx:
            for i in range(10):
                runs.start(tx, replace(run, id=f"r{i}", started_at=start + timedelta(minutes=i)))
        with catalogue.read() as view:
            first = run_list.page(view, "p", Asked(limit=4), run_list.RunSought())
        with catalogue.write() as tx:
            runs.start(tx, replace(run, id="new", started_at=start + timedelta(days=1)))
        with catalogue.read() as view:
            second = run_list.page(view, "p", Asked(limit=4, cursor=first.next or ""), run_list.RunSought())
    assert [one.run.id for one in (*first.items, *second.items)] == [f"r{i}" for i in range(9, 1, -1)]


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=400), st.integers(2, 60))
@settings(max_examples=150, deadline=None)
def test_a_shortened_series_keeps_its_ends_its_least_and_its_greatest(values: list[float | None], most: int) -> None:
    points = list(enumerate(values))
    short = series(points, most, lambda point: point[1])
    assert short.of == len(points)
    assert short.shown == len(short.points) <= max(most, 2) + 2
    assert list(short.points) == sorted(short.points, key=lambda point: point[0])
    known = [value for value in values if value is not None]
    if known:
        kept = [value for _, value in short.points if value is not None]
        assert (min(kept), max(kept)) == (min(known), max(known))
    if points:
        assert (short.points[0], short.points[-1]) == (points[0], points[-1])
