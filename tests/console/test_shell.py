"""The frame around the screens: the palette, shortcuts, the theme, the address as the state, the way in."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from browser_world import Served, Tab
    from playwright.sync_api import Browser

P = "/projects/kiosk"


def test_the_palette_goes_to_what_is_typed(tab: "Tab") -> None:
    page = tab.open(f"{P}/runs", "Runs")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("v2")
    page.get_by_role("option").filter(has_text="v2").first.wait_for()
    page.keyboard.press("Enter")
    tab.until("path => location.pathname === path", f"{P}/versions/v2")


def test_letters_go_to_screens_and_rows(tab: "Tab") -> None:
    page = tab.open(f"{P}/rollout")
    page.keyboard.press("g")
    page.keyboard.press("v")
    page.locator("h1").filter(has_text="Model versions").wait_for()
    page.locator("tbody tr").first.wait_for()
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    tab.until("(new URLSearchParams(location.search).get('versions') ?? '').split(',').length === 2")
    page.keyboard.press("Enter")
    tab.until("path => location.pathname.startsWith(path)", f"{P}/versions/v")
    page.keyboard.press("Escape")
    tab.until("path => location.pathname === path", f"{P}/versions")


def test_keys_that_are_typed_into_a_field_stay_there(tab: "Tab") -> None:
    page = tab.open(f"{P}/runs", "Runs")
    page.keyboard.press("/")
    page.keyboard.type("gh t")
    assert page.get_by_role("searchbox").first.input_value() == "gh t"
    assert page.evaluate("location.pathname") == f"{P}/runs"


def test_the_address_is_the_state(tab: "Tab") -> None:
    page = tab.open(f"{P}/runs", "Runs")
    page.get_by_role("button", name="finished").click()
    tab.until("new URLSearchParams(location.search).get('state') === 'finished'")
    page.reload()
    assert page.get_by_role("button", name="finished").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="30 d").click()
    page.get_by_role("link", name="Monitoring").click()
    tab.until("new URLSearchParams(location.search).get('range') === '30d'")


def test_columns_are_chosen_and_the_address_says_which(tab: "Tab") -> None:
    page = tab.open(f"{P}/runs", "Runs")
    head = page.get_by_role("columnheader", name="Took")
    head.wait_for()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Took").uncheck()
    head.wait_for(state="detached")
    assert "hide=time" in page.url
    assert page.get_by_label("Run", exact=True).count() == 0, "the one that leads to the row stays"
    page.reload()
    page.get_by_role("columnheader", name="By").wait_for()
    assert head.count() == 0
    page.get_by_text("Columns").first.click()
    page.get_by_label("Took").check()
    head.wait_for()
    assert "hide" not in page.url


def test_a_theme_is_kept(tab: "Tab") -> None:
    page = tab.open("/settings", "Settings")
    for _ in range(3):
        page.get_by_role("button", name="Theme").click()
        chosen = page.evaluate("JSON.parse(localStorage['millwright.theme'])")
        if chosen == "dark":
            page.reload()
            page.locator("h1").wait_for()
            assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_each_screen_is_a_command_and_an_address_of_the_api(tab: "Tab", served: "Served") -> None:
    page = tab.open(f"{P}/versions/v2", "v2")
    assert page.get_by_role("button", name="Copy as CLI").get_attribute("title") == "Copy: mw report v2"
    twin = page.get_by_role("link", name=".json").get_attribute("href")
    assert twin == f"{served.url}/api/v1{P}/versions/v2"


def test_nobody_comes_in_without_a_link_or_a_password(browser: "Browser", served: "Served") -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{served.url}{P}/rollout")
    page.get_by_role("heading", name="Sign in").wait_for()
    page.get_by_label("Name").fill("root")
    page.get_by_label("Password").fill("root")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()
    page.goto(served.link)  # it was used already
    page.get_by_role("alert").wait_for()
    context.close()
