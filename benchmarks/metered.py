"""Run a command and print what it used, as JSON. Run as a script: python metered.py COMMAND [ARGUMENT ...]"""

import json
import os
import sys


def main() -> None:
    """Start the command with its output thrown away, wait for it, and say what it used."""
    null = os.open(os.devnull, os.O_RDWR)
    pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    _, status, used = os.wait4(pid, 0)
    in_a_mb = 1e6 if sys.platform == "darwin" else 1e6 / 1024
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / in_a_mb}))
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
