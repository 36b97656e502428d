"""One thread a process for sums of matrices, as `mw` has it, and threads of boosting that sleep while they wait for each other.

To be imported before numpy is. Our matrices are small: threads would wait for each other longer than they work, and they spin
while they wait. Where several processes share the tests that takes a simulation ten times as long.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
