"""Leakage: columns that hold the answer, or that are known only after it. One check per column, with every reason."""

from collections import defaultdict
from collections.abc import Sequence

from millwright.data.columns import Columns
from millwright.data.leak_kin import KIN
from millwright.data.leak_rules import DIRECT
from millwright.data.leak_scene import Scene, Suspicion, scene
from millwright.records.data import Check, Contract
from millwright.records.spec import Scalar, TaskName


def find_leaks(
    columns: Columns, contract: Contract, *, target: str, task: TaskName, positive: Scalar | None = None
) -> tuple[Check, ...]:
    """The checks for columns of role "feature" that no model should see, in file order.

    columns: canonical cells with the target; rows without a target count as unlabelled. The codes are `leak:COLUMN`
    (gives the target away) and `known_later:COLUMN`. Columns of role "known_later" serve as evidence against others.
    """
    return leak_checks(scene(columns, contract, target, task, positive))


def leak_checks(at: Scene) -> tuple[Check, ...]:
    """The checks of a scene; none where fewer than two classes, or no label, leave nothing to give away."""
    if len(at.target.codes) == 0 or (at.target.measure != "R²" and len(at.target.classes) < 2):
        return ()
    found: list[Suspicion] = [suspicion for rule in DIRECT for suspicion in rule(at)]
    for kin_rule in KIN:
        found.extend(kin_rule(at, tuple(found)))
    by_column = defaultdict(list)
    for suspicion in found:
        by_column[suspicion.column].append(suspicion)
    return tuple(_check(name, by_column[name], at) for name in at.suspects if name in by_column)


def _check(name: str, suspicions: Sequence[Suspicion], at: Scene) -> Check:
    """One check of all suspicions of a column: the gravest severity, and 'leak' where any rule said so."""
    stops = [s for s in suspicions if s.severity == "stop"]
    counted = stops or list(suspicions)
    kind = "leak" if any(s.kind == "leak" for s in counted) else "known_later"
    reasons = list(dict.fromkeys(s.reason for s in counted))
    key = "known_later" if kind == "known_later" else "ignore"
    code = f"{kind}:{name}"
    return Check(
        code=code,
        severity="stop" if stops else "warning",
        columns=(name, at.target.name),
        count=None,
        message=f"{name}: {'; '.join(reasons)}",
        fix=f"list it under data.{key}, or, if it is known in time, accept it under data.acknowledge: {code}",
    )
