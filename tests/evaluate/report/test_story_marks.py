"""The marks of the story: time axes, lanes, lines with their names at the end."""

import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from millwright.evaluate.report.lanes import Band, Bar, Lane, Sign, hatch, lanes_plot
from millwright.evaluate.report.lines import LABEL_GAP, Period, Series, end_places, line_plot
from millwright.evaluate.report.spread import rows_of, spread
from millwright.evaluate.report.svg import scale_over
from millwright.evaluate.report.time_axis import TimeAxis

START = datetime(2013, 4, 1, tzinfo=UTC)
share = st.floats(0.0, 1.0)


@given(st.lists(st.floats(-50, 250), min_size=1, max_size=8))
def test_spread_labels_never_meet_and_keep_their_order(wanted):
    placed = spread(wanted, 16.0, 10.0, 200.0)
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    inside = [placed[i] for i in order]
    assert all(b - a >= 16.0 - 1e-9 for a, b in itertools.pairwise(inside))
    assert inside[0] >= 10.0 - 1e-9
    assert inside[-1] <= 200.0 + 1e-9


@given(st.lists(st.floats(10, 200), min_size=1, max_size=5))
def test_labels_that_do_not_meet_stay_where_they_are(wanted):
    apart = all(abs(a - b) >= 16.0 for i, a in enumerate(wanted) for b in wanted[:i])
    if apart:
        assert spread(wanted, 16.0, 10.0, 200.0) == pytest.approx(wanted)


def test_two_that_meet_share_the_move():
    assert spread([100.0, 100.0], 16.0, 0.0, 300.0) == [92.0, 108.0]


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 80)), max_size=30))
def test_ranges_of_one_row_do_not_overlap(ranges):
    ordered = sorted((start, start + long) for start, long in ranges)
    rows = rows_of([start for start, _ in ordered], [end for _, end in ordered], 5.0)
    for row in set(rows):
        mine = [each for each, found in zip(ordered, rows, strict=True) if found == row]
        assert all(a[1] + 5.0 <= b[0] for a, b in itertools.pairwise(mine))


@given(st.lists(st.lists(st.one_of(st.none(), share), min_size=3, max_size=3), min_size=1, max_size=3))
def test_names_at_line_ends_never_lie_on_each_other(values):
    kinds = ("first", "second", "third")
    known = [
        Series(kind, tuple(line), kind) for kind, line in zip(kinds, values, strict=False) if any(v is not None for v in line)
    ]
    if not known:
        return
    y = scale_over([v for one in known for v in one.values if v is not None], 224.0, 10.0)
    places = sorted(end_places(known, y, 230.0))
    assert all(b - a >= LABEL_GAP - 1e-9 for a, b in itertools.pairwise(places))
    drawn = line_plot([Period(f"m{i}", "", 9) for i in range(3)], known, "said", width=720.0)
    told = sorted(float(at) for at in re.findall(r'y="([\d.]+)" class="end', drawn))
    assert told == pytest.approx([place + 4 for place in places], abs=0.01)


@pytest.mark.parametrize("width", [720.0, 360.0])
@pytest.mark.parametrize("months", [1, 2, 9, 24, 120])
def test_words_under_a_line_plot_do_not_meet(width, months):
    periods = [Period("Mar", "2013" if i % 12 == 0 else "", 123_456) for i in range(months)]
    drawn = line_plot(periods, [Series("this policy", (0.5,) * months, "first")], "said", width=width)
    for kind, letter in (("tick", 6.0), ("count", 5.5)):
        rows: dict[str, list[tuple[float, str]]] = {}
        for x, y, text in re.findall(rf'<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle" class="{kind}">([^<]+)', drawn):
            rows.setdefault(y, []).append((float(x), text))
        for words in rows.values():
            assert all(b[0] - a[0] >= len(a[1]) * letter for a, b in itertools.pairwise(words))


