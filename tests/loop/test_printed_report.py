"""Report and card as files: one HTML page each, and a PDF where a browser is there to print it."""

import os
import shutil
from pathlib import Path

import pytest
from kiosk_stages import Stages

from millwright.errors import Unavailable
from millwright.evaluate.report.card_page import render_card_page
from millwright.loop.printing import BROWSERS, NAMED, find_browser, print_pdf
from millwright.project import Project

BROWSER = next((found for name in (os.environ.get(NAMED), *BROWSERS) if name and (found := shutil.which(name))), None)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed here")


@pytest.fixture(scope="module")
def kiosk(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return stages.copy("opened", tmp_path_factory.mktemp("printed") / "kiosk")


def test_the_card_is_a_page_of_the_signed_card(kiosk: Project, tmp_path: Path) -> None:
    page = kiosk.report(card=True, output=tmp_path / "card.html").read_text()
    package = kiosk.workshop.home.packages / kiosk.versions()[0].package
    card = (package / "card.md").read_text()
    assert page == render_card_page(card)
    assert "<h2" in page
    assert kiosk.versions()[0].payload_digest in page


def test_by_default_it_lies_among_the_reports(kiosk: Project) -> None:
    assert kiosk.report().name == f"{kiosk.spec.project}-v1.html"
    assert kiosk.report(card=True).name == f"{kiosk.spec.project}-v1-card.html"


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize("card", [False, True], ids=["report", "card"])
def test_a_pdf_is_printed(kiosk: Project, tmp_path: Path, card: bool) -> None:
    printed = kiosk.report(card=card, pdf=True, output=tmp_path / "printed.pdf")
    assert printed.read_bytes().startswith(b"%PDF-")
    assert printed.stat().st_size > 5000
    assert [path.name for path in tmp_path.iterdir()] == ["printed.pdf"]


def test_without_a_browser_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="none was found") as told:
        print_pdf(b"<p>", tmp_path / "a.pdf", {"PATH": str(tmp_path)})
    assert NAMED in told.value.fix
    with pytest.raises(Unavailable, match="no such browser"):
        find_browser({"PATH": os.environ["PATH"], NAMED: str(tmp_path / "none")})


def test_a_browser_that_prints_nothing_is_no_pdf(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\necho it is tired >&2\n")
    browser.chmod(0o755)
    with pytest.raises(Unavailable, match="it is tired"):
        print_pdf(b"<p>", tmp_path / "a.pdf", {"PATH": os.environ["PATH"], NAMED: str(browser)})
    assert not (tmp_path / "a.pdf").exists()
