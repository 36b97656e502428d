"""A page of ours as a PDF, printed by a browser that is installed: Chromium or one of its kin, without a window."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from millwright.errors import Unavailable
from millwright.stores.durable import write_atomic

NAMED = "MILLWRIGHT_CHROMIUM"
"""The variable that names the browser, where it is none of these."""

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
SECONDS = 120.0


def print_pdf(page: bytes, output: Path, environment: Mapping[str, str]) -> Path:
    """Print an HTML page to `output`; where it is. Raises Unavailable where no browser is there, or it prints nothing."""
    browser = find_browser(environment)
    with tempfile.TemporaryDirectory(prefix="millwright-pdf-") as name:
        source, printed = Path(name) / "page.html", Path(name) / "page.pdf"
        source.write_bytes(page)
        said = _run([browser, *_arguments(Path(name), printed), source.as_uri()])
        if not printed.is_file():
            last = next((line for line in reversed(said.splitlines()) if line.strip()), "nothing was said")
            raise Unavailable(f"the browser printed no PDF: {last[:200]}", where=browser, fix=_BY_HAND, code="pdf.failed")
        write_atomic(output.absolute(), printed.read_bytes(), mode=0o644)
    return output.absolute()


_BY_HAND = "write the HTML file and print it in any browser"


def find_browser(environment: Mapping[str, str]) -> str:
    """The browser that prints. Raises Unavailable where none is there."""
    named = environment.get(NAMED)
    for candidate in (named,) if named else BROWSERS:
        if found := shutil.which(candidate, path=environment.get("PATH")):
            return found
    if named:
        raise Unavailable(
            "there is no such browser", where=f"{NAMED}={named}", fix="name one that is there", code="pdf.browser"
        )
    fix = f"install Chromium or Chrome, or name one with {NAMED}; or {_BY_HAND}"
    raise Unavailable("a PDF needs a browser to print it, and none was found", fix=fix, code="pdf.browser")


def _arguments(folder: Path, printed: Path) -> list[str]:
    """Without a window, a network, or a profile that outlives it. Root has no sandbox; the page is ours and runs nothing."""
    alone = ["--no-sandbox"] if sys.platform == "linux" and os.geteuid() == 0 else []
    quiet = ["--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking"]
    where = [f"--user-data-dir={folder / 'profile'}", "--no-pdf-header-footer", f"--print-to-pdf={printed}"]
    return [*quiet, "--disable-dev-shm-usage", *alone, *where]


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"it took longer than {SECONDS:.0f} s", where=command[0], fix=_BY_HAND, code="pdf.failed") from error
    except OSError as error:
        raise Unavailable(f"cannot be run: {error.strerror}", where=command[0], fix=_BY_HAND, code="pdf.failed") from error
    return done.stderr.decode("utf-8", "replace")
