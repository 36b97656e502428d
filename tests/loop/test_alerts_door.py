"""The door for signed links, over HTTP: looking does nothing, the button does it once."""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from told_world import LOG, NOON, World, a_wait

from millwright.errors import Unavailable
from millwright.loop.door import Door


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[World, str]]:
    """A world in which a version waits for a yes, and its door."""
    world = World(tmp_path / "kiosk", LOG, link="https://models.example.com/desk")
    world.decided(a_wait())
    world.tell(NOON)
    door = Door(world.shop(NOON), "127.0.0.1", 0)
    thread = threading.Thread(target=door.serve)
    thread.start()
    try:
        yield world, door.url
    finally:
        door.close()
        thread.join()


def ask(url: str, path: str, method: str = "GET", body: str = "") -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request(method, path, body or None, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def path_of(world: World, words: str) -> str:
    (alert,) = world.messages()[0]["alerts"]
    (link,) = [button["link"] for button in alert["buttons"] if button["words"] == words]
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


def test_looking_at_a_link_does_nothing_and_the_button_does_it_once(opened: tuple[World, str]) -> None:
    world, url = opened
    path = path_of(world, "Approve")
    for method in ("GET", "HEAD", "GET"):
        status, page, headers = ask(url, path, method)
        assert status == 200
    assert "every gate passed" in page
    assert "yes new labelled rows: 300 (at least 200)" in page
    assert '<form method="post">' in page
    assert (headers["referrer-policy"], headers["cache-control"]) == ("no-referrer", "no-store")
    assert [decision.action for decision in world.project.decisions()] == ["shadow"]
    status, page, _headers = ask(url, path, "POST", urlencode({"reason": "looks <b>fine</b>"}))
    assert (status, "Decision 1 is approved" in page) == (200, True)
    said = world.project.decisions()[0]
    assert (said.action, said.actor, said.reason) == ("approve", "link", "looks <b>fine</b>")
    status, page, _headers = ask(url, path, "POST")
    assert (status, "was answered already" in page) == (409, True)
    assert len(world.project.decisions()) == 2


def test_an_alert_is_acknowledged_by_its_link(opened: tuple[World, str]) -> None:
    world, url = opened
    path = path_of(world, "I look after it")
    assert "waits for your yes" in ask(url, path)[1]
    assert "Alert 1 is looked after" in ask(url, path, "POST")[1]
    assert world.project.alerts()[0].entry.acknowledged_by == "link"


def test_whoever_has_no_link_gets_nothing(opened: tuple[World, str]) -> None:
    world, url = opened
    path = path_of(world, "Approve")
    for wrong in (path[:-3], "/answer", "/answer?token=x", path + "AAAA"):
        assert ask(url, wrong)[0] == 403
        assert ask(url, wrong, "POST")[0] == 403
    assert ask(url, "/")[0] == 404
    assert ask(url, path, "DELETE")[0] == 501
    assert [decision.action for decision in world.project.decisions()] == ["shadow"]


def test_a_port_that_is_taken_is_said(opened: tuple[World, str]) -> None:
    world, url = opened
    with pytest.raises(Unavailable, match="cannot listen"):
        Door(world.shop(NOON), "127.0.0.1", urlsplit(url).port or 0)
