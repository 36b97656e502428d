"""A peer's application on uvicorn, on a free port, as a process that says where it is."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import uvicorn


def serve(app: Any, ready: Path, **options: Any) -> None:
    """Serve until told to end. ready: the file that gets the port and the process. options: uvicorn's, beside a quiet log."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, backlog=2048, access_log=False, log_level="warning", **options))
    startup = server.startup

    async def say(sockets: Any = None) -> None:
        await startup(sockets)
        ready.write_text(json.dumps({"port": listening.getsockname()[1], "pid": os.getpid()}))

    server.startup = say  # type: ignore[method-assign]
    server.run(sockets=[listening])
