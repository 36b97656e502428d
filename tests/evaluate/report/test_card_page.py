"""The card as a page: all that the Markdown says, and nothing of it as HTML."""

from dataclasses import replace

from test_page import NASTY, nasty_report, read

from millwright.evaluate.report.card import render_card
from millwright.evaluate.report.card_page import render_card_page
from millwright.evaluate.report.opening import headline
from millwright.records.data import Check


def test_it_says_what_the_card_says(report):
    card = render_card(report)
    reader = read(render_card_page(card))
    text = " ".join("".join(reader.text).split())
    assert headline(report) in text
    assert report.evaluation.payload_digest in text
    assert reader.tags.count("h2") == card.count("\n## ")
    assert reader.tags.count("li") == card.count("\n- ")
    assert not {"script", "link", "img"} & set(reader.tags)
    assert "\\" not in text


def test_names_of_the_data_are_never_markup():
    page = render_card_page(render_card(nasty_report()))
    assert "<script" not in page
    assert NASTY in "".join(read(page).text)


def test_what_is_no_card_is_text():
    assert "&lt;b&gt;bold" in render_card_page("# a\n\n<b>bold</b>\n")
    assert "model card" in render_card_page("")


def test_a_column_without_values_is_named_once_with_its_rows(report):
    said = "sched_arr_time: none of the 65,521 rows has a value; the column is left out"
    check = Check(code="empty:sched_arr_time", severity="note", columns=("sched_arr_time",), count=65_521, message=said, fix="")
    card = render_card(replace(report, checks=(*report.checks, check)))
    assert f"\n- {said}.\n" in card.replace("\\", "")
