"""Who is trained on, who validates, and who stays sealed: decided once, from times, groups and row contents alone."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import MISSING_DATE
from millwright.errors import DataRefused
from millwright.records.modelling import Split
from millwright.records.spec import SplitSpec
from millwright.search.shares import Shares, repeat_count
from millwright.search.time_blocks import FOLDLESS, known_before, moment, time_blocks
from millwright.search.units import apart, deal, units_of
from millwright.stores.blobs import BlobStore

Array = NDArray[Any]
Method = Literal["time", "group", "stratified", "random"]

UNUSED, SEALED = -1, 0
_MOST_CUT, _STEP = 0.5, 0.01
"""By what share of all rows the newest are cut off at most, and in what steps that is looked for."""
_USUAL = 0.9
"""A fold that teaches with a smaller share of the rows that the median fold teaches with is an odd one."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """Features whose values are a fold's own: their places, and the values of its fitting and its validation rows, (n, c)."""

    places: tuple[int, ...]
    train: Array
    valid: Array


@dataclass(frozen=True, slots=True)
class Fold:
    """Positions among the training rows (assignment > 0, in file order): what fits, and what it is scored on.

    overlay: what takes the place of the problem's values in both; see `search.crossing`. repeat: 0 where settings are compared
    on it; the how-manieth division of the same rows it is of, where it gives further models to those that answer. counts: of
    a sample of its rows, how many it teaches with, of the mean of all folds; see `search.growing`.
    """

    train: Array
    valid: Array
    overlay: Overlay | None = None
    repeat: int = 0
    counts: float | None = None


@dataclass(frozen=True, slots=True)
class Enough:
    """How many sealed rows are wanted of those that are left once groups are kept apart, and the largest share of them."""

    rows: int
    most: float


def make_split(
    spec: SplitSpec,
    *,
    y: Array,
    stratifies: bool,
    blobs: BlobStore,
    time: Array | None = None,
    known: Array | None = None,
    groups: Array | None = None,
    duplicates: Array | None = None,
    enough: Enough | None = None,
) -> tuple[Split, Array]:
    """Divide the labelled rows into a sealed holdout and training rows with validation folds.

    Where the spec's share is 0 nothing is sealed, and all labelled rows teach and validate.

    y: float64 (n,), NaN where a row has no label. time, known: int64 microseconds on one clock (when a row happened, when
    its label became known). groups: any hashable cells; duplicates: int64 hash of a row's content, so that equal rows stay
    together where the split is not by time. enough: by time and with groups, more is sealed than the spec's share until that is
    reached; None: never. Returns the record and the assignment, int8 (n,), which is also kept in `blobs`.
    Raises DataRefused where no honest split exists.
    """
    method = choose_method(spec, time is not None, groups is not None, stratifies)
    labelled = ~np.isnan(y)
    shares = Shares.of(spec, y[labelled], by_time=method == "time", stratifies=stratifies)
    if method == "time":
        rows = _Timed(spec.seed, shares.folds, labelled, _needed(time, "time"), known, groups)
        assignment, note = _by_time(rows, shares.holdout, enough)
    else:
        assignment, note = _by_units(spec.seed, shares, method, labelled, y, groups, duplicates)
    return _describe(spec, method, assignment, time, note, blobs), assignment


def choose_method(spec: SplitSpec, timed: bool, grouped: bool, stratifies: bool) -> Method:
    """What `auto` means here: time where there is a time, else group, else stratified or random."""
    if spec.method != "auto":
        return spec.method
    if timed:
        return "time"
    if grouped:
        return "group"
    return "stratified" if stratifies else "random"


def load_assignment(split: Split, blobs: BlobStore) -> Array:
    """The assignment of a split: int8, one per row of the snapshot."""
    return cast(Array, np.load(io.BytesIO(blobs.get(split.assignment)), allow_pickle=False))


