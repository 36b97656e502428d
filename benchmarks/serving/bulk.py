"""Many rows: columns to features, Parquet to Parquet, and a body of 10,000 rows, beside the fastest evaluator that is there."""

import importlib.util
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from asking import Client, asking
from figure import Figure, compared
from intervals import median_interval, quantile, ratio_interval, take_turns
from mixed_model import TABLE, TREES, open_flights
from one_row import one_row_bodies
from processes import own_environment, spent
from servers import ours

if TYPE_CHECKING:
    from site_of_run import Site

PAIRS, ROWS, BODY_ROWS, BODIES = 9, 200_000, 10_000, 9
ENCODER_BAR, FILE_BAR, BODY_BAR, P99_BAR, P99_FLOOR, MEMORY_BAR = 800_000.0, 0.8, 0.5, 2.0, 0.5, 1.15


def figures(site: "Site") -> Iterator[Figure]:
    """Rows a second of each way, and what a large body does to the requests beside it."""
    import numpy as np

    from millwright.data.read import read_file

    site.say(f"{ROWS:,} rows at a time")
    scorer = site.payload.scorer
    tables = {rows: _table(site, rows) for rows in (ROWS, 4 * ROWS)}
    batches = list(read_file(tables[ROWS], scorer.contract))
    columns = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    X = scorer.matrix(columns)
    encode = _rate(ROWS, lambda: scorer.matrix(columns))
    found = median_interval([encode() for _ in range(PAIRS)])
    yield Figure(
        "bulk.encoder", found.median, "rows/s", "columns to features", ENCODER_BAR, "higher", found.n, found.low, found.high
    )
    name, evaluate = _fastest(site, X)
    best = _rate(ROWS, lambda: evaluate(X))
    yield Figure("bulk.evaluator", median_interval([best() for _ in range(3)]).median, "rows/s", name)
    target = site.folder / "answers.parquet"
    file = _rate(ROWS, lambda: site.project.predict(tables[ROWS], target, force=True))
    pairs = take_turns(file, best, PAIRS)
    yield Figure("bulk.file_rate", median_interval([a for a, _ in pairs]).median, "rows/s", "Parquet to Parquet")
    yield compared("bulk.file", ratio_interval(pairs), "ratio", name, FILE_BAR, "higher")
    yield from _body(site, best, name)
    yield _memory(site, tables)


def _table(site: "Site", rows: int) -> Any:
    """So many rows of the training table, over and over, as one Parquet file."""
    path = site.folder / f"rows-{rows}.parquet"
    if not path.is_file():
        with open_flights() as connection:
            source = site.project.path.parent / TABLE
            connection.execute(
                f"copy (select t.* from read_parquet('{source}') t, range(50) limit {rows}) to '{path}' (format parquet)"
            )
    return path


def _rate(rows: int, work: Callable[[], Any]) -> Callable[[], float]:
    def measure() -> float:
        began = perf_counter()
        work()
        return rows / (perf_counter() - began)

    measure()
    return measure


def _fastest(site: "Site", X: Any) -> tuple[str, Callable[[Any], Any]]:
    """LightGBM's batch call, or ONNX Runtime on the same trees where it is installed and faster: one thread each."""
    evaluator = site.payload.scorer.evaluator
    ways: list[tuple[str, Callable[[Any], Any]]] = [(f"LightGBM's batch call, {TREES} trees", evaluator.batch)]
    if importlib.util.find_spec("onnxruntime") and importlib.util.find_spec("onnx"):
        from millwright.models.onnx_evaluator import OnnxEvaluator
        from millwright.models.onnx_model import onnx_model

        trees = {site.model_file.name: site.model_file.read_bytes()}
        model = OnnxEvaluator(onnx_model("lightgbm", trees, X.shape[1], "float32"))
        ways.append((f"ONNX Runtime, float32, {TREES} trees", model.batch))
    sample = X[:20_000]
    return max(ways, key=lambda way: _rate(len(sample), lambda: way[1](sample))())


