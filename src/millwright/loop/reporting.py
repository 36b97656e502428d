"""The report of a version, which was rendered when the version was packed and is signed with it; the page of a run."""

from pathlib import Path

from millwright.errors import NotFound
from millwright.evaluate.report.run_page import render_run
from millwright.loop.workshop import Workshop
from millwright.package.keys import Trust
from millwright.package.verify import verify_package
from millwright.records.release import Version
from millwright.records.searched import RunStory
from millwright.registry import versions
from millwright.stores.durable import write_atomic


def write_report(shop: Workshop, name: str | None, output: Path | None) -> Path:
    """Write the report of the named version (the newest) to `output` (by default in the state folder).

    Raises NotFound: no such version. PackageRefused: its package was changed.
    """
    version = _chosen(shop, name)
    verified = verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))
    path = output or shop.home.reports / f"{shop.project}-{version.name}.html"
    write_atomic(path.absolute(), verified.files["report.html"], mode=0o644)
    return path.absolute()


def write_run(story: RunStory, output: Path) -> Path:
    """Write what a run tried as a page."""
    write_atomic(output.absolute(), render_run(story).encode(), mode=0o644)
    return output.absolute()


def _chosen(shop: Workshop, name: str | None) -> Version:
    with shop.catalogue.read() as view:
        version = versions.get(view, shop.project, name) if name else versions.latest(view, shop.project)
    if version is None:
        raise NotFound(f"project {shop.project} has no version yet", fix="train one with `mw train`", code="version.missing")
    return version
