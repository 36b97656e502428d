"""The least a server can do: read the body, send the same answer to everybody. Run: constant_app.py ANSWER READY_FILE

It runs on the very server that the data plane runs on (uvicorn with uvloop and httptools, configured in millwright.serve), so
the difference between the two is what it takes to check, answer and log a row.
"""

import sys
from pathlib import Path
from typing import Any, cast

from millwright.serve.app import DataPlane
from millwright.serve.doors import bound
from millwright.serve.http import Receive, Response, Scope, Send, read_body, send_response
from millwright.serve.server import run_server

LARGEST = 1 << 20


class ConstantApp:
    """An ASGI application that always answers the same."""

    draining = False
    desk = None

    def drain(self) -> None:
        """Close connections from now on."""
        self.draining = True

    def __init__(self, answer: bytes) -> None:
        self._answer = Response(200, answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            await read_body(receive, LARGEST)
            await send_response(send, self._answer, close=self.draining)


def main(answer: Path, ready: Path) -> None:
    """Serve until told to end."""
    app: Any = ConstantApp(answer.read_bytes())
    run_server(cast(DataPlane, app), bound("127.0.0.1", 0), ready)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
