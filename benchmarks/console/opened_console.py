"""The console's own process on the project, as `mw console` starts it, and people who are let in by keys or a link."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from processes import mw

if TYPE_CHECKING:
    from console_site import Site

END_SECONDS = 120
USER = "bench"


@dataclass(frozen=True, slots=True)
class Opened:
    """A console that answers. keys: one for each of those who ask. link: lets a browser in once."""

    url: str
    pid: int
    keys: tuple[str, ...]
    link: str

    def cpu_seconds(self) -> float:
        """Processor time that it has used so far, of all its threads: what does not depend on who else is at work."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def opened(site: "Site", users: int) -> Iterator[Opened]:
    """The console on all processors, as far back as it steps by itself, with a key of their own for so many users."""
    site.project.workshop.catalogue.close()
    command = [*mw("-C", str(site.folder / "flights"), "console", "--port", "0", "--json")]
    environment = site.environment | {"MILLWRIGHT_ACTOR": USER}
    with open(site.folder / "console.log", "ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        url = said["url"].rstrip("/")
        keys = tuple(_keys(url, said["link"].partition("token=")[2], users))
        yield Opened(url, process.pid, keys, _another_link(site))
    finally:
        process.terminate()
        process.wait(END_SECONDS)


def _keys(url: str, token: str, users: int) -> Iterator[str]:
    """Keys of a person who came in by the link. One person may ask fifty times a second, so each user is one of their own."""
    with httpx.Client(base_url=f"{url}/api/v1/", timeout=300) as client:
        me = client.post("session", json={"token": token}).raise_for_status().json()
        client.headers["X-CSRF-Token"] = me["csrf"]
        for number in range(users):
            given = {"name": f"user {number} of {url[-5:]}", "project": "*", "role": "viewer"}
            yield client.post("keys", json=given).raise_for_status().json()["text"]


def _another_link(site: "Site") -> str:
    command = mw("-C", str(site.folder / "flights"), "console", "link", "--user", USER, "--json")
    done = subprocess.run(command, env=site.environment, capture_output=True, text=True, check=True)
    link: str = json.loads(done.stdout)["link"]
    return link
