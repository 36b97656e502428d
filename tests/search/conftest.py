"""A small problem, its folds and a search over them; and model families that misbehave, installed the way a stranger's would
be: as entry points of a distribution."""

import os

import numpy as np
import pytest
from small_search import IN_THE_SPEC, Searched, three_folds

from millwright.metrics.registry import metric
from millwright.models import families
from millwright.models.family import Problem
from millwright.records.spec import SearchSpec
from millwright.search.asked import Bound, Heard, Place
from millwright.search.run import search
from millwright.stores.blob_memory import MemoryBlobs

ODD_FAMILIES = """
import ctypes, os, time, sys
import numpy as np
from dataclasses import replace
from millwright.models.family import Fitted
from millwright.models.linear import LinearFamily

class Odd(LinearFamily):
    def fit(self, problem, params, *, valid, seed, keep_going):
        self.misbehave(valid, keep_going)
        return super().fit(problem, params, valid=valid, seed=seed, keep_going=keep_going)

class Hangs(Odd):
    def misbehave(self, valid, keep_going):
        ctypes.PyDLL(None).sleep(1000)  # holds the interpreter's lock: nothing inside the process could end it

class Aborts(Odd):
    def misbehave(self, valid, keep_going):
        os.abort()

class Raises(Odd):
    def misbehave(self, valid, keep_going):
        raise ArithmeticError("no such luck")

class Eats(Odd):
    def misbehave(self, valid, keep_going):
        self.hoard = [bytearray(1 << 28) for _ in range(1000)]

class Prints(Odd):
    def misbehave(self, valid, keep_going):
        print("hello from the library")
        os.system("echo and from native code")

class AbortsAtRefit(Odd):
    def misbehave(self, valid, keep_going):
        if valid is None:
            os.abort()

class Left(LinearFamily):
    side = 0  # which half of the features it looks at

    def fit(self, problem, params, *, valid, seed, keep_going):
        half = problem.X.shape[1] // 2
        X = problem.X.copy()
        X[:, slice(half, None) if self.side == 0 else slice(half)] = 0.0
        return super().fit(replace(problem, X=X), params, valid=valid, seed=seed, keep_going=keep_going)

class Right(Left):
    side = 1

class LeftAbortsAtRefit(Left):
    def fit(self, problem, params, *, valid, seed, keep_going):
        if valid is None:
            os.abort()
        return super().fit(problem, params, valid=valid, seed=seed + 1, keep_going=keep_going)

class RightCutShort(Right):
    def fit(self, problem, params, *, valid, seed, keep_going):
        fitted = super().fit(problem, params, valid=valid, seed=seed, keep_going=keep_going)
        return replace(fitted, iterations=9 if valid is None else 10)

class Marks(Odd):
    def misbehave(self, valid, keep_going):  # the first fit on each node is slow, and says which node it is on
        with open(f"/proc/{os.getppid()}/stat") as stat:
            raylet = stat.read().rpartition(")")[2].split()[1]
        mark = os.path.join(os.environ["MARKS"], raylet)
        if not os.path.exists(mark):
            open(mark, "w").close()
            time.sleep(4)

class HangsOnce(Odd):
    def misbehave(self, valid, keep_going):
        mark = os.path.join(os.path.dirname(__file__), "hung")
        if not os.path.exists(mark):
            open(mark, "w").close()
            time.sleep(1000)

class Holds(Odd):
    def misbehave(self, valid, keep_going):
        np.ones(40_000_000).sum()

class EatsAGigabyte(Odd):
    def misbehave(self, valid, keep_going):
        np.ones(125_000_000).sum()

class LoadsLong(LinearFamily):
    def load(self, problem):
        super().load(problem)
        sys.modules.get("loaded_long") or time.sleep(3)
        sys.modules["loaded_long"] = sys

class LoadsForever(LinearFamily):
    def load(self, problem):
        time.sleep(1000)

class Obeys(Odd):
    def misbehave(self, valid, keep_going):
        import sklearn.linear_model

        while keep_going():
            time.sleep(0.01)
"""

NAMES = {
    "hangs": "Hangs",
    "hangs_once": "HangsOnce",
    "holds": "Holds",
    "eats_a_gigabyte": "EatsAGigabyte",
    "marks": "Marks",
    "aborts": "Aborts",
    "raises": "Raises",
    "eats": "Eats",
    "prints": "Prints",
    "aborts_at_refit": "AbortsAtRefit",
    "loads_long": "LoadsLong",
    "loads_forever": "LoadsForever",
    "obeys": "Obeys",
    "left": "Left",
    "right": "Right",
    "left_aborts_at_refit": "LeftAbortsAtRefit",
    "right_cut_short": "RightCutShort",
}


IN_PLACE = ("deadline", "clock")


@pytest.fixture
def odd_families(tmp_path, monkeypatch):
    """Install the odd families for this process and its children; gives their names."""
    place = tmp_path / "site"
    info = place / "odd_families-1.0.dist-info"
    info.mkdir(parents=True)
    (place / "odd_families.py").write_text(ODD_FAMILIES)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-families\nVersion: 1.0\n")
    points = "".join(f"{name} = odd_families:{kind}\n" for name, kind in NAMES.items())
    (info / "entry_points.txt").write_text(f"[millwright.families]\n{points}")
    monkeypatch.setenv("PYTHONPATH", str(place), prepend=os.pathsep)
    monkeypatch.syspath_prepend(str(place))
    families.families.cache_clear()
    yield tuple(NAMES)
    families.families.cache_clear()


@pytest.fixture
def problem():
    """600 rows whose first column says most about y; some cells are missing."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(600, 4))
    X[::17, 1] = np.nan
    y = (X[:, 0] + 0.5 * np.abs(X[:, 2]) + 0.5 * rng.normal(size=600) > 0.4).astype(float)
    return Problem(X=X, y=y, task="binary", classes=2, features=("a", "b", "c", "d"), categorical=())


@pytest.fixture
def folds(problem):
    return three_folds(problem)


@pytest.fixture
def searched(problem, folds, tmp_path):
    """A search on the problem and its folds, or on others. `into`: the trials, also of a search that does not come to its end;
    `stop_at`: it is stopped by hand when so many fits are done. What else is given goes into the spec or the search."""

    def searched(
        families, *, on=problem, among=folds, judged_by="log_loss", blobs=None, into=None, stop_at=None, known=(), **more
    ):
        trials, told, blobs = {} if into is None else into, [], blobs or MemoryBlobs()

        def keep(trial):
            trials[trial.number] = trial
            if stop_at == sum(len(one.fits) for one in trials.values()):
                raise KeyboardInterrupt

        asked = {name: more.pop(name) for name in IN_THE_SPEC if name in more}
        candidate = search(
            on,
            among,
            spec=SearchSpec(families=families, **asked),
            metric=metric(judged_by),
            seed=1,
            place=Place(tmp_path / "work", 1, blobs, **{"deadline": 600.0, **{n: more.pop(n) for n in IN_PLACE if n in more}}),
            bound=Bound(known=known, **more),
            heard=Heard(keep, told.append),
        )
        assert list((tmp_path / "work").iterdir()) == []
        return Searched(candidate, {number: trials[number] for number in sorted(trials)}, blobs, told)

    return searched


@pytest.fixture(autouse=True)
def soon_content(monkeypatch):
    """A search gives up proposing sooner than for a user: each proposal is three fits, and a few show what more would."""
    monkeypatch.setattr("millwright.search.race.PATIENCE", 2)
