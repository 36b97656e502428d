"""From rows to figures: what is printed, and against which bars."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from figure import Figure
from kept import Kept, Row
from scores import Array, alike, floor, goodness
from splits import Laid
from standing import Contest, Estimate, mean_normalised, mean_rank, points, win_rate
from tools import OURS, PEER_TO_BEAT, TOOLS

QUIET = 0.85
WIN_BARS: Mapping[str, float] = {"flaml": 0.8, "mljar": 0.8, "catboost": 0.8, "lightgbm": 0.8, "hgb": 0.8}
LONG = 240.0
"""Seconds from which on the bar against AutoGluon's other presets is lower."""


@dataclass(frozen=True, slots=True)
class Compared:
    """All that was run with one budget: rows by split and tool, and the contests made of them."""

    budget: float
    rows: Mapping[tuple[str, int], Mapping[str, Row]]
    contests: Sequence[Contest]
    noisy: Sequence[Row] = ()
    metrics: Mapping[str, str] = field(default_factory=dict)

    def of(self, tool: str) -> list[Row]:
        """The rows of one tool."""
        return [tools[tool] for tools in self.rows.values() if tool in tools]

    @property
    def tools(self) -> list[str]:
        """Those of which there is a row, in their order."""
        return [name for name in TOOLS if self.of(name)]


def compare(budget: float, found: Sequence[tuple[Laid, Mapping[str, Row]]], kept: Kept, *, allow_noisy: bool) -> Compared:
    """Score all rows; those of a machine that was not quiet are left out unless they are allowed."""
    rows = {(laid.table.name, laid.seed): _used(tools, allow_noisy) for laid, tools in found}
    noisy = [row for _, tools in found for row in tools.values() if is_noisy(row)]
    contests = [contest_of(laid, rows[laid.table.name, laid.seed], kept) for laid, _ in found]
    return Compared(budget, rows, contests, noisy, {laid.table.name: laid.table.metric for laid, _ in found})


def _used(tools: Mapping[str, Row], allow_noisy: bool) -> dict[str, Row]:
    return {name: row for name, row in tools.items() if allow_noisy or not is_noisy(row)}


def is_noisy(row: Row) -> bool:
    """Whether others took so much of the core that what was learnt in the budget is not to be believed. What has no budget
    learns the same on any machine."""
    return TOOLS[row.key.tool].budgeted and row.share is not None and row.share < QUIET


def contest_of(laid: Laid, rows: Mapping[str, Row], kept: Kept) -> Contest:
    """The goodness of each tool on a split."""
    metric, truth = laid.table.metric, laid.truth
    answers: dict[str, Array] = {name: kept.predictions(row.key) for name, row in rows.items() if not row.error}
    scored = {name: goodness(metric, truth, answers[name]) if name in answers else None for name in rows}
    nothing = floor(metric, truth, laid.learnt)
    return Contest(laid.table.name, laid.seed, scored, nothing, alike(metric, truth, answers))


def figures(compared: Compared) -> Iterator[Figure]:
    """Every figure of one budget. Names begin with the tool that is measured."""
    for contest in compared.contests:
        yield from _scores(contest, compared)
    peers = [name for name in compared.tools if name not in OURS]
    for ours in (name for name in compared.tools if name in OURS):
        yield from _standing(compared, ours, peers)
        yield from _wins(compared, ours, peers)
        yield from _serving(compared, ours)
    for name in compared.tools:
        yield from _costs(compared, name)
    for name in peers:
        yield from _standing_of_peer(compared, name, peers)


def _scores(contest: Contest, compared: Compared) -> Iterator[Figure]:
    metric = compared.metrics[contest.table]
    about = f"seed {contest.seed}" + (", saturated: the better half cannot be told apart" if contest.saturated else "")
    for tool, value in contest.goodness.items():
        shown = None if value is None else abs(value)
        yield Figure(f"{_at(compared)}.score.{contest.table}.{tool}", shown, metric, about)


def _at(compared: Compared) -> str:
    return f"search.{compared.budget:g}s"


def _standing(compared: Compared, ours: str, peers: Sequence[str]) -> Iterator[Figure]:
    """Our mean rank and normalised score among us and all peers, against the best peer's."""
    among = [ours, *peers]
    for what, measure, goal in (("rank", mean_rank, "lower"), ("normalised", mean_normalised, "higher")):
        mine = measure(compared.contests, ours, among)
        theirs = {peer: found.value for peer in peers if (found := measure(compared.contests, peer, among))}
        if mine is None:
            continue
        name = f"{_at(compared)}.{ours}.mean_{what}"
        if not theirs:
            yield Figure(name, mine.value, what, "no peer")
            continue
        best = min(theirs, key=theirs.__getitem__) if goal == "lower" else max(theirs, key=theirs.__getitem__)
        about = f"the best peer, {best}; {mine.n} sets, interval {mine.low:.3g} to {mine.high:.3g}"
        yield Figure(name, mine.value, what, about, theirs[best], "lower" if goal == "lower" else "higher")


def _standing_of_peer(compared: Compared, peer: str, peers: Sequence[str]) -> Iterator[Figure]:
    ours = [name for name in compared.tools if name == OURS[0]]
    for what, measure in (("rank", mean_rank), ("normalised", mean_normalised)):
        found = measure(compared.contests, peer, [*ours, *peers])
        if found is not None:
            yield Figure(f"{_at(compared)}.{peer}.mean_{what}", found.value, what, f"{found.n} sets")


