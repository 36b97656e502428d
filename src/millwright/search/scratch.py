"""The folder that a search shares with its training process: the arrays once, and what each job leaves."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from millwright.data.mapped import drop_pages, put_down
from millwright.models.family import Problem
from millwright.models.own_code import OwnCode
from millwright.records.codec import to_json
from millwright.search.folds import Fold
from millwright.search.memory import give_back
from millwright.search.messages import OwnFile, Setup
from millwright.stores.durable import unavailable

_ASIDE = 16 << 20
"""Bytes of features from which on they are put aside."""


def put_aside(problem: Problem, folder: Path) -> Problem:
    """The problem with its features in a file that has no name and goes with them; those in memory are to be let go. While
    models are fitted, the process that fits them needs the memory, and this one seldom the features. Small ones stay.

    folder: where there is room for the file. Raises Unavailable where there is none.
    """
    if problem.X.size * np.dtype(np.float64).itemsize < _ASIDE:
        return problem
    try:
        return replace(problem, X=put_down([problem.X], problem.X.shape, folder))
    except OSError as error:
        raise unavailable(error, folder) from error


def lay_out(
    folder: Path,
    problem: Problem,
    folds: Sequence[Fold],
    *,
    metric: str,
    threads: int,
    seed: int,
    memory: int,
    own: Sequence[OwnCode] = (),
) -> None:
    """Write the arrays of a problem and its folds where `millwright.search.child` reads them. Nothing here is durable."""
    np.save(folder / "X.npy", np.ascontiguousarray(problem.X, dtype=np.float64), allow_pickle=False)
    drop_pages(problem.X)
    np.save(folder / "y.npy", np.asarray(problem.y, dtype=np.float64), allow_pickle=False)
    if problem.weight is not None:
        np.save(folder / "weight.npy", np.asarray(problem.weight, dtype=np.float64), allow_pickle=False)
    for k, fold in enumerate(folds):
        np.save(folder / f"train-{k}.npy", fold.train, allow_pickle=False)
        np.save(folder / f"valid-{k}.npy", fold.valid, allow_pickle=False)
        if fold.overlay:
            np.save(folder / f"train-{k}-own.npy", fold.overlay.train, allow_pickle=False)
            np.save(folder / f"valid-{k}-own.npy", fold.overlay.valid, allow_pickle=False)
    setup = Setup(
        task=problem.task,
        classes=problem.classes,
        features=tuple(problem.features),
        categorical=tuple(problem.categorical),
        metric=metric,
        folds=len(folds),
        threads=threads,
        seed=seed,
        memory=memory,
        overlaid=next((fold.overlay.places for fold in folds if fold.overlay), ()),
        own=tuple(_own_file(folder, number, code) for number, code in enumerate(own)),
        monotone=problem.constraints.monotone,
        together=problem.constraints.together,
        balanced=problem.balanced,
        weighted=problem.weight is not None,
        layers=tuple(problem.layers),
    )
    (folder / "setup.json").write_bytes(to_json(setup))
    give_back()


def _own_file(folder: Path, number: int, code: OwnCode) -> OwnFile:
    """The very bytes that were digested: a file that is edited meanwhile changes nothing."""
    path = f"own-{number}"
    (folder / path).write_bytes(code.source)
    return OwnFile(family=code.family, file=code.file, name=code.name, path=path)
