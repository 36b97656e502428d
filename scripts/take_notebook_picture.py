"""Take docs/pictures/notebook.png, two cells in the dark theme: python scripts/take_notebook_picture.py FOLDER, of a project.

Needs the dev group's playwright and a Chromium (MILLWRIGHT_CHROMIUM, by default /usr/bin/chromium).
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from millwright.evaluate.report.evaluation_cell import outcome_cell
from millwright.package.keys import Trust
from millwright.package.verify import verify_package
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.judging import Evaluation, Verdict

INTO = Path(__file__).parent.parent / "docs" / "pictures" / "notebook.png"
CHROMIUM = os.environ.get("MILLWRIGHT_CHROMIUM", "/usr/bin/chromium")
PROMPT = '<pre style="font:13px monospace;color:#888;margin:14px 4px 4px">In [{}]: {}</pre>'


def main(folder: str) -> None:
    """The outcome of its first version, and the project itself."""
    project = Project(folder)
    cells = (
        ("project.train()", outcome_of(project)),
        ("project", project._repr_html_().replace(f"{project.path.parent}/", "")),
    )
    body = "".join(PROMPT.format(number, code) + shown for number, (code, shown) in enumerate(cells, 1))
    page = f"<!doctype html><body data-jp-theme-light=false style='background:#111;width:860px;margin:4px 12px 12px'>{body}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": 884, "height": 400}, color_scheme="dark")
        shown.set_content(page)
        shown.screenshot(path=INTO, full_page=True)
    print(INTO)


def outcome_of(project: Project) -> str:
    """What `project.train()` showed."""
    version = project.versions()[-1]
    shop = project.workshop
    files = verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust)).files
    evaluation, verdict = from_json(Evaluation, files["evaluation.json"]), from_json(Verdict, files["verdict.json"])
    return outcome_cell(version.name, version.project, evaluation, verdict)


if __name__ == "__main__":
    main(sys.argv[1])
