"""A file that is appended to: one JSON object a line, for everything that reads files."""

import os
from pathlib import Path

from millwright.alerts.body import as_plain
from millwright.alerts.channel import Surroundings, Undeliverable
from millwright.records.alerting import Message
from millwright.records.codec import to_json
from millwright.records.spec import ChannelSpec


class File:
    """Appends to `path`; a message that comes again has the same id."""

    def __init__(self, spec: ChannelSpec, around: Surroundings) -> None:
        self._path = around.base / (spec.path or "")

    def send(self, message: Message) -> None:
        """Append it, on the disk when this returns. Raises Undeliverable."""
        append(self._path, to_json(as_plain(message)))


def append(path: Path, line: bytes) -> None:
    """One line more, whole or cut off by a full disk: then the next one begins on a line of its own."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            end = os.lseek(handle, 0, os.SEEK_END)
            torn = end > 0 and os.pread(handle, 1, end - 1) != b"\n"
            whole = (b"\n" if torn else b"") + line + b"\n"
            if os.write(handle, whole) != len(whole):
                raise Undeliverable("the line was written in part: the disk is full", where=str(path))
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise Undeliverable(error.strerror or str(error), where=str(path)) from error
