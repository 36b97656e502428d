"""Payloads that answer stay loaded, live ones and challengers, and so do the last two that answered before."""

from pathlib import Path

from millwright import __version__
from millwright.package.keys import Trust
from millwright.serve.loading import Payloads

from .released import Home


def test_what_answers_and_the_last_two_beside_it_stay_loaded(tmp_path: Path) -> None:
    home = Home(tmp_path)
    packages = [home.package(seed) for seed in range(1, 7)]
    probed = home.root / "serve" / "probed"
    probed.mkdir(parents=True)
    for package in packages:
        (probed / f"{package}-{__version__}").touch()
    payloads = Payloads(home.root, Trust(home.trust))
    answering = {home.payload_digest(package) for package in packages[:2]}
    for package in packages:
        payloads.get("trips", package, home.payload_digest(package), answering)
    assert [payloads.holds(package) for package in packages] == [True, True, False, False, True, True]
