"""Take the pictures of the demo's report for the documentation: python scripts/take_demo_pictures.py FOLDER, of a demo that ended.

Needs the dev group's playwright and a Chromium (MILLWRIGHT_CHROMIUM, by default /usr/bin/chromium).
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import FloatRect, Locator, Page, sync_playwright

INTO = Path(__file__).parent.parent / "docs" / "pictures"
CHROMIUM = os.environ.get("MILLWRIGHT_CHROMIUM", "/usr/bin/chromium")
AIR = 8.0


def main(folder: str) -> None:
    """Open the report and take each picture, larger than a page shows it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 900, "height": 1000}, device_scale_factor=1.6)
        page.goto((Path(folder) / "report.html").absolute().as_uri())
        for name, parts in pictures(page).items():
            page.screenshot(path=INTO / f"{name}.png", clip=around(parts), full_page=True)
            print(INTO / f"{name}.png")


def pictures(page: Page) -> dict[str, list[Locator]]:
    """What is on each picture."""
    decision = page.locator(".decision").filter(has_text="in canary").first
    decision.locator("details").first.evaluate("element => { element.open = true }")
    return {
        "time-line": panels(page, "What happened when")[:1],
        "auc-by-month": panels(page, "Month by month")[:1],
        "differences": panels(page, "Against simpler ways"),
        "decision": [decision],
    }


def panels(page: Page, title: str) -> list[Locator]:
    """The framed parts of a section."""
    heading = page.get_by_role("heading", name=title, exact=True)
    return page.locator("section").filter(has=heading).locator(".panel").all()


def around(parts: list[Locator]) -> FloatRect:
    """The place of the parts on the page, with a little air."""
    boxes = [box for part in parts if (box := part.bounding_box()) is not None]
    left, top = min(box["x"] for box in boxes) - AIR, min(box["y"] for box in boxes) - AIR
    right, bottom = (max(box[at] + box[long] for box in boxes) + AIR for at, long in (("x", "width"), ("y", "height")))
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


if __name__ == "__main__":
    main(sys.argv[1])