def test_colour_is_not_all_that_tells_lines_apart():
    series = [Series(kind, (0.1, 0.2), kind) for kind in ("first", "second", "third")]
    drawn = line_plot([Period("a", "", 1), Period("b", "", 2)], series, "said", width=720.0)
    shapes = {kind: set(re.findall(rf'<(\w+)(?: [^>]*)? class="point {kind}"', drawn)) for kind in ("first", "second", "third")}
    assert shapes == {"first": {"circle"}, "second": {"rect"}, "third": {"path"}}
    assert drawn.count("<title>") == 6


@given(st.integers(1, 4000), st.floats(100, 700))
@example(6, 100.0).via("no week begins inside, and there is no room for a day or two each")
def test_ticks_of_time_have_room_and_lie_on_the_axis(days, width):
    axis = TimeAxis(START, START + timedelta(days=days), 0.0, width, "America/New_York")
    ticks = axis.ticks()
    assert ticks or days < 2
    assert all(0.0 <= x <= width for x, _words in ticks)
    assert len(ticks) * 38.0 <= width


def test_ticks_are_first_days_of_months_in_the_zone():
    axis = TimeAxis(START, START + timedelta(days=365), 0.0, 730.0, "America/New_York")
    ticks = axis.ticks()
    months = [
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
        "2014",
        "Feb",
        "Mar",
    ]
    assert [words for _x, words in ticks] == months
    assert ticks[0][0] == pytest.approx(2.0 * 4 / 24, abs=0.01)  # midnight in New York is four hours after that of UTC


def test_a_time_of_no_length_has_no_places():
    axis = TimeAxis(START, START, 5.0, 100.0, "UTC")
    assert axis(START) == 5.0
    assert axis.ticks() == []


@given(st.floats(1, 300), st.floats(1, 60))
def test_strokes_of_a_hatch_stay_inside(width, height):
    places = [float(v) for v in re.findall(r"[\d.]+", re.search(r' d="([^"]*)"', hatch(10.0, 20.0, width, height)).group(1))]
    assert all(9.9 <= x <= 10.1 + width for x in places[::2])
    assert all(19.9 <= y <= 20.1 + height for y in places[1::2])


@pytest.mark.parametrize("width", [720.0, 360.0])
def test_signs_of_one_moment_lie_under_each_other(width):
    signs = tuple(Sign(START + timedelta(days=30), "retrain", str(i), f"said {i}") for i in range(4))
    end = START + timedelta(days=60)
    drawn = lanes_plot([Lane("decided", signs=signs)], [], START, end, "said", zone="UTC", width=width)
    places = re.findall(r'translate\(([\d.]+) ([\d.]+)\)" class="sign', drawn)
    assert len(set(places)) == 4
    assert len({x for x, _y in places}) == 1
    height = float(re.search(r'viewBox="0 0 \d+ ([\d.]+)"', drawn).group(1))
    assert max(float(y) for _x, y in places) + 9 < height - 16


@pytest.mark.parametrize("width", [720.0, 360.0])
def test_bars_and_band_words_stay_in_the_drawing(width):
    end = START + timedelta(days=100)
    late = START + timedelta(days=98)
    bands = [Band(late, end, "a very long tale of what was broken " * 9, "said"), Band(late, end, "another", "said")]
    bars = (
        Bar(START - timedelta(days=9), end + timedelta(days=9), "v1", "live", "v1"),
        Bar(late, end, "v22", "shadow", "v22", True),
    )
    drawn = lanes_plot([Lane("live", bars)], bands, START, end, "said", zone="UTC", width=width)
    words = [
        (float(x), float(y), len(text))
        for x, y, text in re.findall(r'x="([\d.]+)" y="([\d.]+)"[^>]*class="band-words">([^<]+)', drawn)
    ]
    assert len(words) == 2
    assert words[0][1] != words[1][1]
    assert all(x + 7.3 * long <= width for x, _y, long in words)
    for x, wide in re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawn):
        assert float(x) + float(wide) <= width
    assert ">v22</text>" not in drawn  # there is no room for it: the hint says it
    assert "<title>v22</title>" in drawn
