"""What the spec says about serving, as the control plane hands it to a server: H/serve/<project>.json."""

from pathlib import Path
from typing import Literal

import msgspec

from millwright.errors import Unavailable
from millwright.records.codec import from_json, to_json
from millwright.records.record import record
from millwright.stores.durable import write_atomic


@record
class ServeSettings:
    """Limits and log policy of one project. The defaults are those of the spec; a server works without the file."""

    schema: Literal["millwright.serve/1"] = "millwright.serve/1"
    max_rows: int = 10_000
    max_body_mb: float = 16.0
    extra_columns: Literal["ignore", "refuse"] = "ignore"
    redact: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    when_full: Literal["refuse", "answer"] = "refuse"
    shadow_share: float = 0.25

    @property
    def max_body_bytes(self) -> int:
        """The largest body of a request, in bytes."""
        return int(self.max_body_mb * 1_000_000)


def settings_path(home: Path, project: str) -> Path:
    """Where a project's settings lie."""
    return home / "serve" / f"{project}.json"


def write_settings(home: Path, project: str, settings: ServeSettings) -> None:
    """Hand settings to the servers of `home`; they take them up without a restart. Raises Unavailable."""
    write_atomic(settings_path(home, project), to_json(settings))


def read_settings(home: Path, project: str) -> ServeSettings:
    """The project's settings; the defaults where there is no file. Raises Unavailable where the file is damaged."""
    path = settings_path(home, project)
    try:
        return from_json(ServeSettings, path.read_bytes())
    except FileNotFoundError:
        return ServeSettings()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(
            f"the serving settings cannot be read: {error}", where=path.name, fix="run `mw up` again", code="serve.settings"
        ) from error