def _wins(compared: Compared, ours: str, peers: Sequence[str]) -> Iterator[Figure]:
    for peer in peers:
        found = win_rate(compared.contests, ours, peer)
        if found is None:
            continue
        name, about = f"{_at(compared)}.{ours}.wins_against_{peer}", _tally(compared, ours, peer, found)
        yield Figure(name, found.value, "of 1", about, _win_bar(peer, compared.budget), "higher")
        if peer == PEER_TO_BEAT:
            yield Figure(f"{name}.low", found.low, "of 1", "the lower end of its interval", 0.4, "higher")


def _win_bar(peer: str, budget: float) -> float:
    return WIN_BARS.get(peer, 0.6 if peer == PEER_TO_BEAT or budget < LONG else 0.5)


def _tally(compared: Compared, ours: str, peer: str, found: Estimate) -> str:
    met = [contest for contest in compared.contests if {ours, peer} <= set(contest.goodness)]
    lost = [contest.table for contest in met if points(contest, ours, peer) == 0]
    interval = f"{found.n} sets, interval {found.low:.2f} to {found.high:.2f}"
    return f"{interval}; lost: {', '.join(dict.fromkeys(lost))}" if lost else interval


def _serving(compared: Compared, ours: str) -> Iterator[Figure]:
    """The bars on what comes out."""
    at = f"{_at(compared)}.{ours}"
    rows = [row for row in compared.of(ours) if not row.error]
    if rows:
        yield Figure(f"{at}.row_p50.worst", max(row.p50_ms or 0.0 for row in rows), "ms", _worst(rows, "p50_ms"), 1.0)
        yield Figure(f"{at}.row_p50.median", median(row.p50_ms or 0.0 for row in rows), "ms", "of the sets", 0.2)
        yield Figure(f"{at}.size.worst", max(row.size_mb or 0.0 for row in rows), "MB", _worst(rows, "size_mb"), 20.0)
        yield Figure(f"{at}.load.worst", max(row.load_s or 0.0 for row in rows), "s", _worst(rows, "load_s"), 0.5)
        searched = [float(s) / row.key.budget - 1 for row in rows if (s := row.notes.get("search_s")) is not None]
        used = median(searched) + 1 if searched else None
        yield Figure(f"{at}.search_used.median", used, "of the budget", "what the search took of it, median set")
        yield Figure(f"{at}.search_overrun.worst", max(searched, default=None), "of the budget", "the search alone", 0.03)
        yield Figure(f"{at}.row_gap.worst", max(row.row_gap or 0.0 for row in rows), "", "one by one against together", 0.0)
    failed = [f"{row.key.table}: {crash}" for row in compared.of(ours) for crash in row.crashes]
    yield Figure(f"{at}.crashes", float(len(failed)), "runs", "; ".join(failed)[:300], 0.0)
    yield from _times_faster(compared, ours, at)
    yield from _memory(compared, ours, at)


def _worst(rows: Sequence[Row], what: str) -> str:
    return f"on {max(rows, key=lambda row: getattr(row, what) or 0.0).key.table}"


def _times_faster(compared: Compared, ours: str, at: str) -> Iterator[Figure]:
    """Ratios of medians on the same set."""
    for peer in compared.tools:
        ratios = [theirs.p50_ms / mine.p50_ms for mine, theirs in _pairs(compared, ours, peer) if theirs.p50_ms and mine.p50_ms]
        if peer not in OURS and ratios:
            bar = 40.0 if peer == PEER_TO_BEAT else 1.0
            yield Figure(f"{at}.times_faster_than_{peer}", median(ratios), "ratio", "p50 of one row, median set", bar, "higher")


def _memory(compared: Compared, ours: str, at: str) -> Iterator[Figure]:
    pairs = [(m.peak_mb, t.peak_mb) for m, t in _pairs(compared, ours, PEER_TO_BEAT) if m.peak_mb and t.peak_mb]
    if pairs:
        worst = max(mine / theirs for mine, theirs in pairs)
        yield Figure(f"{at}.peak_memory_ratio.worst", worst, "ratio", f"{PEER_TO_BEAT}'s training on the same set", 1.0)


def _pairs(compared: Compared, ours: str, peer: str) -> list[tuple[Row, Row]]:
    return [(tools[ours], tools[peer]) for tools in compared.rows.values() if ours in tools and peer in tools]


def _costs(compared: Compared, tool: str) -> Iterator[Figure]:
    """What each tool takes, medians over sets, without bars: those on ours stand above."""
    rows = [row for row in compared.of(tool) if not row.error]
    units = {"p50_ms": "ms", "p99_ms": "ms", "size_mb": "MB", "load_s": "s", "peak_mb": "MB", "fit_s": "s", "share": "of 1"}
    for what, unit in units.items():
        values = [value for row in rows if (value := getattr(row, what)) is not None]
        yield Figure(f"{_at(compared)}.{tool}.{what}", float(np.median(values)) if values else None, unit, "median set")
    if TOOLS[tool].budgeted:
        over = [(row.fit_s or 0.0) / row.key.budget - 1 for row in rows]
        about = "the whole run, saving included, the worst set"
        yield Figure(f"{_at(compared)}.{tool}.overrun", max(over, default=None), "of the budget", about)
    if tool not in OURS:
        crashes = [f"{row.key.table}: {crash}" for row in compared.of(tool) for crash in row.crashes]
        yield Figure(f"{_at(compared)}.{tool}.crashes", float(len(crashes)), "runs", "; ".join(crashes)[:300])