def make_folds(
    assignment: Array, split: Split, *, time: Array | None = None, known: Array | None = None, groups: Array | None = None
) -> tuple[Fold, ...]:
    """Every fold of a split, as positions among its training rows (those with assignment > 0). Where rows have no order,
    folds that teach with far fewer rows than others (a large unit is judged there) come last: what is compared on the first of
    them alone is to be compared on a usual one.

    time, known, groups: of all rows of the snapshot, as they were given to `make_split`.
    """
    chosen = np.flatnonzero(assignment > SEALED)
    place = np.full(len(assignment), -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    pairs = [fold_rows(assignment, k, split, time, known, groups) for k in range(1, split.folds + 1)]
    folds = tuple(Fold(place[train], place[valid]) for train, valid in pairs if len(train) and len(valid))
    if not folds:
        raise DataRefused(
            "every validation fold is empty", fix="leave data.group empty, or take split.method: group", code="split.small"
        )
    return folds if split.method == "time" else _odd_last(folds)


def _odd_last(folds: Sequence[Fold]) -> tuple[Fold, ...]:
    usual = float(np.median([len(fold.train) for fold in folds]))
    return tuple(sorted(folds, key=lambda fold: len(fold.train) < _USUAL * usual))


def repeated_folds(
    assignment: Array, split: Split, *, y: Array, groups: Array | None = None, duplicates: Array | None = None
) -> tuple[Fold, ...]:
    """The training rows divided again and again, as `make_split` divided them; none by time, where folds have their order.

    y, groups, duplicates: of all rows of the snapshot, as they were given to `make_split`.
    """
    chosen = np.flatnonzero(assignment > SEALED)
    folds: list[Fold] = []
    for repeat in range(1, repeat_count(len(chosen), by_time=split.method == "time") + 1):
        seed = split.seed + repeat
        own, same = (None if cells is None else cells[chosen] for cells in (groups, duplicates))
        unit, _note = units_of(len(chosen), own, same, seed)
        if len(np.unique(unit)) < split.folds:
            break
        strata = y[chosen] if split.method == "stratified" else None
        side = deal(unit, strata, holdout=0.0, folds=split.folds, seed=seed)
        pairs = [(np.flatnonzero(side != k), np.flatnonzero(side == k)) for k in range(1, split.folds + 1)]
        folds += [Fold(train, valid, repeat=repeat) for train, valid in pairs if len(train) and len(valid)]
    return tuple(folds)


def fold_rows(
    assignment: Array,
    k: int,
    split: Split,
    time: Array | None = None,
    known: Array | None = None,
    groups: Array | None = None,
) -> tuple[Array, Array]:
    """Rows of the snapshot that fit and that validate in fold `k` (from 1).

    By time, a fold fits on what had happened, and whose label was known, when its block starts; a group that lies on both
    sides of that moment keeps one side only. Otherwise it fits on every other training row.
    """
    valid = assignment == k
    if not valid.any():  # keeping groups apart may have left it none
        return np.flatnonzero(valid), np.flatnonzero(valid)
    if split.method != "time":
        return np.flatnonzero((assignment > SEALED) & ~valid), np.flatnonzero(valid)
    clock = _needed(time, "time")
    start = int(clock[valid].min())
    train = (assignment > SEALED) & (clock < start) & known_before(start, clock, known)
    if groups is not None:
        train, valid = apart(train, valid, groups, share=0.5, seed=split.seed + k)
    return np.flatnonzero(train), np.flatnonzero(valid)


@dataclass(frozen=True, slots=True)
class _Timed:
    """Rows to be divided by time, with all that the division depends on beside the share."""

    seed: int
    folds: int
    labelled: Array
    time: Array
    known: Array | None
    groups: Array | None

    def divided(self, share: float) -> "_Divided":
        """The rows with their newest share sealed, and groups kept apart."""
        usable = self.labelled & (self.time != MISSING_DATE)
        blocks = time_blocks(usable, self.time, self.known, holdout=share, folds=self.folds)
        train, sealed = blocks.train, blocks.sealed
        if self.groups is not None:
            train, sealed = apart(train, sealed, self.groups, share=share, seed=self.seed)
        assignment = np.full(len(self.time), UNUSED, dtype=np.int8)
        assignment[sealed] = SEALED
        assignment[train] = blocks.block[train]
        left_out = int((blocks.train | blocks.sealed).sum() - (train | sealed).sum())
        return _Divided(assignment, left_out, blocks.note)


@dataclass(frozen=True, slots=True)
class _Divided:
    """An assignment, and how many rows are in neither part of it since others of their group are in the other one."""

    assignment: Array
    left_out: int
    said: str

    @property
    def note(self) -> str:
        """What a person should know of it."""
        one = self.left_out == 1
        of, are = ("its", "row is") if one else ("their", "rows are")
        said = f"{self.left_out:,} {are} left out: others of {of} group are on the other side" if self.left_out else ""
        return "; ".join(part for part in (self.said, said) if part)

    @property
    def sealed(self) -> int:
        """Rows that are sealed."""
        return int((self.assignment == SEALED).sum())

    @property
    def share(self) -> float:
        """Of the rows that are left, those that are sealed."""
        return self.sealed / max(int((self.assignment != UNUSED).sum()), 1)


def _by_time(rows: _Timed, holdout: float, enough: Enough | None) -> tuple[Array, str]:
    found = rows.divided(holdout)
    if enough is not None and found.left_out:
        found = _enlarged(rows, holdout, found, enough)
    return _refuse_empty(found.assignment, seals=holdout > 0), found.note


def _enlarged(rows: _Timed, holdout: float, found: _Divided, enough: Enough) -> _Divided:
    """A division by a larger share, as far as more sealed rows are wanted: of a group that lies on both sides of the cut only
    a part of the rows is left, so that a share of all rows seals far fewer of those."""
    for step in range(1, int((_MOST_CUT - holdout) / _STEP) + 1):
        if found.sealed >= enough.rows:
            break
        try:
            larger = rows.divided(holdout + step * _STEP)
        except DataRefused:  # so early no label was known
            break
        if larger.share > enough.most or not _is_whole(larger.assignment):
            break
        found = larger if larger.sealed > found.sealed else found
    return found


def _by_units(
    seed: int, shares: Shares, method: Method, labelled: Array, y: Array, groups: Array | None, duplicates: Array | None
) -> tuple[Array, str]:
    rows = np.flatnonzero(labelled)
    if len(rows) == 0:
        raise DataRefused("no row has a label", fix="check data.target", code="split.unlabelled")
    kept = None if groups is None else groups[rows]
    if method == "group":
        kept = _needed(kept, "group")
    unit, note = units_of(len(rows), kept, None if duplicates is None else duplicates[rows], seed)
    strata = y[rows] if method == "stratified" else None
    assignment = np.full(len(y), UNUSED, dtype=np.int8)
    assignment[rows] = deal(unit, strata, holdout=shares.holdout, folds=shares.folds, seed=seed)
    return _refuse_empty(assignment, seals=shares.holdout > 0), note


def _needed(values: Array | None, what: str) -> Array:
    if values is None:
        fix = f"set data.{what}, or split.method: auto"
        raise DataRefused(f"split.method: {what} needs a {what} column", fix=fix, code="split.column")
    return values


def _is_whole(assignment: Array, *, seals: bool = True) -> bool:
    """Whether there is something to seal, where that is asked for, to learn from and to validate on."""
    return bool((assignment == SEALED).any() or not seals) and len(np.unique(assignment[assignment > SEALED])) >= 2


def _refuse_empty(assignment: Array, *, seals: bool) -> Array:
    if not _is_whole(assignment, seals=seals):
        raise DataRefused(
            "too few rows, moments or groups to keep a holdout and validate on what is left",
            fix="bring more data, or another split.method",
            code="split.small",
        )
    return assignment


def _describe(spec: SplitSpec, method: Method, assignment: Array, time: Array | None, note: str, blobs: BlobStore) -> Split:
    sealed, train = assignment == SEALED, assignment > SEALED
    folds = len(np.unique(assignment[train & (assignment != FOLDLESS)]))
    held = () if time is None else _span(time[sealed])
    seen = () if time is None else _span(time[train])
    return Split(
        method=method,
        seed=spec.seed,
        folds=folds,
        assignment=blobs.put(npy_bytes(assignment)),
        rows=len(assignment),
        train=int(train.sum()),
        holdout=int(sealed.sum()),
        unused=int((assignment == UNUSED).sum()),
        holdout_from=held[0] if held else None,
        holdout_until=held[1] if held else None,
        train_until=seen[1] if seen else None,
        note=note,
    )


def _span(time: Array) -> Sequence[str]:
    real = time[time != MISSING_DATE]
    return (moment(int(real.min())), moment(int(real.max()))) if len(real) else ()


def npy_bytes(values: Array) -> bytes:
    """An array as the content of a .npy file."""
    file = io.BytesIO()
    np.save(file, values, allow_pickle=False)
    return file.getvalue()
