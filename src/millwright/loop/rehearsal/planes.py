"""The data plane of a rehearsal: the server's code in this process, or a server of its own over HTTP."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from millwright.errors import Conflict, MillwrightError
from millwright.loop.beside import Beside
from millwright.loop.http_plane import Client
from millwright.loop.playing import DataPlane, DirectPlane
from millwright.loop.server import start_detached, stop_server
from millwright.loop.workshop import Workshop
from millwright.predictions.reread import LabelledRows
from millwright.serve.inprocess import InProcess
from millwright.stores.processors import processors

FEWEST_LOOKS = 60
"""Looks of a play from which on a process beside saves more than the second or two that it takes to start."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A data plane, and the workshop of whoever watches it: a look reads there what the plane counted."""

    plane: DataPlane
    shop: Workshop


class _Refusing(DirectPlane):
    """A request that is refused has no answer, as over HTTP."""

    def predict(self, body: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return super().predict(body)
        except MillwrightError:
            return None

    def label(self, labels: list[dict[str, Any]]) -> dict[str, Any] | None:
        try:
            return super().label(labels)
        except MillwrightError:
            return None


@contextmanager
def in_process(shop: Workshop) -> Iterator[Staged]:
    """The server's code, without its sockets."""
    inside = InProcess(shop.home.root, shop.trust)
    try:
        inside.look()
        yield Staged(_Refusing(inside, shop.project), replace(shop, counters=inside.counters, labelled=LabelledRows()))
    finally:
        inside.close()


@contextmanager
def with_process_beside(plane: AbstractContextManager[Staged], looks: float) -> Iterator[Staged]:
    """The same, with a process beside for a part of the work, where there is a second processor. looks: how many come."""
    with plane as staged:
        if looks < FEWEST_LOOKS or processors() < 2:
            yield staged
            return
        with Beside(staged.shop) as beside:
            yield replace(staged, shop=replace(staged.shop, beside=beside))


@contextmanager
def over_http(shop: Workshop, spec_file: Path) -> Iterator[Staged]:
    """A server of the rehearsal's own, asked over one connection."""
    command = [sys.executable, "-m", "millwright", "-f", str(spec_file), "up", "--host", "127.0.0.1", "--port", "0", "--replay"]
    kept = {name: text for name, text in (shop.secrets or {}).items() if name != "MILLWRIGHT_HOME"}
    server = start_detached(shop.home, command, kept | {"MILLWRIGHT_SIGNING_KEY": str(shop.signing_key)})
    try:
        with Client(server.url) as client:
            yield Staged(client, shop)
    finally:
        with suppress(Conflict):
            stop_server(shop.home)
