"""One table profiled and held against its stored reference, in a process of its own: python profiled_once.py FOLDER"""

import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parents[1] / "loop"))

import duckdb  # noqa: F401  (what is imported when first used is not in the time, as it is not in that of the peer)
import scipy.special  # noqa: F401
from used import say_used

from millwright.data.snapshot_profile import profile_snapshot
from millwright.monitor.inputs import Observed, Reference
from millwright.monitor.look import look
from millwright.records.codec import from_json
from millwright.records.data import Contract, Profile, Snapshot
from millwright.records.spec import WatchSpec
from millwright.stores.blobs import FileBlobs


def main(folder: Path) -> None:
    """Profile, look, and say what that took."""

    def work() -> Mapping[str, float]:
        snapshot = from_json(Snapshot, (folder / "snapshot.json").read_bytes())
        contract = from_json(Contract, (folder / "contract.json").read_bytes())
        reference = from_json(Profile, (folder / "reference.json").read_bytes())
        profile = profile_snapshot(snapshot, FileBlobs(folder / "blobs"), contract)
        observed = Observed(
            project="table",
            version=1,
            start=snapshot.as_of - timedelta(days=365),
            end=snapshot.as_of,
            known_at=snapshot.as_of,
            profile=profile,
        )
        found = look(Reference(profile=reference, contract=contract), observed, watch=WatchSpec())
        return {"rows": profile.rows, "periods": len(profile.periods), "found": len(found)}

    say_used(work)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
