"""Print what the commands that the documentation quotes of the demo say: python scripts/say_demo.py FOLDER, of a demo that ended.

The folder is copied first, since some of the commands write. `as of` sets the clock of a command to a moment of the demo's year.
"""

import shlex
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from millwright.cli.main import cli
from millwright.errors import MillwrightError
from millwright.stores.clock import SystemClock

NOW = ""
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("README.md", NOW, "explain-decision 3"),
    ("docs/quality.md", "2014-01-01", "quality estimate --since 30d"),
    ("docs/quality.md", "2014-01-01", "labels request --n 200 --since 30d --output ask.csv"),
    ("docs/quality.md", "2014-02-05", "labels sample"),
    ("docs/quality.md", "2014-01-01", "labels maturity --since 300d"),
    ("docs/quality.md", "2014-01-01", "quality --by month --since 300d"),
    ("docs/quality.md", "2014-02-05", "quality why"),
    ("docs/quality.md", "2014-02-05", "quality why --metric roc_auc"),
    ("docs/policies.md", NOW, "decisions"),
    ("docs/policies.md", NOW, "explain-decision 13"),
    ("docs/policies.md", NOW, "explain-decision 2"),
    ("docs/policies.md", NOW, "explain-decision 3"),
    ("docs/policies.md", NOW, "explain-decision 8"),
    ("docs/policies.md", NOW, "log --at 2013-08-20"),
    ("docs/releases.md", NOW, "releases"),
    ("docs/loop.md", NOW, "status"),
    ("docs/loop.md", NOW, "findings"),
    ("docs/alerts.md", NOW, "alerts"),
    ("docs/alerts.md", NOW, "findings bb953e12f680"),
    ("docs/logs.md", NOW, "parity --since 5000d"),
    (
        "docs/logs.md",
        NOW,
        "log predictions --since 5000d --where \"score > 0.5 and carrier = 'UA' and month = 12 and day > 15\"",
    ),
)


def main(folder: str) -> None:
    """Run each command on the copy, with its clock."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "demo"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("run"))
        for page, moment, command in COMMANDS:
            sys.stdout.write(f"\n### {page}{f', as of {moment}' if moment else ''}\n$ mw -C demo {command}\n")
            sys.stdout.flush()
            run(copy, moment, command)


def run(folder: Path, moment: str, command: str) -> None:
    """One command, as `mw` runs it."""
    before = SystemClock.now
    if moment:
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        SystemClock.now = lambda _clock: at  # type: ignore[method-assign]
    try:
        cli.main(["-C", str(folder), *shlex.split(command)], standalone_mode=False)
    except (MillwrightError, click.ClickException, click.exceptions.Exit) as error:
        sys.stdout.write(f"{type(error).__name__}: {error}\n")
    finally:
        SystemClock.now = before  # type: ignore[method-assign]


if __name__ == "__main__":
    main(sys.argv[1])
