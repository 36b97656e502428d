"""The benchmarks are folders of scripts, not packages: what they share is found by its folder."""

import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path += [str(BENCHMARKS), *(str(BENCHMARKS / part) for part in ("loop", "monitor", "search"))]
