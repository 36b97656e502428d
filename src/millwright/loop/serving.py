"""How the server answers: its own counters, read over HTTP, and what they say of the time since the last look."""

from datetime import datetime
from pathlib import Path

import msgspec

from millwright.loop.own_server import ask
from millwright.loop.server import running_server
from millwright.loop.workshop import Workshop
from millwright.records.codec import to_json
from millwright.records.record import record
from millwright.records.watching import Serving
from millwright.serve.reading import between, parse, refused_between
from millwright.stores.durable import write_atomic

ANSWER_SECONDS = 5.0


@record
class Reading:
    """The server's counters as they stood at a look, in its own words."""

    at: datetime
    page: str


def read_serving(shop: Workshop) -> Serving | None:
    """How the data plane answered since the last look; None where none runs here or it does not answer, and at the first look.

    The counters of this look are kept for the next one.
    """
    text = _metrics(shop)
    if text is None:
        return None
    before, now = _kept(_place(shop)), Reading(at=shop.clock.now(), page=text)
    write_atomic(_place(shop), to_json(now))
    if before is None:
        return None
    earlier, later = parse(before.page), parse(now.page)
    requests, failed, p99 = between(earlier, later)
    refused = refused_between(earlier, later)
    return Serving(start=before.at, end=now.at, requests=requests, failed=failed, p99_ms=p99, refused=refused)


def _metrics(shop: Workshop) -> str | None:
    if shop.counters is not None:
        return shop.counters()
    server = running_server(shop.home)
    page = ask(server, shop.home, "/metrics", ANSWER_SECONDS) if server is not None else None
    return None if page is None else page.decode()


def _place(shop: Workshop) -> Path:
    return shop.home.server / f"counters-{shop.project}.json"


def _kept(path: Path) -> Reading | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Reading)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
