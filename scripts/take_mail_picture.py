"""Take the picture of an alert's mail for the documentation: python scripts/take_mail_picture.py FOLDER ALERT, of a demo's folder.

The mail is the one that a channel with links would send. Needs the dev group's playwright and a Chromium (MILLWRIGHT_CHROMIUM, by
default /usr/bin/chromium).
"""

import base64
import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from millwright.alerts.buttons import buttons_of
from millwright.alerts.letter import as_html
from millwright.project import Project
from millwright.records.alerting import Message, Told
from millwright.registry import alerts

INTO = Path(__file__).parent.parent / "docs" / "pictures" / "alert-mail.png"
CHROMIUM = os.environ.get("MILLWRIGHT_CHROMIUM", "/usr/bin/chromium")


def main(folder: str, number: str) -> None:
    """Write the mail of the alert as it was raised, and take its picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 848, "height": 400})
        page.set_content(mail(folder, int(number)))
        page.screenshot(path=INTO, full_page=True)
    print(INTO)


def mail(folder: str, number: int) -> str:
    """The page of the mail, its pictures within it."""
    shop = Project(folder).workshop
    with shop.catalogue.read() as view:
        entry = alerts.numbered(view, shop.project, number)
    buttons = buttons_of(number, entry.alert, lambda action, _number: f"https://example.com/{action}")
    told = Told(number=number, alert=entry.alert, occasion="first", times=1, buttons=buttons)
    page, pictures = as_html(Message(id="", project=shop.project, at=entry.raised_at, told=(told,)))
    for cid, content in pictures.items():
        page = page.replace(f"cid:{cid}", f"data:image/png;base64,{base64.b64encode(content).decode()}")
    return page


if __name__ == "__main__":
    main(*sys.argv[1:3])
