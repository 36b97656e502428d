"""A load of one-row requests by wrk, on one processor with the server; https://github.com/wg/wrk, packaged as `wrk`."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = """local bodies, at = {{}}, 0
for line in io.lines("{bodies}") do bodies[#bodies + 1] = line end
local headers = {{["Content-Type"] = "application/json"{more}}}
function request()
  at = at % #bodies + 1{each}
  return wrk.format("POST", "{path}", headers, bodies[at])
end
function done(summary, latency, requests)
  local wrong = summary.errors
  local form = '{{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "max": %d, "status": %d, "broken": %d}}'
  io.write(string.format("OUTCOME " .. form .. "\\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), latency.max, wrong.status, wrong.connect + wrong.read + wrong.write + wrong.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What one spell of load met. p50, p99, longest: milliseconds. status: answers that were no 2xx or 3xx."""

    per_second: float
    requests: int
    p50: float
    p99: float
    longest: float
    status: int
    broken: int

    def check(self) -> "Load":
        """Itself. Raises RuntimeError where a request failed: then nothing was measured."""
        if self.status or self.broken or not self.requests:
            raise RuntimeError(f"{self.status} answers were errors, {self.broken} connections broke, of {self.requests}")
        return self


class Requests:
    """One-row requests, made once and asked in turn."""

    def __init__(
        self,
        folder: Path,
        name: str,
        bodies: Sequence[bytes],
        path: str,
        more: Mapping[str, str] | None = None,
        each: str = "",
    ) -> None:
        """path: of the route. more: headers beside the type. each: Lua that is run for each request, which has `headers`."""
        file = folder / f"{name}.bodies"
        file.write_bytes(b"".join(body + b"\n" for body in bodies))
        self._script = folder / f"{name}.lua"
        headers = "".join(f', ["{key}"] = "{value}"' for key, value in (more or {}).items())
        self._script.write_text(SCRIPT.format(bodies=file, path=path, more=headers, each=each))

    def load(self, port: int, connections: int, seconds: float, core: int) -> Load:
        """Ask from so many connections at once, as fast as they are answered, on the processor `core`."""
        command = [
            *(wrk(), "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"),
            *("-s", str(self._script), f"http://127.0.0.1:{port}"),
        ]
        done = subprocess.run(["taskset", "-c", str(core), *command], capture_output=True, text=True, check=False)
        found = re.search(r"OUTCOME (.*)", done.stdout)
        if done.returncode or found is None:
            raise RuntimeError(f"wrk: {done.stderr.strip()[-300:]} {done.stdout.strip()[-300:]}")
        said: dict[str, Any] = json.loads(found[1])
        return Load(
            per_second=said["requests"] / (said["microseconds"] / 1e6),
            requests=said["requests"],
            p50=said["p50"] / 1e3,
            p99=said["p99"] / 1e3,
            longest=said["max"] / 1e3,
            status=said["status"],
            broken=said["broken"],
        )


def wrk() -> str:
    """Where wrk is. Raises RuntimeError naming its package."""
    found = shutil.which("wrk")
    if found is None:
        raise RuntimeError("wrk makes the load and is not installed: apt-get install wrk")
    return found
