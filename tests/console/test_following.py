"""From what is seen to what is done about it: a mark on the time line, a stretch of a chart, rows of the log, a version."""

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from browser_world import Tab

P = "/projects/kiosk"


def test_what_happened_is_followed_from_the_time_line(tab: "Tab") -> None:
    page = tab.open(f"{P}/monitoring")
    lanes = page.get_by_role("group", name="What happened")
    lanes.get_by_role("link", name="retrain").first.click()
    tab.until("new URLSearchParams(location.search).get('open') === '2'")
    page.locator(".terms").wait_for()
    page = tab.open(f"{P}/monitoring")
    page.get_by_role("group", name="What happened").locator("a[href$='/versions/v1']").first.focus()
    page.keyboard.press("Enter")
    tab.until("path => location.pathname === path", f"{P}/versions/v1")


def test_a_stretch_of_a_chart_is_explained(tab: "Tab") -> None:
    page = tab.open(f"{P}/monitoring")
    plot = page.locator("svg.plot.brushes").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 60, steps=6)
    page.mouse.up()
    page.get_by_role("button", name="Explain this change").first.click()
    tab.until("new URLSearchParams(location.search).get('why') === '1' && new URLSearchParams(location.search).has('from')")
    page.locator(".why").first.wait_for()
    page.get_by_role("button", name="back to all of the time").click()
    tab.until("!new URLSearchParams(location.search).has('from')")


def test_rows_of_the_log_are_taken_away_as_they_are_filtered(tab: "Tab") -> None:
    page = tab.open(f"{P}/log?version=1", "Log and audit")
    page.locator("tbody tr.opens").first.wait_for()
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").click()
    with open(saved.value.path(), newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert {row["version"] for row in rows} == {"1"}
    assert saved.value.suggested_filename == "kiosk-predictions.csv"


def test_a_chart_leads_to_its_alert(tab: "Tab") -> None:
    page = tab.open(f"{P}/monitoring")
    page.get_by_role("figure").filter(has_text="Predictions").get_by_role("link", name="Alert…").click()
    page.get_by_text("A draft: watch.no_data at 1d").wait_for()
    page.locator(".diff").get_by_text("watch.no_data").wait_for()
    page.get_by_role("button", name="Leave the draft").click()
    page.get_by_role("heading", name="As it is in the file").wait_for()


def test_the_settings_of_a_version_become_a_draft(tab: "Tab") -> None:
    page = tab.open(f"{P}/versions/v1", "v1")
    page.get_by_role("link", name="Clone into spec").click()
    page.get_by_text("The settings of v1, as a draft").wait_for()
    page.locator(".diff").get_by_text("search.families").wait_for()
    assert page.get_by_role("button", name="Save the spec").is_disabled()
    page.get_by_label("Why?").fill("as it was")
    assert page.get_by_role("button", name="Save the spec").is_enabled()
