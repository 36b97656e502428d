"""Take the pictures of the console's tour: python scripts/take_console_pictures.py FOLDER PROJECT, of a demo's folder.

Needs the dev group's playwright and a Chromium (MILLWRIGHT_CHROMIUM, by default /usr/bin/chromium).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

INTO = Path(__file__).parent.parent / "docs" / "pictures" / "console"
CHROMIUM = os.environ.get("MILLWRIGHT_CHROMIUM", "/usr/bin/chromium")
SETTLED = "document.querySelectorAll('[aria-busy=true]').length === 0"
WIDE, PHONE = {"width": 1360, "height": 900}, {"width": 390, "height": 844}
PICTURES = [
    ("home", "/", "light"),
    ("monitoring", "/projects/P/monitoring", "light"),
    ("monitoring-dark", "/projects/P/monitoring", "dark"),
    ("rollout", "/projects/P/rollout", "light"),
    ("version", "/projects/P/versions/v5", "light"),
    ("version-dark", "/projects/P/versions/v5", "dark"),
    ("runs", "/projects/P/runs", "light"),
    ("run", "/projects/P/runs/retrain-P-8", "light"),
    ("compare", "/projects/P/compare?versions=v1,v5,v8", "light"),
    ("log", "/projects/P/log", "light"),
    ("decisions", "/projects/P/log?tab=decisions&open=14", "light"),
    ("data", "/projects/P/data", "light"),
    ("spec", "/projects/P/spec", "dark"),
    ("rehearsals", "/projects/P/rehearsals", "light"),
    ("settings", "/settings?tab=people", "light"),
]


def main(folder: str, project: str) -> None:
    """Start the console on the folder, sign in, and take each picture once nothing is loading any more."""
    INTO.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "millwright", "-C", folder, "console", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process, sync_playwright() as playwright:
        try:
            said = json.loads(process.stdout.readline() if process.stdout else "{}")
            take(playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]), said, project)
        finally:
            process.terminate()


def take(browser: Browser, said: dict[str, str], project: str) -> None:
    """The pictures, in one browser that is signed in."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    page = context.new_page()
    page.goto(said["link"])
    page.locator("nav.rail").wait_for()
    phone = [("home-phone", "/", "light"), ("rollout-phone", "/projects/P/rollout", "light")]
    for name, path, theme in PICTURES + phone:
        page.set_viewport_size(PHONE if name.endswith("-phone") else WIDE)
        page.goto(said["url"] + path.replace("P", project, 1).replace("-P-", f"-{project}-"))
        page.locator("h1").wait_for()
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        for _ in range(100):
            page.wait_for_timeout(200)
            if page.evaluate(SETTLED):
                break
        page.screenshot(path=INTO / f"{name}.png")
        print(INTO / f"{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:3])
