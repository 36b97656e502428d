"""What each API key asks is looked at by itself, without being told to, as soon as there are two that may ask."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kiosk import EVERY, START, at, changed, hours_of, tick_at, weeks
from kiosk_stages import Stages

from millwright.loop.api_keys import create_key, revoke_key, rotate_key
from millwright.loop.calendar import Bounds
from millwright.loop.callers import callers_of, judged_callers, profiled_callers
from millwright.loop.kept_days import kept_path, reading_of
from millwright.loop.log_query import Asked, ask_log
from millwright.loop.opened import live_version, open_model
from millwright.loop.sealing import seal_logs
from millwright.loop.seeing import observed, see
from millwright.project import Project
from millwright.registry import projects
from millwright.serve.dialects.own import OWN
from millwright.serve.form import Form
from millwright.serve.inprocess import InProcess

COMPANY = 4
"""Rows of the other key for each of the shop's."""


@pytest.fixture
def project(stages: Stages, tmp_path: Path) -> Project:
    """A kiosk that looks at the last fortnight, asked with two keys."""
    kiosk = changed(
        stages.copy("opened", tmp_path / "kiosk"),
        watch={"window": "14d", "every": "7d"},
        policy={"mode": "advise", "schedule": None},
    )
    for name in ("shop", "bots"):
        create_key(at(kiosk, START), name, ["predict"])
    return kiosk


def asked(start: datetime, end: datetime, warmer: float) -> Iterator[tuple[str, datetime, list[dict[str, Any]]]]:
    """Who asked, when, and what: the shop once every few hours, the other key four times as much, of usual rows."""
    far = timedelta(days=1000)
    usual = hours_of(start + far, end + far + (end - start) * COMPANY)
    for row, _ in hours_of(start, end):
        moment = datetime.fromisoformat(row["at"])
        yield "shop", moment, [row | {"warmth": row["warmth"] + warmer}]
        yield "bots", moment, [{**next(usual)[0], "id": f"{row['id']}-{i}", "at": row["at"]} for i in range(COMPANY)]


def live(project: Project, start: datetime, end: datetime, warmer: float = 0.0) -> None:
    """Live through [start, end), each row asked when it happened, with the key of who asked."""
    with closing(InProcess(project.workshop.home.root, project.workshop.trust)) as inside:
        inside.look()
        plane = inside._plane
        for caller, moment, rows in asked(start, end, warmer):
            body = json.dumps({"rows": rows, "at": moment.isoformat()}).encode()
            OWN.answer(plane, plane.slot(None), body, Form(caller=caller))
    seal_logs(project.workshop, end)


def test_a_change_in_what_one_key_asks_is_found_behind_four_times_as_many_usual_rows(project: Project) -> None:
    live(project, weeks(0), weeks(4))
    look = tick_at(project, weeks(2)).watched[-1]
    assert [line for line in look.cannot if "API keys" in line] == [
        'API keys by themselves: fewer than 14 live days of "shop", "bots"'
    ]
    calm = tick_at(project, weeks(4))
    assert not [finding for finding in calm.findings if finding.slice]
    assert not [line for line in calm.watched[-1].cannot if "API keys" in line]
    live(project, weeks(4), weeks(6), warmer=5.0)

    found = [f for f in tick_at(project, weeks(6)).findings if "warmth" in f.columns and f.check == "drift"]
    assert [finding.slice for finding in found] == ['the key "shop" asked'], "the whole does not show it"
    assert found[0].sentence.startswith('where the key "shop" asked: warmth drifted')
    assert found[0].sentence.endswith("compared with the 28 live days before")
    (change,) = found[0].changes
    assert change.onset is not None
    assert change.onset.earliest <= weeks(4) <= change.onset.latest, "dated by what the shop asked"

    page = ask_log(at(project, weeks(6)), Asked(start=weeks(4), end=weeks(6), where="caller = 'shop'", limit=1))
    fortnight = (weeks(6) - weeks(4)) // EVERY
    assert (page.predictions, page.matched, page.rows[0].caller) == ((1 + COMPANY) * fortnight, fortnight, "shop")


def test_who_may_ask_and_is_in_force_counts_the_first_made_first(project: Project) -> None:
    shop = at(project, START)
    create_key(shop, "labels alone", ["labels"])
    create_key(shop, "kiosk's own", ["predict"], limited_to=[shop.project])
    with shop.catalogue.write() as tx:
        projects.ensure(tx, "elsewhere", START)
    create_key(shop, "of another", ["predict"], limited_to=["elsewhere"])
    assert callers_of(shop) == judged_callers(shop) == ("shop", "bots", "kiosk's own")
    rotate_key(at(project, START + timedelta(days=1)), "shop", timedelta(0))
    assert set(judged_callers(at(project, START + timedelta(days=2)))) == {"shop", "bots", "kiosk's own"}
    revoke_key(shop, "bots")
    assert set(judged_callers(shop)) == {"shop", "kiosk's own"}
    revoke_key(shop, "kiosk's own")
    assert (profiled_callers(shop), judged_callers(shop)) == (("shop",), ()), "what the only caller asks is the whole"


def test_six_are_looked_at_and_no_new_key_makes_days_be_read_again(project: Project) -> None:
    shop = at(project, START)
    version = live_version(shop)
    assert version is not None
    contract = open_model(shop, version).contract
    paths = {kept_path(shop, reading_of(shop, contract), "2024-01-04")}
    for number in range(5):
        create_key(at(project, START + timedelta(minutes=number)), f"k{number}", ["predict"])
        paths.add(kept_path(shop, reading_of(shop, contract), "2024-01-04"))
    assert reading_of(shop, contract).callers == judged_callers(shop) == ("shop", "bots", "k0", "k1", "k2", "k3")
    assert callers_of(shop)[6:] == ("k4",)
    assert len(paths) == 1
    for name in callers_of(shop):
        revoke_key(shop, name)
    assert kept_path(shop, reading_of(shop, contract), "2024-01-04") not in paths


def test_a_second_key_finds_the_days_of_the_first(project: Project) -> None:
    """While it is alone its rows are the whole, and looked at as that."""
    revoke_key(at(project, START), "bots")
    live(project, weeks(0), weeks(2))
    assert not [line for look in tick_at(project, weeks(2)).watched for line in look.cannot if "API keys" in line]
    assert callers_seen(project, weeks(2)) == []
    create_key(at(project, weeks(2)), "later", ["predict"])
    assert callers_seen(project, weeks(2)) == ["shop"], "from the days that were kept while it was alone"


def callers_seen(project: Project, end: datetime) -> list[str]:
    """Whose rows of the fortnight before are looked at by themselves."""
    shop = at(project, end)
    version = live_version(shop)
    assert version is not None
    model = open_model(shop, version)
    seen = observed(shop, model, see(shop, model, Bounds(end - timedelta(days=14), end)))
    assert seen.profile is not None
    return [one.level for one in seen.profile.slices]
