"""What the steward says of itself, as others read it. Light to import."""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from millwright.stores.home import Home

EXPIRES = timedelta(days=14)
"""How long a decision waits for a person."""


def steward_file(home: Home, project: str) -> Path:
    """Where the steward says how it is."""
    return home.server / f"steward-{project}.json"


def read_steward(home: Home, project: str) -> dict[str, Any] | None:
    """What the steward said last; None where there never was one. Its process may have ended since."""
    try:
        state: dict[str, Any] = json.loads(steward_file(home, project).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return {**state, "running": _lives(state["pid"]), "age_seconds": _age(state["at"])}


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _age(at: str) -> float:
    then = datetime.fromisoformat(at)
    return (datetime.now(then.tzinfo) - then).total_seconds()
