"""Looking back through the log in little time: where it stopped, and that nothing is promised beyond the first day."""

from datetime import timedelta

from millwright.predictions.browse import Browsed, Sought, browse
from millwright.predictions.layout import day_start
from millwright.predictions.window import Logs

from .conftest import T0, make_prediction, write

DAY = timedelta(days=1)
WHOLE = Sought(since=T0, until=T0 + 9 * DAY)


def test_a_search_without_time_ends_with_the_first_day_and_not_after_it(logs: Logs) -> None:
    made = [make_prediction(day * 24 * 60 + minute) for day in range(5) for minute in range(3)]
    write(logs, made, [])
    pages: list[Browsed] = []
    sought = WHOLE
    while not pages or pages[-1].more:
        pages.append(browse(logs, "flights", sought, 50, seconds=0))
        stopped = pages[-1].looked_back_to
        sought = Sought(since=T0, until=stopped) if stopped else sought
    assert [line.id for page in pages for line in page.lines] == [one.id for one in reversed(made)]
    assert [page.looked_back_to for page in pages[:-1]] == [day_start("2013-06-05") - back * DAY for back in range(4)]
    assert (pages[-1].more, pages[-1].looked_back_to) == (False, None)


def test_a_log_of_one_day_is_looked_through_however_little_time_there_is(logs: Logs) -> None:
    write(logs, [make_prediction(minute) for minute in range(4)], [])
    page = browse(logs, "flights", WHOLE, 50, seconds=0)
    assert (len(page.lines), page.more, page.looked_back_to) == (4, False, None)
