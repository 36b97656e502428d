"""Pictures of models that a person can read, and of what quality costs."""

import pytest

from millwright.evaluate.report.front_picture import front_panel, front_table
from millwright.evaluate.report.shape_picture import coefficient_plot, ends_of, shape_picture, shape_rows
from millwright.evaluate.report.tree_picture import tree_picture
from millwright.records.data import ColumnProfile, Sketch
from millwright.records.modelling import FrontPoint
from millwright.records.readable import Branch, Readable, Shape
from millwright.records.searched import Leaderboard

TREE = Readable(
    kind="tree",
    base=0.0,
    branches=(
        Branch(said="every row", depth=0, rows=1.0),
        Branch(said="a<b is x & y", depth=1, rows=0.25, answer=0.75),
        Branch(said="a<b is anything else", depth=1, rows=0.75, answer=0.125),
    ),
)
STEPS = Shape(feature="age", column="age", edges=(20.0, 40.0), values=(-1.0, 0.5, 2.0), missing=0.25, weight=0.6)
LEVELS = Shape(feature="town", column="town", levels=(("Ulm", 0.5), ("Jena", -0.25)), weight=0.4)
LINE = Shape(feature="age", column="age", edges=(0.0, 10.0), values=(-1.0, 1.0), slanted=True, spread=2.0, weight=1.0)
AGES = ColumnProfile(
    name="age", kind="number", count=100, missing=7, sketch=Sketch(values=tuple(map(float, range(100))), weights=(1.0,) * 100)
)


def test_a_tree_shows_every_branch_its_answer_and_its_share_and_no_name_becomes_a_tag():
    picture = tree_picture(TREE, unit=True)
    assert "a&lt;b is x &amp; y" in picture
    assert "a<b" not in picture
    for said in ("0.7500", "0.1250", "25 %", "75 %"):
        assert f">{said}<" in picture
    assert picture.count('class="branch"') == 3, "a line down, and one to each branch"


def test_a_curve_has_all_its_steps_and_the_histogram_of_its_values():
    model = Readable(kind="additive", base=0.0, shapes=(STEPS, LEVELS))
    assert ends_of(model) == (-1.0, 2.0)
    picture = shape_picture(STEPS, AGES, ends_of(model))
    (path,) = picture.split("<path")[1:]
    assert path.count("V") == len(STEPS.edges)
    assert picture.count('class="bar"') > 10
    assert "Missing in 7 rows: adds +0.2500." in picture
    assert shape_rows(STEPS) == [
        ("up to 20", "-1.000"), ("above 20 to 40", "+0.5000"), ("above 40", "+2.000"), ("missing", "+0.2500"),
    ]  # fmt: skip
    assert "Jena" in shape_picture(LEVELS, None, ends_of(model))


def test_a_coefficient_is_told_by_what_one_standard_deviation_more_adds():
    picture = coefficient_plot(Readable(kind="linear", base=0.0, shapes=(LINE, LEVELS)))
    assert "age, each 2.000 more" in picture
    assert ">+0.4000<" in picture
    assert "town is Ulm" in picture


def point(name, score, microseconds, **more):
    return FrontPoint(
        members=((name, 1.0),), bagged=False, score=score, error=0.01, microseconds=microseconds, size=1000, **more
    )


def board(*points):
    return Leaderboard(metric="log_loss", goal="min", folds=3, full=3, seconds=1.0, standings=(), best_so_far=(), points=points)


def test_the_front_marks_what_was_taken_and_its_twin_has_the_figures():
    found = board(
        point("quick", 0.5, 2.0, on_front=True),
        point("good", 0.3, 80.0, on_front=True, chosen=True, why="the best within the goal"),
        point("neither", 0.6, 90.0),
    )
    picture, figures = front_panel(found), front_table(found)
    assert picture.count('class="mark"') == 2
    assert picture.count('class="other"') == 1
    assert picture.count('class="ring"') == 1
    assert "the best within the goal" in figures
    assert "neither" not in figures
    assert "1 kB" in figures


@pytest.mark.parametrize("points", [(), (point("one", 0.5, 2.0, on_front=True),)])
def test_one_way_to_answer_is_no_picture(points):
    assert front_panel(board(*points)) == ""
