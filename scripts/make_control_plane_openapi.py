"""Writes docs/control-plane.openapi.json: what the control plane's API takes and answers, for the console's typed client."""

import json
from pathlib import Path

from millwright.api.app import describe

TARGET = Path(__file__).parents[1] / "docs" / "control-plane.openapi.json"


def page() -> str:
    """The document; the version of Millwright is left out, so that it changes with the API alone."""
    document = describe().openapi()
    document["info"]["version"] = "1"
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
