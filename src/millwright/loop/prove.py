"""Prove the data: snapshot, contract, profile, checks. What a person must settle stops the run here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from millwright.data.checks import check_data
from millwright.data.contract import infer_contract
from millwright.data.contract_file import parse_contract, write_contract
from millwright.data.snapshot import take_snapshot
from millwright.data.snapshot_profile import profile_snapshot
from millwright.errors import DataRefused
from millwright.loop.named import classes_named, refuse_unknown
from millwright.loop.progress import many
from millwright.loop.steps import Steps
from millwright.loop.workshop import Workshop
from millwright.records.codec import digest_of, sha256
from millwright.records.data import Check, Contract, Profile, Snapshot
from millwright.records.running import Run
from millwright.stores.durable import make_folder, write_atomic


@dataclass(frozen=True, slots=True)
class Proof:
    """Data that may be learnt from."""

    snapshot: Snapshot
    contract: Contract
    profile: Profile
    checks: tuple[Check, ...]


Take = Callable[[Workshop, Run], Snapshot]
"""How a run comes to its rows."""


def prove(shop: Workshop, run: Run, steps: Steps, take: Take | None = None) -> Proof:
    """The first four steps of a run, on the source's rows or on those of `take`. Raises DataRefused where a check stops it."""
    data, rows = shop.spec.data, take or snapshot_of
    snapshot = steps.do("snapshot", {"data": digest_of(data), "run": run.id}, Snapshot, lambda: rows(shop, run), _say_snapshot)
    text = contract_text(shop)
    contract = steps.do(
        "contract",
        {"snapshot": snapshot.digest, "data": digest_of(data), "file": sha256(text.encode()) if text else ""},
        Contract,
        lambda: settle_contract(shop, snapshot),
        lambda c: f"{len(c.columns)} columns, {shop.spec.contract}",
    )
    refuse_unknown(shop.spec, contract, classes_named(shop.spec, snapshot, shop.blobs, contract))
    seen = {"snapshot": snapshot.digest, "contract": digest_of(contract)}
    looked_at = _LookedAt(shop, snapshot, contract)
    profile = steps.do(
        "profile",
        seen,
        Profile,
        looked_at.profile,
        lambda p: f"{len(p.columns)} columns, {len(p.periods)} periods" if p.periods else f"{len(p.columns)} columns",
    )
    checks = steps.do(
        "checks",
        {**seen, "data": digest_of(data)},
        tuple[Check, ...],
        looked_at.checks,
        _say_checks,
    )
    refuse_stops(checks)
    return Proof(snapshot, contract, profile, checks)


@dataclass(slots=True)
class _LookedAt:
    """The rows of a snapshot, profiled and checked: at the same time where there is a process beside."""

    shop: Workshop
    snapshot: Snapshot
    contract: Contract
    _checked: tuple[Check, ...] | None = None

    def profile(self) -> Profile:
        """Their profile."""
        shop = self.shop
        if shop.beside is None:
            return profiled(shop, self.snapshot, self.contract)
        later = shop.beside.begin(profiled, shop.clock.now(), self.snapshot, self.contract)
        self._checked = self.checks()
        return later() or profiled(shop, self.snapshot, self.contract)

    def checks(self) -> tuple[Check, ...]:
        """What a person should know of them, or must settle."""
        if self._checked is not None:
            return self._checked
        return check_data(self.snapshot, self.shop.blobs, self.contract, self.shop.spec.data)


def profiled(shop: Workshop, snapshot: Snapshot, contract: Contract) -> Profile:
    """The profile of a snapshot's rows."""
    return profile_snapshot(snapshot, shop.blobs, contract)


def snapshot_of(shop: Workshop, run: Run) -> Snapshot:
    """The source as it is now, copied and digested before anything reads it."""
    staging = make_folder(shop.home.work / run.id / "staging")
    return take_snapshot(shop.spec.data, base=shop.base, blobs=shop.blobs, as_of=run.as_of, staging=staging)


def contract_text(shop: Workshop) -> str | None:
    """The contract file as it stands, or None."""
    return shop.contract_path.read_text("utf-8") if shop.contract_path.is_file() else None


def settle_contract(shop: Workshop, snapshot: Snapshot) -> Contract:
    """The contract that a person may have edited; inferred and written where there is none yet."""
    text = contract_text(shop)
    if text is not None:
        return with_roles(parse_contract(text, shop.contract_path.name), infer_contract(snapshot, shop.blobs, shop.spec.data))
    contract = infer_contract(snapshot, shop.blobs, shop.spec.data)
    write_atomic(Path(shop.contract_path), write_contract(contract).encode(), mode=0o644)
    return contract


def with_roles(edited: Contract, inferred: Contract) -> Contract:
    """The edited contract with the roles that the spec gives now. Raises DataRefused where a column has gone."""
    have = {column.name: column for column in inferred.columns}
    missing = [column.name for column in edited.columns if column.name not in have]
    if missing:
        raise DataRefused(
            f"the contract names {', '.join(repr(m) for m in missing)}, and the data has no such column",
            fix="bring the column back, or take it out of the contract",
            code="contract.column",
        )
    columns = tuple(
        replace(column, role=have[column.name].role, pii=have[column.name].pii, key=have[column.name].key)
        for column in edited.columns
    )
    return replace(edited, columns=columns, zone=inferred.zone)


def refuse_stops(checks: Sequence[Check]) -> None:
    """Raise DataRefused where a check stops the run and nobody has accepted it."""
    stops = [check for check in checks if check.severity == "stop" and not check.acknowledged]
    if not stops:
        return
    lines = "".join(f"\n  {check.message} [{check.code}]\n    {check.fix}" for check in stops)
    raise DataRefused(f"the data checks stop this run:{lines}", code=stops[0].code.partition(":")[0] + ".stop")


def _say_snapshot(snapshot: Snapshot) -> str:
    aside = sum(part.count for part in snapshot.set_aside)
    return f"{snapshot.rows:,} rows, {len(snapshot.fields)} columns" + (f", {aside:,} rows set aside" if aside else "")


def _say_checks(checks: tuple[Check, ...]) -> str:
    stops = sum(check.severity == "stop" and not check.acknowledged for check in checks)
    warnings = sum(check.severity == "warning" for check in checks)
    return f"{stops} to settle, {many(warnings, 'warning')}" if stops or warnings else "nothing stands out"
