"""The console beside the demo: a process that ends with it, and the page on which each step can be followed."""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from millwright.loop.companion import Companion
from millwright.loop.control_plane import ControlServer
from millwright.loop.letting_in import first_link, wait_console
from millwright.project import Project
from millwright.stores.durable import make_folder

LOOK_EVERY = 0.5
LOG = "console.log"
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")


class Beside:
    """A console that is started once there is a project to show, opens while the demo goes on, and is closed with it."""

    def __init__(self) -> None:
        self._companion: Companion | None = None
        self._project: Project | None = None
        self._server: ControlServer | None = None

    def start(self, project: Project) -> None:
        """Start it, on the spec's port or where that is taken on a free one. It opens in a few seconds."""
        command = [sys.executable, "-m", "millwright", "-f", str(project.path), "console", "--parent", str(os.getpid())]
        self._project, self._companion = project, Companion(command, make_folder(project.workshop.home.server) / LOG)
        self._companion.start()

    def is_open(self, wait: float = 0.0) -> bool:
        """Whether it answers by now, or within `wait` seconds."""
        if self._project is not None and self._companion is not None and self._server is None:
            self._server = wait_console(self._project.workshop.home, wait)
        return self._server is not None

    @property
    def log(self) -> Path:
        """Where it says why it does not open."""
        assert self._project is not None
        return self._project.workshop.home.server / LOG

    def page(self, place: str) -> str:
        """Where a page of the demo's project is, such as `versions/v1`, once it is open."""
        assert self._server is not None
        assert self._project is not None
        return f"{self._server.url}/projects/{self._project.spec.project}/{place}"

    def link(self) -> str:
        """A new link that lets whoever works here in once, once it is open; the one before is void."""
        assert self._server is not None
        assert self._project is not None
        return self._server.link(first_link(self._project.workshop))

    def stay(self) -> None:
        """Keep it open until Ctrl-C."""
        try:
            while self._companion is not None:
                time.sleep(LOOK_EVERY)
                self._companion.keep(time.monotonic())
        except KeyboardInterrupt:
            self.close()

    def close(self) -> None:
        """Close it, where it is open."""
        companion, self._companion, self._server = self._companion, None, None
        if companion is not None:
            companion.end()


def has_screen(environment: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser has a screen to open on."""
    return platform in ("darwin", "win32") or any(environment.get(name) for name in SCREENS)


def is_watched(environment: Mapping[str, str], *streams: object) -> bool:
    """Whether a person is at the terminal: all streams are one, and no CI has made it."""
    terminals = all(getattr(stream, "isatty", bool)() for stream in streams)
    return terminals and environment.get("CI", "").lower() in ("", "0", "false")
