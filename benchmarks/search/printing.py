"""The comparison as text for people: scores by set, what each tool takes, who wins against whom, what went wrong."""

from collections.abc import Iterator, Sequence

import numpy as np
from comparing import QUIET, Compared
from kept import Row
from standing import mean_normalised, mean_rank, win_rate


def as_text(compared: Compared) -> str:
    """All tables of one budget."""
    parts = [("Scores", _scores(compared)), ("Over all sets", _summary(compared)), ("Wins of the row", _wins(compared))]
    text = [f"# {compared.budget:g} s"]
    text += [f"\n## {title}\n\n{_aligned(list(rows))}" for title, rows in parts]
    return "\n".join([*text, *_trouble(compared)])


Cells = Sequence[str]


def _scores(compared: Compared) -> Iterator[Cells]:
    yield ["set", "seed", "metric", *compared.tools, ""]
    for contest in compared.contests:
        best = max((value for value in contest.goodness.values() if value is not None), default=None)
        cells = [_score(contest.goodness.get(tool), tool in contest.goodness, best) for tool in compared.tools]
        said = "saturated" if contest.saturated else ""
        yield [contest.table, str(contest.seed), compared.metrics[contest.table], *cells, said]


def _score(value: float | None, there: bool, best: float | None) -> str:
    if value is None:
        return "failed" if there else "-"
    return f"{abs(value):.5g}" + ("*" if value == best else "")


def _summary(compared: Compared) -> Iterator[Cells]:
    yield [
        "tool",
        "sets",
        "mean rank",
        "normalised",
        "p50 ms",
        "p99 ms",
        "MB",
        "load s",
        "peak MB",
        "fit s",
        "share",
        "crashes",
    ]
    for tool in compared.tools:
        rows = compared.of(tool)
        rank = mean_rank(compared.contests, tool, compared.tools)
        scale = mean_normalised(compared.contests, tool, compared.tools)
        medians = [_median(rows, w) for w in ("p50_ms", "p99_ms", "size_mb", "load_s", "peak_mb", "fit_s", "share")]
        head = [tool, str(len(rows)), f"{rank.value:.2f}" if rank else "-", f"{scale.value:.3f}" if scale else "-"]
        yield [*head, *medians, str(sum(len(row.crashes) for row in rows))]


def _median(rows: Sequence[Row], what: str) -> str:
    values = [value for row in rows if not row.error and (value := getattr(row, what)) is not None]
    return f"{np.median(values):.3g}" if values else "-"


def _wins(compared: Compared) -> Iterator[Cells]:
    yield ["", *compared.tools]
    for tool in compared.tools:
        found = [None if peer == tool else win_rate(compared.contests, tool, peer) for peer in compared.tools]
        yield [tool, *(f"{rate.value:.2f} [{rate.low:.2f}, {rate.high:.2f}]" if rate else "" for rate in found)]


def _trouble(compared: Compared) -> Iterator[str]:
    said = [f"{row.key.table} {tool}: {crash}" for tool in compared.tools for row in compared.of(tool) for crash in row.crashes]
    if said:
        yield "\n## What went wrong\n\n" + "\n".join(said)
    noisy = [f"{row.key.table} {row.key.tool}: {row.share:.2f} of the core" for row in compared.noisy]
    if noisy:
        yield f"\n## Not quiet: less than {QUIET} of the core's time\n\n" + "\n".join(noisy)


def _aligned(rows: Sequence[Cells]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
