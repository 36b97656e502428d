"""One tick over a window of many logged rows: seconds by stage and memory, beside DuckDB scanning the same files."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from figure import Figure
from intervals import take_turns
from sealed_log import make_log
from site_of_run import Site

from millwright.loop.calendar import last_end
from millwright.loop.opened import Model, chosen_version, open_model
from millwright.predictions.window import Logs
from millwright.stores.clock import SystemClock

WINDOW = timedelta(days=7)
SOON_AFTER = timedelta(minutes=10)
HERE = Path(__file__).parent
STAGES = {
    "join": "windows with their labels read from the log: this one, and four whose labels are complete",
    "profile": "requests to typed columns, and the profile of all of them, kept by day",
    "quality": "metrics of the labelled answers, with intervals",
    "findings": "what the checks find",
    "situation": "what the policy decides on",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """What is ticked over. at: when. answers: the sealed files of the window. columns: by name, whether it is a number."""

    folder: Path
    at: datetime
    answers: Sequence[Path]
    columns: Mapping[str, bool]


def figures(site: Site) -> Iterator[Figure]:
    """The tick and its peer take turns; of each, the quicker run counts."""
    ground = make_ground(site)
    site.say(f"ticking over {site.asked.rows:,} rows, and scanning them")
    pairs = take_turns(lambda: _tick(site, ground), lambda: _scan(site, ground), site.asked.pairs)
    ours, theirs = (min((pair[side] for pair in pairs), key=lambda used: used["wall"]) for side in (0, 1))
    seen = ours["stages"]
    _check(site, seen, theirs["stages"])
    about = f"{seen['predictions']:,} rows of {len(ground.columns)} features, {seen['labelled']:,} labelled"
    yield Figure("tick.seconds", ours["wall"], "s", about)
    yield Figure("tick.cpu_seconds", ours["cpu"], "s", "of all threads")
    for stage, what in STAGES.items():
        yield Figure(f"tick.{stage}", seen.get(stage, 0.0), "s", what)
    yield Figure("tick.rest", ours["wall"] - sum(seen.get(stage, 0.0) for stage in STAGES), "s", "packages, catalogue, files")
    yield Figure("tick.peak_memory", ours["peak_mb"], "MB", "of the process that ticks")
    yield Figure("tick.scan_seconds", theirs["wall"], "s", "DuckDB's account of the same columns in the same files")
    yield Figure("tick.scan_cpu_seconds", theirs["cpu"], "s", "of all threads")
    yield Figure("tick.scan_peak_memory", theirs["peak_mb"], "MB")
    against = f"that scan, which joins no labels and judges nothing; the quickest of {site.asked.pairs}"
    yield Figure("tick.ratio", ours["wall"] / theirs["wall"], "ratio", against)
    yield Figure("tick.cpu_ratio", ours["cpu"] / theirs["cpu"], "ratio", against)


def make_ground(site: Site) -> Ground:
    """A project whose log holds one full window."""
    folder = site.copy_of_flights("tick")
    shop = site.project(folder).workshop
    model = open_model(shop, chosen_version(shop, None))
    start = last_end(SystemClock().now(), WINDOW)  # its window is the first to end after the release
    site.say(f"a log of {site.asked.rows:,} rows")
    answers = make_log(Logs.of(shop.home.root), model, start, start + WINDOW, site.asked.rows)
    return Ground(folder, (start + WINDOW + SOON_AFTER).astimezone(UTC), answers, _columns(model))


def _columns(model: Model) -> dict[str, bool]:
    contract = model.payload.scorer.contract
    return {c.name: c.kind in ("number", "integer", "boolean") for c in contract.columns if c.role == "feature"}


def _tick(site: Site, ground: Ground) -> dict[str, Any]:
    """A tick as the first there is: what an earlier one wrote is put back."""
    state = ground.folder / ".millwright"
    kept = site.folder / "state-before-tick"
    if not kept.exists():
        shutil.copytree(state, kept, ignore=shutil.ignore_patterns("log", "labels"))
    for path in kept.iterdir():
        put = state / path.name
        _remove(put)
        (shutil.copytree if path.is_dir() else shutil.copy2)(path, put)
    return _child(site, "ticking.py", str(ground.folder), ground.at.isoformat())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _scan(site: Site, ground: Ground) -> dict[str, Any]:
    return _child(site, "scanning.py", json.dumps(ground.columns), *map(str, ground.answers))


def _child(site: Site, script: str, *arguments: str) -> dict[str, Any]:
    """What a script says it used. Raises RuntimeError with its last words where it fails."""
    command = [sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(command, env=site.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script}: {done.stderr.strip()[-1000:]}")
    used: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return used


def _check(site: Site, seen: Mapping[str, Any], scanned: Mapping[str, Any]) -> None:
    """Both went over all rows, or the figures are of something else."""
    if not seen["predictions"] == scanned["rows"] == site.asked.rows:
        raise RuntimeError(
            f"{site.asked.rows:,} rows were logged; seen: {seen['predictions']:,}, scanned: {scanned['rows']:,.0f}"
        )
