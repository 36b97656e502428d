"""Millwright's server with a log that writes nothing: python silent_server.py HOME TRUST READY

It exists to be measured beside the real one. Everything but the write is done.
"""

import sys

from millwright.predictions.segments import SegmentSet
from millwright.serve.main import main


def _nothing(_self: SegmentSet, _project: str, _hour: str, _content: bytes) -> None:
    """Forget a frame."""


if __name__ == "__main__":
    SegmentSet.append = _nothing  # type: ignore[method-assign]
    home, trust, ready = sys.argv[1:4]
    sys.exit(main(["--home", home, "--trust", trust, "--port", "0", "--ready-file", ready], {}))
