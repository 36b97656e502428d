"""Sealing the logs of a state folder, and judging what they hold: what the keeper does while the server answers."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from millwright.loop.quality import quality_lines, recent_quality
from millwright.loop.workshop import Workshop
from millwright.predictions.seal import QUIET, seal
from millwright.predictions.tables import LABELS, PREDICTIONS
from millwright.predictions.window import Logs
from millwright.records.codec import to_plain
from millwright.records.judging import LiveQuality
from millwright.stores.durable import write_atomic


def seal_logs(shop: Workshop, now: datetime, quiet: timedelta = QUIET) -> int:
    """Seal what is finished of this project's logs; returns how many Parquet files were made. quiet: see `seal`."""
    logs = Logs.of(shop.home.root)
    with ThreadPoolExecutor(1, thread_name_prefix="seal-labels") as beside:
        told = beside.submit(seal, logs.labels, shop.project, now, table=LABELS, quiet=quiet)
        asked = seal(logs.predictions, shop.project, now, table=PREDICTIONS, quiet=quiet)
        return len(asked) + len(told.result())


def note_recent_quality(shop: Workshop, now: datetime) -> None:
    """Judge the watch window up to now, and keep that where `mw status` reads it."""
    quality = recent_quality(shop, now)
    if quality is not None and quality.window.predictions:
        note_quality(shop, quality)


def note_quality(shop: Workshop, quality: LiveQuality) -> None:
    """Keep a realised quality where `mw status` reads it."""
    body = {**to_plain(quality), "lines": quality_lines(quality)}
    write_atomic(shop.home.server / f"quality-{shop.project}.json", json.dumps(body).encode())
