"""Write docs/openapi.json from the server's own table of operations, so that it cannot say anything else.

`python scripts/make_openapi.py` writes the page; a test says whether it is up to date.
"""

import json
from pathlib import Path

from millwright.serve.openapi.document import document

PAGE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def page() -> str:
    """The text of the page."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
