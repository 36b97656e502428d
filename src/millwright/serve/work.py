"""One process that answers: alone, or as a worker of a supervisor."""

import argparse
import asyncio
import gc
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from millwright.predictions.layout import claim_start
from millwright.serve.access import Access
from millwright.serve.app import DataPlane
from millwright.serve.back_door import BackDoor
from millwright.serve.crew import Crew, crew_folder
from millwright.serve.doors import bound
from millwright.serve.exposure import Exposure, check_exposure, note_start
from millwright.serve.keys.ring import KeyRing
from millwright.serve.keys.watch import KeyWatch
from millwright.serve.metrics import Metrics
from millwright.serve.plane import Plane
from millwright.serve.readiness import readiness
from millwright.serve.releases import ReleaseWatch
from millwright.serve.routes.table import Vertex, all_routes
from millwright.serve.server import run_server
from millwright.serve.shadow_post import Posted, ShadowPost, receive
from millwright.serve.telemetry.settings import Telemetry
from millwright.serve.telemetry.spans import Spans
from millwright.serve.telemetry.traces import Sampler
from millwright.serve.tls import Certificate

PATIENCE = {"front": 0, "large": 5, "shadow": 19}
"""How much a worker steps back where the processor is scarce: as much as nobody waits for it."""

YOUNG = 20_000
"""Objects that are made before the collector looks at them: requests make thousands at once, which soon go by themselves."""
LAST_SECONDS = 1.5
"""As long as others may go on answering, and sending, once all are told to end."""


class Watch(Protocol):
    """What goes on beside the answers, in a thread of its own."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End, with what is left to do done."""


def work(options: argparse.Namespace, exposure: Exposure, vertex: Vertex, telemetry: Telemetry | None = None) -> None:
    """Wire the parts, take up the keys and releases that are there, and answer."""
    check_exposure(exposure, options.home)
    tls = Certificate(Path(exposure.certificate), Path(exposure.private_key)) if exposure.certificate else None
    alone = options.door is None
    listening = bound(options.host, options.port) if alone else socket.socket(fileno=options.door)
    os.nice(PATIENCE[options.part])
    access = Access(options.host, exposure.allowed_hosts, KeyRing() if exposure.auth == "keys" else None)
    plane = _plane(options, access, telemetry)
    watches: list[Watch] = [ReleaseWatch(options.home, options.trust, plane)]
    if exposure.auth == "keys":
        watches.insert(0, KeyWatch(options.home, access, options.worker))
    if plane.crew is not None:
        watches.append(plane.crew)
    if telemetry is not None:
        watches.append(_exporting(telemetry, plane, exposure, vertex, options.worker))
    try:
        for watch in watches:
            watch.start()
        gc.collect()
        gc.freeze()  # what is loaded now stays: no collection need look at it again
        gc.set_threshold(YOUNG)
        if alone:
            exposure = replace(exposure, port=int(listening.getsockname()[1]))
            note_start(exposure, options.home)
            sys.stderr.write(f"{exposure.sentence}\n")
        else:
            _end_with_supervisor()
        if options.part == "shadow":
            answer_unseen(plane, listening, options.idle_seconds)
        else:
            data_plane = DataPlane(plane, vertex)
            access.on_change = data_plane.desk.heads.forget
            shown = tls if options.part == "front" else None
            run_server(data_plane, listening, options.ready_file, tls=shown, idle=options.idle_seconds)
        for watch in watches:
            watch.stop()
    finally:
        plane.close()


def _exporting(telemetry: Telemetry, plane: Plane, exposure: Exposure, vertex: Vertex, worker: int) -> Watch:
    """What exports the spans and metrics of this process."""
    from millwright.serve.telemetry.exporting import Exporting  # only who asks for it loads OpenTelemetry

    scheme = "https" if exposure.certificate else "http"
    methods = {route.name: route.method for route in all_routes(plane, vertex)}
    return Exporting(telemetry, plane.metrics, plane.spans, scheme=scheme, methods=methods, worker=worker)


def _spans(telemetry: Telemetry, metrics: Metrics) -> Spans:
    sampler = Sampler(telemetry.share, by_parent=telemetry.by_parent)
    return Spans(sampler, telemetry.most_spans, metrics.spans_dropped.inc)


def _plane(options: argparse.Namespace, access: Access, telemetry: Telemetry | None) -> Plane:
    """The parts of this process, and its place among the others of its server."""
    start = claim_start(options.home / "serve" / "starts")
    post = ShadowPost(options.shadow_door) if options.shadow_door else None
    plane = Plane.open(options.home, access, worker=options.worker, start=start, replay=options.replay, post=post)
    if telemetry is not None and telemetry.traces and options.part == "front":  # a request has one span: where it came in
        plane = replace(plane, spans=_spans(telemetry, plane.metrics))
    if options.crew is None:
        return plane
    plane.metrics.start.set(options.crew)
    plane.metrics.behind = options.part != "front"
    folder, name = crew_folder(options.home, options.crew), f"w{options.worker:03d}-s{start:06d}"
    crew = Crew(folder, name, lambda: plane.metrics.text().decode(), lambda: readiness(plane))
    return replace(plane, crew=crew, back_door=BackDoor(options.back_door) if options.back_door else None)


def answer_unseen(plane: Plane, door: socket.socket, idle_seconds: float) -> None:
    """Let challengers answer what the other workers send, until nothing came for a while; a shorter one once told to end."""
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: told.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    last = time.monotonic()

    def take(posted: Posted) -> float:
        slot = plane.slots.get(posted.project)
        rival = slot.challenger if slot is not None else None
        mine = rival if rival is not None and rival.payload_digest == posted.payload_digest else None
        plane.shadows.answer_posted(posted, mine)
        return slot.settings.shadow_share if slot is not None else 1.0

    def ends(came: bool) -> bool:
        nonlocal last
        last = time.monotonic() if came else last
        return time.monotonic() - last > (LAST_SECONDS if told.is_set() else idle_seconds)

    asyncio.run(receive(door, take, ends))


def _end_with_supervisor() -> None:
    """Drain when the supervisor is gone, however it went: our end of its pipe is closed then."""

    def wait() -> None:
        os.read(0, 1)  # nothing is ever written: it returns when the other end is closed
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="supervisor", daemon=True).start()
