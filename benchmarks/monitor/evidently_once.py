"""Evidently's report of drift on a table, in a process of its own: python evidently_once.py FOLDER. Needs Evidently, not us."""

import json
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path


def main(folder: Path) -> None:
    """Read both tables and compare them with the defaults; reading is in the time, as it is in ours."""
    import pandas as pd
    from evidently import Report
    from evidently.presets import DataDriftPreset, DataSummaryPreset

    wall, cpu = time.perf_counter(), time.process_time()
    before, now = (pd.read_parquet(folder / f"{name}.parquet") for name in ("before", "rows"))
    Report([DataDriftPreset(), DataSummaryPreset()]).run(reference_data=before, current_data=now).dict()
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 976.5625
    print(json.dumps({**took, "peak_mb": peak, "version": version("evidently")}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
