"""What is done from the console, by keyboard alone, and how it is taken back."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from browser_world import Tab

P = "/projects/kiosk"


def test_a_trial_is_paused_and_resumed_by_keyboard_alone(tab: "Tab") -> None:
    page = tab.open(f"{P}/rollout", "v2 is being tried")
    page.get_by_role("button", name="Pause", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("the feed looks odd <img src=x onerror=hacked=1>")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("paused: it stays here until resumed").wait_for()
    row = page.get_by_role("row").filter(has_text="the feed looks odd <img src=x onerror=hacked=1>")
    row.wait_for()
    assert page.evaluate("window.hacked") is None
    page.get_by_role("button", name="Resume", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.type("it was nothing")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("paused: it stays here until resumed").wait_for(state="detached")


def test_what_cannot_be_done_says_why(tab: "Tab") -> None:
    page = tab.open(f"{P}/rollout", "v2 is being tried")
    resume = page.get_by_role("button", name="Resume")
    resume.wait_for()
    assert resume.get_attribute("aria-disabled") == "true"
    assert page.locator(f"#{resume.get_attribute('aria-describedby')}").inner_text() == "it is not paused"


def test_a_promotion_needs_a_reason_and_the_name_written_out(tab: "Tab") -> None:
    page = tab.open(f"{P}/rollout", "v2 is being tried")
    page.get_by_role("button", name="Promote fully").click()
    dialog = page.get_by_role("dialog")
    send = dialog.get_by_role("button", name="Promote fully")
    dialog.get_by_label("Why?").fill("labels agree")
    assert send.is_disabled()
    dialog.get_by_label("to confirm").fill("v1")
    assert send.is_disabled()
    dialog.get_by_label("to confirm").fill("v2")
    assert send.is_enabled()
    dialog.get_by_role("button", name="Leave it").click()
    page.locator("h1").filter(has_text="v2 is being tried").wait_for()


def test_a_version_answers_what_is_tried_with_it(tab: "Tab") -> None:
    page = tab.open(f"{P}/versions/v1", "v1")
    page.get_by_role("button", name="Ask").click()
    page.locator(".answer dd b").first.wait_for()


def test_a_mistake_in_the_spec_is_shown_where_it_is_and_cannot_be_saved(tab: "Tab") -> None:
    page = tab.open(f"{P}/spec", "Project and spec")
    text = page.get_by_role("textbox", name="Text of the spec")
    text.fill(text.input_value() + "\nwatc: 1\n")
    page.get_by_role("button", name="line ").first.wait_for()
    assert page.get_by_role("button", name="Save the spec").is_disabled()
    page.get_by_role("button", name="Undo all").click()
    page.get_by_text("As it is in the file").wait_for()


def test_a_key_is_shown_once_and_revoked(tab: "Tab") -> None:
    page = tab.open("/settings?tab=keys", "Settings")
    page.get_by_label("Name").fill("<script>hacked=1</script>")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_text("Shown this once").wait_for()
    row = page.get_by_role("row").filter(has_text="<script>hacked=1</script>")
    row.get_by_role("button", name="Revoke").click()
    row.get_by_text("revoked").wait_for()
    assert page.evaluate("window.hacked") is None


def test_a_version_is_put_away_with_a_reason_and_taken_back(tab: "Tab") -> None:
    page = tab.open(f"{P}/versions/v2", "v2")
    archive = page.get_by_role("button", name="Archive…")
    archive.wait_for()
    assert archive.get_attribute("aria-disabled") == "true"
    assert "is being tried" in page.locator(f"#{archive.get_attribute('aria-describedby')}").inner_text()
    page = tab.open(f"{P}/rollout", "v2 is being tried")
    page.get_by_role("button", name="Abort the trial").click()
    page.get_by_role("dialog").get_by_label("Why?").fill("it is not to be used")
    page.get_by_role("dialog").get_by_role("button", name="Abort the trial").click()
    page.get_by_role("dialog").wait_for(state="detached")
    page = tab.open(f"{P}/versions/v2", "v2")
    page.get_by_role("button", name="Archive…").click()
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_role("button", name="Archive").is_disabled()
    dialog.get_by_label("Why?").fill("<img src=x onerror=hacked=1>")
    dialog.get_by_role("button", name="Archive").click()
    page.get_by_text("Archived by").wait_for()
    assert page.get_by_role("button", name="Promote…").get_attribute("aria-disabled") == "true"
    page = tab.open(f"{P}/versions", "Model versions")
    page.get_by_role("link", name="v1", exact=True).wait_for()
    assert page.get_by_role("link", name="v2", exact=True).count() == 0
    page.get_by_role("button", name="Archived").click()
    page.get_by_role("link", name="v2", exact=True).click()
    page.get_by_role("button", name="Restore…").click()
    page.get_by_role("dialog").get_by_label("Why?").fill("it was nothing")
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    page.get_by_text("Archived by").wait_for(state="detached")
    assert page.evaluate("window.hacked") is None
