"""The report and the card of a version, which were written when it was packed and are signed with it, as pages and as PDF; the
page of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from millwright.errors import NotFound
from millwright.evaluate.report.card_page import render_card_page
from millwright.evaluate.report.run_page import render_run
from millwright.loop.printing import print_pdf
from millwright.loop.workshop import Workshop
from millwright.package.keys import Trust
from millwright.package.verify import verify_package
from millwright.records.release import Version
from millwright.records.searched import RunStory
from millwright.registry import archived, versions
from millwright.stores.durable import write_atomic

Kind = Literal["report", "card"]
"""What is written of a version: the report, with pictures, or the model card, in words."""


def write_report(shop: Workshop, name: str | None, output: Path | None, kind: Kind = "report") -> Path:
    """Write the report, or the card, of the named version (the newest) to `output` (by default in the state folder), as HTML.

    Raises NotFound: no such version. PackageRefused: its package was changed.
    """
    version = reported(shop, name)
    path = output or _place(shop, version, kind, "html")
    write_atomic(path.absolute(), page_of(_verified(shop, version), kind), mode=0o644)
    return path.absolute()


def print_report(shop: Workshop, name: str | None, output: Path | None, kind: Kind = "report") -> Path:
    """The same as a PDF. Raises as `write_report`, and Unavailable where no browser is there to print it."""
    version = reported(shop, name)
    page = page_of(_verified(shop, version), kind)
    return print_pdf(page, output or _place(shop, version, kind, "pdf"), shop.secrets or {})


def page_of(files: Mapping[str, bytes], kind: Kind) -> bytes:
    """The page of a verified package's report, or of its card."""
    if kind == "report":
        return files["report.html"]
    return render_card_page(files["card.md"].decode("utf-8", "replace")).encode()


def _place(shop: Workshop, version: Version, kind: Kind, ending: str) -> Path:
    card = "-card" if kind == "card" else ""
    return shop.home.reports / f"{shop.project}-{version.name}{card}.{ending}"


def _verified(shop: Workshop, version: Version) -> Mapping[str, bytes]:
    return verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust)).files


def write_run(story: RunStory, output: Path) -> Path:
    """Write what a run tried as a page."""
    write_atomic(output.absolute(), render_run(story).encode(), mode=0o644)
    return output.absolute()


def reported(shop: Workshop, name: str | None) -> Version:
    """The version that a report is of: the named one, or the newest that is not archived. Raises NotFound."""
    with shop.catalogue.read() as view:
        away = archived.of_project(view, shop.project)
        version = versions.get(view, shop.project, name) if name else versions.latest(view, shop.project, without=away)
    if version is None:
        raise NotFound(f"project {shop.project} has no version yet", fix="train one with `mw train`", code="version.missing")
    return version
