"""`mw check`: prove the data and leave nothing behind but a contract to read."""

import tempfile
from dataclasses import replace
from pathlib import Path

from millwright.data.checks import check_data
from millwright.data.contract import infer_contract
from millwright.data.contract_file import parse_contract, write_contract
from millwright.data.snapshot import take_snapshot
from millwright.loop.named import classes_named, refuse_unknown
from millwright.loop.outcomes import CheckReport
from millwright.loop.prove import with_roles
from millwright.records.spec import Spec
from millwright.stores.blobs import FileBlobs
from millwright.stores.clock import Clock
from millwright.stores.durable import make_folder, write_atomic
from millwright.stores.home import Home


def check(spec: Spec, base: Path, home: Home, clock: Clock) -> CheckReport:
    """Check the source as it is now, in a scratch folder that is gone afterwards. Raises DataRefused for unreadable data,
    and for settings that name what is not in it."""
    path = base / spec.contract
    with tempfile.TemporaryDirectory(dir=make_folder(home.work), prefix="check-") as scratch:
        blobs = FileBlobs(Path(scratch) / "blobs")
        snapshot = take_snapshot(spec.data, base=base, blobs=blobs, as_of=clock.now(), staging=Path(scratch) / "staging")
        contract = infer_contract(snapshot, blobs, spec.data)
        if path.is_file():
            contract = with_roles(parse_contract(path.read_text("utf-8"), path.name), contract)
        refuse_unknown(spec, contract, classes_named(spec, snapshot, blobs, contract))
        checks = check_data(snapshot, blobs, contract, spec.data)
    report = CheckReport(rows=snapshot.rows, columns=len(contract.columns), contract=spec.contract, checks=checks)
    if not path.is_file() and not report.stops:
        write_atomic(path, write_contract(contract).encode(), mode=0o644)
    return replace(report, contract=spec.contract if path.is_file() else f"{spec.contract} (not written yet)")
