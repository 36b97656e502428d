"""One tool on one split: a process that fits and saves, and a fresh one that loads, answers and is timed."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from kept import Kept, Key, Row
from process import Outcome, ask
from splits import Laid
from tools import Tool

HERE = Path(__file__).parent
TIMES_THE_BUDGET = 4.0
SCORING = 300.0
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ ")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True, slots=True)
class Course:
    """What is the same for every tool.

    pythons: by home. cores: the numbers of those that a tool may use. folder: for what is made, emptied after each run.
    """

    kept: Kept
    pythons: Mapping[str, Path]
    cores: tuple[int, ...]
    folder: Path

    def key(self, tool: Tool, laid: Laid, budget: float) -> Key:
        """What a run is kept under."""
        version = version_of(self.pythons[tool.home], tool.packages)
        version = f"{version} {own_digest()}" if tool.ours else version
        return Key(tool.name, version, machine(), laid.table.name, laid.digest, laid.seed, budget, len(self.cores))

    def run(self, tool: Tool, laid: Laid, budget: float) -> Row:
        """Fit, load, answer; tried a second time where the first try crashed."""
        key = self.key(tool, laid, budget)
        job = _job(tool, laid, budget, self)
        first = self._fitted(tool, job, budget)
        second = self._fitted(tool, again(tool, job), budget) if _crashed(first) and again(tool, job) != job else None
        fitted = second or first
        crashes = (first.error, *((second.error,) if second and second.error else ())) if first.error else ()
        row = Row(
            key,
            error=fitted.error,
            crashes=tuple(f"fit: {crash}" for crash in crashes),
            fit_s=fitted.wall,
            cpu_s=fitted.cpu,
            share=fitted.share,
            peak_mb=fitted.peak_mb,
            load_average=os.getloadavg()[0],
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            notes=fitted.said or _so_far(self.folder / "model"),
        )
        row = row if row.error else self._scored(tool, again(tool, job) if second else job, row)
        shutil.rmtree(self.folder / "model", ignore_errors=True)
        shutil.rmtree(self.folder / "model-whole", ignore_errors=True)
        self.kept.add(row)
        return row

    def _fitted(self, tool: Tool, job: Mapping[str, Any], budget: float) -> Outcome:
        for name in ("model", "model-whole"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / "model").mkdir()
        return self._asked(tool, "fit", job, TIMES_THE_BUDGET * budget)

    def _scored(self, tool: Tool, job: Mapping[str, Any], row: Row) -> Row:
        outcome = self._asked(tool, "score", job, SCORING)
        if outcome.said is None:
            return replace(row, error=outcome.error, crashes=(*row.crashes, f"score: {outcome.error}"))
        predicted = np.load(job["predictions"])
        if not np.isfinite(predicted).all():
            return replace(
                row, error="answers that are no numbers", crashes=(*row.crashes, "score: answers that are no numbers")
            )
        said = outcome.said
        return replace(
            row,
            size_mb=_size_mb(self.folder / "model"),
            load_s=said["load_s"],
            p50_ms=said["p50_ms"],
            p99_ms=said["p99_ms"],
            predict_s=said["predict_s"],
            row_gap=said["row_gap"],
        )

    def _asked(self, tool: Tool, phase: str, job: Mapping[str, Any], limit: float) -> Outcome:
        path = self.folder / "job.json"
        path.write_text(json.dumps(job))
        command = [str(self.pythons[tool.home]), str(HERE / "one_tool.py"), phase, str(path)]
        return ask(command, environment(len(self.cores), self.folder), self.cores, limit)


def _job(tool: Tool, laid: Laid, budget: float, course: Course) -> dict[str, Any]:
    key = course.key(tool, laid, budget)
    return {
        "adapter": tool.adapter,
        "options": dict(tool.options),
        "folder": str(course.folder / "model"),
        "train": str(laid.train),
        "test": str(laid.test),
        "predictions": str(course.kept.path(key)),
        "target": laid.table.target,
        "task": laid.table.task,
        "metric": laid.table.metric,
        "classes": list(laid.classes),
        "time": laid.table.time,
        "budget": budget,
        "seed": laid.seed,
        "cores": list(course.cores),
        "plain_names": False,
    }


def again(tool: Tool, job: Mapping[str, Any]) -> Mapping[str, Any]:
    """The job as somebody would have it after a crash: column names that every library takes, and the tool's own way out.

    Millwright gets no second try.
    """
    if tool.ours:
        return job
    return {**job, "plain_names": True, "options": {**job["options"], **tool.second}}


def _crashed(outcome: Outcome) -> bool:
    return outcome.said is None and not outcome.error.startswith("killed")


def _so_far(folder: Path) -> dict[str, Any]:
    """What a tool had told when it was ended, if it tells anything."""
    said = folder / "so_far.json"
    found: dict[str, Any] = json.loads(said.read_text()) if said.is_file() else {}
    return found


def _size_mb(folder: Path) -> float:
    """The size of what answers; Millwright's adapter names the package, which is a part of its project."""
    said = folder / "size.json"
    if said.is_file():
        return float(json.loads(said.read_text())) / 1e6
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def environment(cores: int, folder: Path) -> dict[str, str]:
    """That of this process with as many threads as cores, and nothing that leads to a person's projects."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MILLWRIGHT_")}
    return kept | dict.fromkeys(THREADS, str(cores)) | {"TMPDIR": str(folder)}


@cache
def version_of(python: Path, packages: tuple[str, ...]) -> str:
    """The versions of packages in a Python; what is not installed is left out."""
    code = (
        "import sys, importlib.metadata as m\n"
        "for name in sys.argv[1:]:\n"
        "    try: print(name, m.version(name), end=' ')\n"
        "    except m.PackageNotFoundError: pass\n"
    )
    done = subprocess.run([str(python), "-c", code, *packages], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@cache
def own_digest() -> str:
    """The identity of Millwright's sources: any change makes its rows other ones."""
    import millwright

    folder, found = Path(millwright.__file__).parent, sha256()
    for file in sorted(folder.rglob("*.py")):
        found.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()[:12]


@cache
def machine() -> str:
    """The processor's name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.processor() or platform.machine()} {sys.platform}"
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{named[0] if named else platform.machine()} x {os.cpu_count()}"