def _body(site: "Site", best: Callable[[], float], name: str) -> Iterator[Figure]:
    """A body of 10,000 rows: its rate, where its time goes, and the 99th percentile of one-row requests meanwhile."""
    site.say(f"bodies of {BODY_ROWS:,} rows")
    rows = [site.rows[at % len(site.rows)] for at in range(BODY_ROWS)]
    body = json.dumps({"rows": rows}).encode()
    small = one_row_bodies(site)
    with ours(site, "bulk", "--workers", "1", cores=range(os.cpu_count() or 1)) as serving:
        client = Client(serving.port)

        def ask() -> float:
            began = perf_counter()
            client.predict(body)
            return BODY_ROWS / (perf_counter() - began)

        ask()
        pairs = take_turns(ask, best, BODIES)
        alone, beside = [], []
        for _ in range(BODIES):
            alone.append(_p99(serving.port, small, lambda: time.sleep(0.4)))
            beside.append(_p99(serving.port, small, ask))
    yield Figure("bulk.body_rate", median_interval([a for a, _ in pairs]).median, "rows/s", "a JSON body of 10,000 rows")
    yield compared("bulk.body", ratio_interval(pairs), "ratio", name, BODY_BAR, "higher")
    yield from _split(site, body, rows)
    eased = [(min(b, a * P99_BAR) if b - a <= P99_FLOOR else b, a) for a, b in zip(alone, beside, strict=True)]
    yield Figure("bulk.p99_alone", median_interval(alone).median, "ms", "one-row requests, 2 connections")
    yield Figure("bulk.p99_beside", median_interval(beside).median, "ms", "beside bodies of 10,000 rows")
    yield compared("bulk.p99", ratio_interval(eased), "ratio", "the same without large bodies, or 0.5 ms more", P99_BAR)


def _split(site: "Site", body: bytes, rows: Sequence[Any]) -> Iterator[Figure]:
    """Milliseconds for parsing, encoding and scoring one body."""
    from millwright.serve.body import decode_predict

    scorer = site.payload.scorer
    vectors = [scorer.vector(scorer.check(row, 1)[0]) for row in rows]
    import numpy as np

    X = np.array(vectors)
    for part, work in (
        ("parse", lambda: decode_predict(body)),
        ("encode", lambda: [scorer.encode(row, 1, []) for row in rows]),
        ("score", lambda: scorer.raw_batch(X)),
        ("answer", lambda: scorer.answer_rows(rows)),
    ):
        began = perf_counter()
        work()
        yield Figure(f"bulk.body_{part}", 1e3 * (perf_counter() - began), "ms", f"{BODY_ROWS:,} rows")


def _p99(port: int, bodies: Sequence[bytes], meanwhile: Callable[[], Any]) -> float:
    with asking(port, bodies, clients=2, pause=0.001) as askers:
        meanwhile()
    if askers.failed:
        raise RuntimeError(f"{len(askers.failed)} requests failed beside a large body")
    return 1e3 * quantile([took for _, took, _, _ in askers.outcomes], 0.99)


def _memory(site: "Site", tables: Any) -> Figure:
    """Peak memory of `mw predict` on four times the rows, to that on one."""
    import sys

    site.say("memory by file size")
    environment = own_environment(site.folder)
    peaks = []
    for path in tables.values():
        command = [*(sys.executable, "-m", "millwright", "-C", str(site.project.path.parent), "predict"), "--input", str(path)]
        command += ["--output", str(site.folder / "memory.parquet"), "--force"]
        peaks.append(spent(command, environment, site.folder).peak_mb)
    small, large = peaks
    return Figure(
        "bulk.memory", large / small, "ratio", f"{4 * ROWS:,} rows to {ROWS:,}: {large:.0f} to {small:.0f} MB", MEMORY_BAR
    )
