"""Load a package in a child process first: a damaged model can abort the process that parses it.

`python -m millwright.package.probe FOLDER DIGEST TRUST` verifies, loads, answers the golden rows and prints one JSON line.
The child has limits on memory, processor time and files, and writes nothing.
"""

import resource
import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from millwright.errors import MillwrightError, PackageRefused
from millwright.records.codec import to_json

MEMORY = 16 << 30
"""Bytes of address space; native libraries reserve much more than they touch."""
PROCESSOR_SECONDS = 300
OPEN_FILES = 256


def probe_package(folder: Path, digest: str, trust: Path, timeout: float) -> None:
    """Raise PackageRefused unless a child process verifies the package, loads it and answers its golden rows.

    timeout: seconds of wall clock; the child is killed after it.
    """
    try:
        child = probed(str(folder), digest, str(trust), timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise _refused(digest, f"loading it took more than {timeout:g} seconds") from error
    if child.returncode != 0:
        raise _said(digest, child)


def probed(*arguments: str, timeout: float) -> "subprocess.CompletedProcess[bytes]":
    """The child from its beginning to its end. Raises TimeoutExpired once it is killed."""
    command = [sys.executable, "-P", "-B", "-m", __name__, *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)


def _said(digest: str, child: "subprocess.CompletedProcess[bytes]") -> PackageRefused:
    if child.returncode < 0:
        return _refused(digest, f"loading it killed the process ({signal.Signals(-child.returncode).name})")
    try:
        error = msgspec.json.decode(child.stdout, type=dict[str, dict[str, str]])["error"]
    except (msgspec.DecodeError, KeyError):
        lines = child.stderr.decode("utf-8", "replace").strip().splitlines()
        return _refused(digest, f"loading it failed: {lines[-1] if lines else f'exit code {child.returncode}'}")
    return PackageRefused(error["message"], where=error["where"], fix=error["hint"], code=error["code"])


def _refused(digest: str, what: str) -> PackageRefused:
    return PackageRefused(what, where=f"package {digest[:12]}", fix="train again", code="package.probe")


def main(folder: str, digest: str, trust: str) -> int:
    """The child: 0 and {"payload", "rows"}, or 1 and {"error": {...}}."""
    _limit()
    from millwright.package.golden import check_golden
    from millwright.package.keys import Trust
    from millwright.package.open import open_payload
    from millwright.package.verify import verify_package

    try:
        payload = open_payload(verify_package(Path(folder), digest, Trust(Path(trust))))
        check_golden(payload.scorer, payload.golden)
    except MillwrightError as error:
        _say({"error": error.as_record()})
        return 1
    _say({"payload": payload.payload_digest, "rows": len(payload.golden.rows)})
    return 0


def _say(answer: object) -> None:
    sys.stdout.buffer.write(to_json(answer) + b"\n")
    sys.stdout.buffer.flush()


def _limit() -> None:
    wanted = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: PROCESSOR_SECONDS,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for which, value in wanted.items():
        hard = resource.getrlimit(which)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (most, most))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
